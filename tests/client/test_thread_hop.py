"""Calls from an event loop: it goes on meanwhile, and a call that is cancelled ends at once."""

import asyncio
import threading
import time
from uuid import UUID

import pytest
from tests.client import scripted_server as does

from penstock.client.client import Client
from penstock.client.errors import AnswerLost
from penstock.client.retries import RetryPolicy
from penstock.client.thread_hop import ThreadHopTransport
from penstock.contract.admin import health
from penstock.contract.claims import ClaimRequest, claim_flow_runs
from penstock.contract.flow_runs import FlowRunCreate, create_flow_run

POLL = ClaimRequest(worker_name="w", worker_id=UUID(int=1), wait_seconds=30.0)


def run(server, settings, body, retries=None):
    """Run `body(client)` on a loop of its own."""

    async def on_loop():
        policy = retries or RetryPolicy(budget=5.0, first_delay=0.01)
        client = Client(ThreadHopTransport(server.url, settings, {}), retries=policy)
        try:
            return await asyncio.wait_for(body(client), 20)
        finally:
            client.close()

    return asyncio.run(on_loop())


def test_a_call_can_be_awaited_on_a_loop(server, settings):
    server.then(does.answers(True))

    async def body(client):
        assert client.api_url == server.url
        return await client.call(health)

    assert run(server, settings, body) is True


def test_calls_are_under_way_together(server, settings):
    together = threading.Barrier(8, timeout=10)

    def step(handler):
        together.wait()
        handler.answer(200, b"true")

    server.then(step)

    async def body(client):
        return await asyncio.gather(*(client.call(health) for _ in range(8)))

    assert run(server, settings, body) == [True] * 8


def test_the_loop_goes_on_while_a_call_waits(server, settings):
    asked = threading.Event()

    def step(handler):
        assert asked.wait(10)
        handler.answer(200, b"true")

    server.then(step)

    async def body(client):
        call = asyncio.create_task(client.call(health))
        await asyncio.to_thread(server.arrived.wait, 10)
        asked.set()
        return await call

    assert run(server, settings, body) is True


def test_retries_wait_on_the_loop(server, settings):
    server.then(does.cuts, does.answers({}, 503, Retry_After="0"), does.answers(True))
    assert run(server, settings, lambda client: client.call(health)) is True


def test_a_lost_answer_is_told_on_the_loop(server, settings):
    server.then(does.cuts)
    with pytest.raises(AnswerLost):
        run(server, settings, lambda client: client.call(create_flow_run, FlowRunCreate(flow_id=UUID(int=1))))


def test_a_cancelled_long_poll_frees_its_thread_at_once(server, settings):
    end = threading.Event()
    server.then(does.hangs_until(end))

    async def body(client):
        poll = asyncio.create_task(client.call(claim_flow_runs, "pool", POLL))
        await asyncio.to_thread(server.arrived.wait, 10)
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll

    run(server, settings, body)
    deadline = time.monotonic() + 30
    while busy_threads() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not busy_threads()
    end.set()


def busy_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("penstock-client")]


def test_a_call_that_is_cancelled_before_its_turn_is_never_made(server, settings):
    server.then(does.answers(True))

    async def body(client):
        call = asyncio.create_task(client.call(health))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    run(server, settings, body)
    assert server.seen == []
