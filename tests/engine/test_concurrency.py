"""Slots of concurrency limits around code, in both colours, with a server and without."""

import asyncio
import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest
from tests.engine.conftest import Store, use
from tests.engine.flow_process import FlowProcess, eventually
from tests.server_process import ServerProcess

from penstock import flow, runtime, tags, task
from penstock.client.client import open_client
from penstock.colourless import run_sync
from penstock.concurrency import asyncio as of_coroutines
from penstock.concurrency import sync as of_code
from penstock.concurrency.v1.sync import concurrency as of_tags
from penstock.contract.events import EventFilter, EventNameFilter, EventQuery, read_events
from penstock.contract.global_limits import (
    ConcurrencyLimitV2Create,
    DecrementSlots,
    DecrementSlotsWithLease,
    IncrementSlots,
    create_global_limit,
    decrement_slots,
    decrement_slots_with_lease,
    increment_slots,
    read_global_limit,
)
from penstock.contract.tag_limits import TagLimitCreate, create_tag_limit, read_tag_limit_by_tag
from penstock.domain.errors import InvalidInput
from penstock.sdk.engine.session import close_session, current_session
from penstock.sdk.engine.unlimited_tags import REMEMBERED, UnlimitedTags
from penstock.sdk.exceptions import (
    AcquireConcurrencySlotTimeoutError,
    ConcurrencyLeaseLost,
    ConcurrencySlotAcquisitionError,
)
from penstock.settings import load_settings

SHORT_LEASES = {"PENSTOCK_SERVER_LEASES_SWEEP_EVERY": "0.2"}


def made(store, limit=1, **given):
    """A new limit, by its name."""
    name = f"limit-{uuid4()}"
    store.call(create_global_limit, ConcurrencyLimitV2Create(name=name, limit=limit, **given))
    return name


def taken(store, name):
    return store.call(read_global_limit, name).active_slots


class Both:
    """The two entrances, called alike."""

    def __init__(self, is_async):
        self._is_async = is_async

    def within(self, body, *args, **kwargs):
        """Run `body` under slots."""
        if not self._is_async:
            with of_code.concurrency(*args, **kwargs):
                return body()

        async def call():
            async with of_coroutines.concurrency(*args, **kwargs):
                return body()

        return asyncio.run(call())

    def rate_limit(self, *args, **kwargs):
        if not self._is_async:
            of_code.rate_limit(*args, **kwargs)
        else:
            asyncio.run(of_coroutines.rate_limit(*args, **kwargs))


@pytest.fixture(params=["sync", "asyncio"])
def both(request):
    return Both(request.param == "asyncio")


def test_slots_are_held_while_the_block_runs(store, both):
    name, other = made(store, 3), made(store, 1)
    assert both.within(lambda: (taken(store, name), taken(store, other)), [name, other]) == (1, 1)
    assert both.within(lambda: taken(store, name), name, occupy=3) == 3
    assert (taken(store, name), taken(store, other)) == (0, 0)


def test_slots_are_given_back_whatever_the_block_raises(store, both):
    name = made(store)
    with pytest.raises(ZeroDivisionError):
        both.within(lambda: 1 / 0, name)
    assert taken(store, name) == 0


def test_a_name_that_nobody_knows_limits_nothing_unless_one_is_strict(store, both):
    unknown, known = f"unknown-{uuid4()}", made(store)
    assert both.within(lambda: "done", unknown) == "done"
    with pytest.raises(ConcurrencySlotAcquisitionError, match=f"no concurrency limit '{unknown}'"):
        both.within(lambda: "done", [known, unknown], strict=True)
    assert taken(store, known) == 0
    with pytest.raises(ConcurrencySlotAcquisitionError):
        both.rate_limit(unknown, strict=True)


def test_who_does_not_want_to_wait_gives_up(store, both):
    name = made(store)
    store.call(increment_slots, IncrementSlots(slots=1, names=[name]))
    with pytest.raises(
        AcquireConcurrencySlotTimeoutError, match=r"1 of 1 slots are taken\. It was waited"
    ) as no:
        both.within(lambda: "done", name, timeout_seconds=0.1)
    assert isinstance(no.value, TimeoutError)
    with pytest.raises(ConcurrencySlotAcquisitionError, match="It was tried again 0 times"):
        both.within(lambda: "done", name, max_retries=0)
    assert taken(store, name) == 1


def test_one_who_waits_goes_on_when_there_is_room(store, both):
    name = made(store)
    store.call(increment_slots, IncrementSlots(slots=1, names=[name]))
    room = DecrementSlots(slots=1, names=[name])

    def free():
        settings = load_settings()
        client = open_client(settings, {})
        run_sync(client.call(decrement_slots, room))
        client.close()

    freeing = threading.Timer(0.2, free)
    freeing.start()
    assert both.within(lambda: "done", name, max_retries=30) == "done"
    freeing.join()


def test_what_makes_no_sense_is_refused(store, both):
    name = made(store, 2)
    with pytest.raises(InvalidInput, match="At least one slot"):
        both.within(lambda: "done", name, occupy=0)
    with pytest.raises(InvalidInput, match="3 slots are more"):
        both.within(lambda: "done", name, occupy=3)
    with pytest.raises(InvalidInput, match="is no rate limit"):
        both.rate_limit(name)
    assert both.within(lambda: "done", []) == "done"


def test_a_rate_limit_lets_through_what_its_size_and_decay_allow(store, both):
    name = made(store, 2, slot_decay_per_second=10)
    began = time.monotonic()
    for _ in range(5):
        both.rate_limit(name)
    assert time.monotonic() - began >= 0.25  # 3 more than its size, at 10 a second
    with pytest.raises(AcquireConcurrencySlotTimeoutError):
        both.rate_limit(made(store, 0, slot_decay_per_second=1), timeout_seconds=0.01)


def test_code_in_runs_takes_slots_for_them_and_tells_of_it(served):
    name, tag = made(served), f"tag-{uuid4()}"
    limit = served.call(create_tag_limit, TagLimitCreate(tag=tag, concurrency_limit=1))
    holders = []

    @task
    def work():
        with of_code.concurrency(name), of_tags(tag, task_run_id := uuid4()):
            holders.append(served.call(read_tag_limit_by_tag, tag).active_slots == [task_run_id])

    @flow
    def whole():
        work()
        return runtime.flow_run.id

    run_id = whole()
    assert holders == [True]
    assert served.call(read_tag_limit_by_tag, tag).active_slots == []
    names = [f"prefect.concurrency-limit.{what}" for what in ("acquired", "released")]
    found = served.call(read_events, EventQuery(filter=EventFilter(event=EventNameFilter(name=names)))).events
    told = [each for each in found if each.resource["prefect.resource.name"] in (name, f"tag:{tag}")]
    assert sorted(each.event for each in told) == sorted(names * 2)
    assert all(f"prefect.flow-run.{run_id}" in str(each.related) for each in told)
    assert limit.tag == tag


def test_task_runs_of_a_limited_tag_run_one_after_the_other(store, colour):
    tag = f"tag-{uuid4()}"
    store.call(create_tag_limit, TagLimitCreate(tag=tag, concurrency_limit=1))
    running, most = set(), []

    @colour.task(tags=[tag])
    async def work(number):
        running.add(number)
        most.append(len(running))
        await colour.sleep(0.02)
        running.discard(number)

    @colour.flow()
    async def whole():
        futures = [work.submit(number) for number in range(3)]
        for future in futures:
            future.result()

    colour.run(whole)
    assert most == [1, 1, 1]
    assert store.call(read_tag_limit_by_tag, tag).active_slots == []


def test_task_runs_hold_slots_of_the_tags_around_them_by_their_own_ids(served):
    tag = f"tag-{uuid4()}"
    served.call(create_tag_limit, TagLimitCreate(tag=tag, concurrency_limit=1))
    found = []

    @task(retries=1)
    def work():
        found.append((served.call(read_tag_limit_by_tag, tag).active_slots, runtime.task_run.id))
        if len(found) == 1:
            raise ValueError("once more")

    @flow
    def whole():
        with tags(tag):
            work()

    whole()
    assert len(found) == 2
    assert all([str(id) for id in held] == [str(own)] for held, own in found)


def test_tags_without_a_limit_are_asked_about_now_and_then():
    tags = UnlimitedTags()
    assert not tags.are_known(["a"], 5.0)
    tags.learn(["a", "b"], ["tag:b"], 5.0)
    assert tags.are_known(["a"], 5.0 + REMEMBERED / 2)
    assert not tags.are_known(["a", "b"], 5.0)
    assert not tags.were_known(["a", "b"])
    assert not tags.are_known(["a"], 5.0 + REMEMBERED)
    assert tags.were_known(["a"])
    tags.learn(["a"], ["tag:a"], 20.0)
    assert not tags.were_known(["a"])


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory):
    """A server that notices soon who is silent."""
    with ServerProcess(tmp_path_factory.mktemp("quick"), **SHORT_LEASES) as server:
        yield server


@pytest.fixture
def quick(quick_server, tmp_path, monkeypatch):

    use(monkeypatch, tmp_path / "home", PENSTOCK_API_URL=quick_server.url)
    client = open_client(load_settings(), {})
    yield Store(client)
    close_session()
    client.close()


@contextmanager
def losing_them(quick, name):
    """Takes the lease on a limit's slots from whoever gets it."""
    stop = threading.Event()

    def take_away():
        session = current_session()
        client = open_client(load_settings(), {})
        while not stop.is_set():
            for hold in session.slot_renewals._renewals.kept():
                body = DecrementSlotsWithLease(lease_id=hold.lease_id)
                run_sync(client.call(decrement_slots_with_lease, body))
            stop.wait(0.05)
        client.close()

    thread = threading.Thread(target=take_away)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def forever():
    while True:
        time.sleep(0.01)


def test_who_loses_the_slots_is_ended_where_it_asked_for_that(quick):
    name = made(quick)
    with losing_them(quick, name):
        with (
            pytest.raises(ConcurrencyLeaseLost, match=name),
            of_code.concurrency(name, lease_duration=1, raise_on_lease_renewal_failure=True),
        ):
            forever()

        async def scenario():
            async with of_coroutines.concurrency(name, lease_duration=1, strict=True):
                await asyncio.Event().wait()

        with pytest.raises(ConcurrencyLeaseLost, match=name):
            asyncio.run(scenario())


def test_who_loses_the_slots_goes_on_where_it_did_not(quick, caplog):
    name = made(quick)
    with losing_them(quick, name), of_code.concurrency(name, lease_duration=1):
        eventually(lambda: "ended while they were used" in caplog.text, "a line that says so")


def test_slots_are_held_for_longer_than_a_lease(quick):
    name = made(quick)
    with of_code.concurrency(name, lease_duration=1):
        time.sleep(0.01)
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > 2.5, "longer than two leases")
        assert taken(quick, name) == 1
    assert taken(quick, name) == 0


HOLDER = """
from penstock.concurrency.sync import concurrency
with concurrency(os.environ["LIMIT"], lease_duration=1):
    mark("holds")
    while True:
        time.sleep(0.05)
"""


def test_when_the_holder_is_killed_the_next_one_begins(quick, quick_server, tmp_path):
    name = made(quick)
    environ = {"LIMIT": name, "PENSTOCK_API_URL": quick_server.url}
    with FlowProcess(tmp_path / "first", HOLDER, **environ) as first:
        first.marked("holds")
        with (
            FlowProcess(tmp_path / "gone", HOLDER, **environ) as gone,
            FlowProcess(tmp_path / "next", HOLDER, **environ) as following,
        ):
            eventually(lambda: first.marks() == ["holds"], "it holds")
            gone.process.kill()
            first.process.kill()
            following.marked("holds")
            assert taken(quick, name) == 1


IN_A_FLOW = """
from penstock.concurrency.sync import concurrency
@flow
def whole():
    with concurrency(os.environ["LIMIT"]):
        mark("holds")
        while True:
            time.sleep(0.05)
whole()
"""


def test_slots_in_a_flow_run_end_with_its_process(tmp_path, monkeypatch):
    short = {"PENSTOCK_SERVER_LEASES_RUN": "1.5", "PENSTOCK_SERVER_LEASES_RENEW_EVERY": "0.3", **SHORT_LEASES}
    with ServerProcess(tmp_path / "server", **short) as server:
        use(monkeypatch, tmp_path / "home", PENSTOCK_API_URL=server.url)
        store = Store(open_client(load_settings(), {}))
        name = made(store)
        with FlowProcess(tmp_path / "flow", IN_A_FLOW, LIMIT=name, PENSTOCK_API_URL=server.url) as process:
            process.marked("holds")
            assert taken(store, name) == 1
            process.process.kill()
            eventually(lambda: taken(store, name) == 0, "the slot is free")
        store.client.close()
