"""The client itself: which server it calls, and calls that never leave the process."""

import asyncio
import os
from uuid import UUID

import msgspec
import pytest
from tests.client import scripted_server as does

from penstock.client.client import Client, open_client
from penstock.client.retries import BRIEF, PATIENT
from penstock.client.transport import InProcessTransport
from penstock.colourless import run_sync
from penstock.contract.admin import health
from penstock.contract.endpoint import Upserted
from penstock.contract.flows import FlowCreate, create_flow, read_flow
from penstock.contract.states import read_flow_run_states
from penstock.domain.errors import NotFound, Unavailable
from penstock.settings.running import record_server
from penstock.settings.tree import ApiSettings


class Embedded:
    """Stands for the embedded server: says what it was asked, and answers what it was told to."""

    def __init__(self, *answers):
        self.answers, self.asked, self.closed = list(answers), [], False

    async def dispatch(self, endpoint, path_params, query, body, headers):
        self.asked.append((endpoint.name, path_params, query, body, headers))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        self.closed = True


def in_process(settings, embedded, naps):
    transport = InProcessTransport(settings, naps.pause)
    transport._server = embedded
    return Client(transport, origin="cli", clock=naps.clock, chance=lambda: 0.0)


def test_calls_within_the_process_are_handed_over_as_they_are(settings, naps):
    embedded = Embedded("flow", Upserted("new", created=True), ["state"])
    client = in_process(settings, embedded, naps)
    new = FlowCreate(name="etl")
    assert client.api_url is None
    assert run_sync(client.call(read_flow, UUID(int=1))) == "flow"
    assert run_sync(client.call(create_flow, new)) == "new"
    assert run_sync(client.holding(UUID(int=3)).call(read_flow_run_states, UUID(int=2))) == ["state"]
    origin = {"X-Penstock-Origin": "cli"}
    assert embedded.asked == [
        ("read_flow", {"id": UUID(int=1)}, {}, None, origin),
        ("create_flow", {}, {}, new, origin),
        ("read_flow_run_states", {}, {"flow_run_id": UUID(int=2)}, None,
         origin | {"X-Penstock-Lease": str(UUID(int=3))}),
    ]  # fmt: skip
    client.close()
    assert embedded.closed


def test_errors_within_the_process_are_raised_as_they_are(settings, naps):
    refusal = NotFound("No.")
    with pytest.raises(NotFound) as refused:
        run_sync(in_process(settings, Embedded(refusal), naps).call(health))
    assert refused.value is refusal


def test_a_database_that_is_busy_is_asked_again(settings, naps):
    client = in_process(settings, Embedded(Unavailable("Locked."), True), naps)
    assert run_sync(client.call(health)) is True
    assert naps.taken == [0.2]


def test_the_server_that_is_set_is_called(server, settings):
    server.then(does.answers(True))
    set_ = msgspec.structs.replace(settings, api=ApiSettings(url=server.url))
    client = open_client(set_, {})
    assert client.api_url == server.url
    assert run_sync(client.call(health)) is True
    client.close()


def test_else_the_server_that_runs_in_this_home(settings):
    record_server(settings.home, "http://127.0.0.1:4321/api")
    assert open_client(settings, {}).api_url == "http://127.0.0.1:4321/api"


def test_else_the_embedded_one(settings):
    assert open_client(settings, os.environ).api_url is None


@pytest.mark.parametrize("on_loop", [False, True])
def test_each_colour_has_its_transport(server, settings, on_loop):
    server.then(does.answers({}, 503, Retry_After="0"), does.answers(True))
    set_ = msgspec.structs.replace(settings, api=ApiSettings(url=server.url))
    client = open_client(set_, {}, on_loop=on_loop)
    drive = asyncio.run if on_loop else run_sync
    assert drive(client.call(health)) is True
    client.close()


def test_how_long_to_insist_can_be_chosen(settings, naps):
    client = Client(InProcessTransport(settings))
    assert client._retries is BRIEF
    assert client.patient().holding(UUID(int=1))._retries is PATIENT


def test_wrong_arguments_are_refused_before_anything_is_sent(server, client):
    with pytest.raises(TypeError, match="read_flow\\(\\) needs id"):
        run_sync(client.call(read_flow))
    assert server.seen == []


def test_without_any_server_calls_are_answered_by_the_embedded_one(settings):
    client = open_client(settings, {})
    flow = run_sync(client.call(create_flow, FlowCreate(name="etl", tags=["a"])))
    assert run_sync(client.call(read_flow, flow.id)) == flow
    with pytest.raises(NotFound):
        run_sync(client.call(read_flow, UUID(int=1)))
    client.close()
    again = open_client(settings, {})
    assert run_sync(again.call(read_flow, flow.id)) == flow
    again.close()
