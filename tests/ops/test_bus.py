"""Bells ring for what happens, from any thread, and none is missed."""

import asyncio
import threading

import pytest

from penstock.db.port import RESYNC
from penstock.server.bus import POOL, Bus


def story(scenario):
    async def told():
        async with asyncio.timeout(60):
            return await scenario(Bus())

    return asyncio.run(told())


def test_a_ring_between_two_waits_is_not_missed():
    async def scenario(bus):
        with bus.listening("a") as bell:
            bus.ring("a")
            bus.ring("a")
            first = await bell.wait(5)
            second = await bell.wait(0.01)
            return first, second

    assert story(scenario) == (True, False)


def test_only_the_topics_that_one_listens_to_ring():
    async def scenario(bus):
        with bus.listening("a", "b") as bell:
            bus.ring("c")
            silent = await bell.wait(0.01)
            bus.ring("b")
            return silent, await bell.wait(5)

    assert story(scenario) == (False, True)


def test_a_bell_rings_from_another_thread():
    async def scenario(bus):
        with bus.listening("a") as bell:
            thread = threading.Timer(0.02, bus.ring, ["a"])
            thread.start()
            rung = await bell.wait(5)
            thread.join()
            return rung

    assert story(scenario)


@pytest.mark.parametrize(
    ("channel", "payload", "topic"),
    [(POOL, "17", f"{POOL}:17"), ("schedules", "", "schedules"), (RESYNC, "", "x")],
)
def test_a_notice_of_the_database_rings_its_topic_and_resync_all(channel, payload, topic):
    async def scenario(bus):
        with bus.listening(topic) as bell:
            bus.on_notice(channel, payload)
            return await bell.wait(5)

    assert story(scenario)


def test_of_all_who_take_a_seat_the_last_has_it():
    async def scenario(bus):
        with bus.listening("a", seat="w") as older:
            with bus.listening("a", seat="w") as newer:
                rung = await older.wait(5)
                states = older.replaced, newer.replaced
            with bus.listening("a", seat="other") as another:
                return rung, states, another.replaced

    assert story(scenario) == (True, (True, False), False)


def test_nothing_is_left_of_those_who_went():
    async def scenario(bus):
        with bus.listening("a", "b", seat="w"):
            pass
        bus.ring("a")
        bus.ring_all()
        return dict(bus._bells), bus._seats

    assert story(scenario) == ({}, {})


def test_a_bell_whose_loop_is_gone_harms_nobody():
    bus = Bus()

    async def take():
        context = bus.listening("a")
        context.__enter__()
        return context

    context = asyncio.run(take())
    bus.ring("a")
    context.__exit__(None, None, None)
