"""Flows that wait for people and for one another: in both colours, embedded and against a server."""

import asyncio
import threading
from datetime import timedelta

import pydantic
import pytest
from tests.engine.flow_process import eventually

from penstock import pause_flow_run, resume_flow_run, suspend_flow_run
from penstock.client.client import open_client
from penstock.colourless import run_sync
from penstock.contract.flow_run_inputs import (
    FlowRunInputQuery,
    FlowRunResume,
    filter_flow_run_input,
    read_flow_run_input,
)
from penstock.contract.flow_run_inputs import resume_flow_run as resume
from penstock.contract.flow_runs import SetFlowRunState, read_flow_run, set_flow_run_state
from penstock.contract.states import SetStateStatus
from penstock.domain.errors import Conflict
from penstock.domain.states import StateCreate, StateType
from penstock.flow_runs import apause_flow_run, aresume_flow_run, asuspend_flow_run
from penstock.input import (
    RunInput,
    acreate_flow_run_input,
    adelete_flow_run_input,
    afilter_flow_run_input,
    aread_flow_run_input,
    asend_input,
    create_flow_run_input,
    create_flow_run_input_from_model,
    delete_flow_run_input,
    keyset_from_base_key,
    keyset_from_paused_state,
    receive_input,
    send_input,
)
from penstock.input import (
    filter_flow_run_input as find_input,
)
from penstock.input import (
    read_flow_run_input as read_input,
)
from penstock.input.run_input import AutomaticRunInput, run_input_subclass_from_type
from penstock.sdk.context import FlowRunContext
from penstock.sdk.engine.colours import BLOCKING
from penstock.sdk.exceptions import (
    CancelledRun,
    FlowPauseTimeout,
    MissingContextError,
    NotFound,
    NotPausedError,
    ResumptionRefused,
)
from penstock.sdk.flow_run_inputs import Patience
from penstock.sdk.states import Paused, Running
from penstock.sdk.tasks import Task
from penstock.settings import load_settings


class Approval(RunInput):
    """What somebody decides."""

    approved: bool
    note: str = "none"


class Order(pydantic.BaseModel):
    amount: int


class Helper(threading.Thread):
    """Somebody beside the flow, with a client of their own."""

    def __init__(self, work):
        super().__init__()
        self.work, self.run_ids, self.failure = work, [], None
        self.begun = threading.Event()

    def begins(self):
        """Called in the flow: its run is the one that is meant."""
        self.run_ids.append(FlowRunContext.get().flow_run.id)
        self.begun.set()
        self.start()

    @property
    def run_id(self):
        return self.run_ids[-1]

    def call(self, endpoint, *arguments):
        return run_sync(self.client.call(endpoint, *arguments))

    def paused(self):
        """The run, once it is paused."""

        def look():
            found = self.call(read_flow_run, self.run_id)
            return found if found.state.is_paused() else None

        return eventually(look, "a pause")

    def resume(self, run_input=None):
        return self.call(resume, self.run_id, FlowRunResume(run_input=run_input))

    def run(self):
        self.client = open_client(load_settings(), {})
        try:
            self.work(self)
        except BaseException as error:
            self.failure = error
        finally:
            self.client.close()

    def done(self):
        self.join(60)
        assert self.failure is None, self.failure


@pytest.fixture
def beside():
    """Makes helpers, and waits for them."""
    helpers = []

    def make(work):
        helpers.append(Helper(work))
        return helpers[-1]

    yield make
    for helper in helpers:
        helper.done()


def names(store, helper):
    return store.state_names(helper.run_id)


def test_a_flow_waits_until_somebody_resumes_it(colour, store, beside):
    def work(helper):
        state = helper.paused().state
        assert (state.name, state.state_details.pause_key) == ("Paused", "1")
        assert timedelta(0) < state.state_details.pause_timeout - state.timestamp < timedelta(minutes=6)
        helper.resume()

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        return await colour.get(pause_flow_run(timeout=300, poll_interval=1))

    assert colour.run(flow) is None
    assert names(store, helper) == ["Running", "Paused", "Running", "Completed"]
    assert store.flow_run(helper.run_id).run_count == 1


def test_it_gets_what_it_asks_for(colour, store, beside):
    def work(helper):
        keys = helper.paused().state.state_details.run_input_keyset
        assert keys == keyset_from_base_key("paused-1")
        description = helper.call(read_flow_run_input, helper.run_id, keys["description"])
        assert description == b'"Well?"'
        refused = helper.resume({"approved": "perhaps"})
        assert refused.status is SetStateStatus.REJECT
        assert "approved: must be boolean" in refused.details.reason
        assert helper.resume({"approved": True}).status is SetStateStatus.ACCEPT

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        form = Approval.with_initial_data(description="Well?", note="as ever")
        return await colour.get(pause_flow_run(wait_for_input=form, poll_interval=1))

    answer = colour.run(flow)
    assert isinstance(answer, Approval)
    assert (answer.approved, answer.note) == (True, "as ever")
    assert names(store, helper) == ["Running", "Paused", "Running", "Completed"]


@pytest.mark.parametrize(
    ("wanted", "given", "gets"),
    [
        (int, {"value": 5}, 5),
        (list[str], {"value": ["a", "b"]}, ["a", "b"]),
        (int | None, {"value": None}, None),
    ],
)
def test_plain_values_come_as_they_are(colour, embedded, beside, wanted, given, gets):
    def work(helper):
        helper.paused()
        assert helper.resume(given).status is SetStateStatus.ACCEPT

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        return await colour.get(pause_flow_run(wait_for_input=wanted))

    assert colour.run(flow) == gets


def test_a_pause_is_made_once_an_attempt_and_again_in_the_next(colour, embedded, beside):
    def work(helper):
        for _ in range(2):
            helper.paused()
            helper.resume({"value": 1})
            eventually(lambda: helper.call(read_flow_run, helper.run_id).state.is_running(), "it goes on")

    helper, seen = beside(work), []

    @colour.flow(retries=1)
    async def flow():
        if not helper.begun.is_set():
            helper.begins()
        for _ in range(2):
            seen.append(await colour.get(pause_flow_run(wait_for_input=int, key="approval")))
        if len(seen) < 4:
            raise ValueError("once more")

    colour.run(flow)
    assert seen == [1, 1, 1, 1]
    again = ["Paused", "Running"]
    expected = ["Running", *again, "AwaitingRetry", "Retrying", *again, "Completed"]
    assert names(embedded, helper) == expected


def test_a_flow_that_nobody_resumes_fails(colour, store):
    seen = []

    @colour.flow()
    async def flow():
        seen.append(FlowRunContext.get().flow_run.id)
        await colour.get(pause_flow_run(timeout=0, poll_interval=1))

    with pytest.raises(FlowPauseTimeout, match="was paused and never resumed"):
        colour.run(flow)
    assert store.state_names(seen[0]) == ["Running", "Paused", "Failed"]


def test_a_paused_flow_can_be_cancelled(colour, served, beside):
    def work(helper):
        helper.paused()
        cancelling = StateCreate(type=StateType.CANCELLING)
        helper.call(set_flow_run_state, helper.run_id, SetFlowRunState(state=cancelling))

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        await colour.get(pause_flow_run(poll_interval=1))

    with pytest.raises(CancelledRun):
        colour.run(flow)
    assert names(served, helper) == ["Running", "Paused", "Cancelling", "Cancelled"]


def test_what_ends_a_paused_flow_otherwise_is_told(colour, embedded, beside):
    def work(helper):
        helper.paused()
        crashed = StateCreate(type=StateType.CRASHED, message="by hand")
        helper.call(set_flow_run_state, helper.run_id, SetFlowRunState(state=crashed, force=True))

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        await colour.get(pause_flow_run())

    with pytest.raises(Conflict, match="Crashed instead of going on: by hand"):
        colour.run(flow)


def test_only_runs_of_deployments_are_suspended(colour, embedded):
    @colour.flow()
    async def flow():
        await colour.get(suspend_flow_run())

    with pytest.raises(Conflict, match="not suspended: Only a flow run of a deployment"):
        colour.run(flow)


def test_a_task_cannot_pause(colour, embedded):
    @colour.task()
    async def task():
        await colour.get(pause_flow_run())

    @colour.flow()
    async def flow():
        await colour.get(task())

    with pytest.raises(MissingContextError, match="Task runs cannot be paused"):
        colour.run(flow)


def test_outside_of_flows_nothing_pauses(embedded):
    for pause in (pause_flow_run, suspend_flow_run):
        with pytest.raises(MissingContextError, match="no flow run is active"):
            pause()
    for pause in (apause_flow_run, asuspend_flow_run):
        with pytest.raises(MissingContextError):
            asyncio.run(pause())


def test_somebody_else_is_suspended_and_resumed(colour, store, beside):
    """Of a run that cannot be, it is told; the same of one that is not paused."""
    ids = []

    @colour.flow()
    async def flow():
        ids.append(FlowRunContext.get().flow_run.id)

    colour.run(flow)
    with pytest.raises(Conflict, match="not suspended: "):
        suspend_flow_run(flow_run_id=ids[0], wait_for_input=int)
    with pytest.raises(Conflict):
        asyncio.run(asuspend_flow_run(flow_run_id=ids[0]))
    with pytest.raises(NotPausedError, match="only one that is paused is resumed"):
        resume_flow_run(ids[0])
    with pytest.raises(NotPausedError):
        asyncio.run(aresume_flow_run(ids[0]))


def test_who_resumes_is_told_what_does_not_fit(colour, store, beside):
    def work(helper):
        helper.paused()
        with pytest.raises(ResumptionRefused, match="value: must be integer, not string"):
            resume_flow_run(helper.run_id, {"value": "no number"})
        resume_flow_run(helper.run_id, {"value": 3})

    helper = beside(work)

    @colour.flow()
    async def flow():
        helper.begins()
        return await colour.get(pause_flow_run(wait_for_input=int, poll_interval=1))

    assert colour.run(flow) == 3


def test_tasks_of_a_resumed_attempt_are_task_runs_of_their_own(embedded):
    """A flow that begins anew calls its tasks again: under other keys than before the pause."""

    class Run:
        run_count = 1

        class empirical_policy:  # noqa: N801 - a field's name
            pause_keys = ("1",)

    context = FlowRunContext.__new__(FlowRunContext)
    context.__init__(
        flow=None,
        flow_run=Run,
        parameters={},
        session=None,
        hold=None,
        interrupt=None,
        task_runner=None,
        calls={},
        log_prints=False,
    )
    assert [context.key_of_call("t") for _ in range(2)] == ["1.1.0", "1.1.1"]


class TestTalk:
    """Values that are sent to a flow while it runs."""

    def test_they_are_received_one_after_the_other(self, colour, store, beside):
        def work(helper):
            for number in range(3):
                send_input(number, helper.run_id, sender="ada")

        helper = beside(work)

        @colour.flow()
        async def flow():
            helper.begins()
            handler, got = receive_input(int, timeout=20, poll_interval=1), []
            while len(got) < 3:
                got.append(await handler.anext() if colour.is_async else handler.next())
            return sorted(got), await colour.get(find_input("intautomaticruninput-auto", limit=10))

        got, kept = colour.run(flow)
        assert got == [0, 1, 2]
        assert {each.sender for each in kept} == {"ada"}

    def test_the_iteration_ends_when_nothing_comes(self, colour, embedded):
        @colour.flow()
        async def flow():
            me = FlowRunContext.get().flow_run.id
            await colour.get(send_input(Order(amount=3), me))
            await colour.get(send_input(Approval(approved=False), me, key_prefix="mine"))
            orders = receive_input(Order, timeout=0.01)
            mine = Approval.receive(timeout=0.01, key_prefix="mine")
            if colour.is_async:
                return [each async for each in orders], [each async for each in mine]
            return list(orders), list(mine)

        orders, mine = colour.run(flow)
        assert [each.amount for each in orders] == [3]
        assert [each.approved for each in mine] == [False]

    def test_that_nothing_comes_can_be_an_error(self, colour, embedded):
        @colour.flow()
        async def flow():
            handler = receive_input(str, timeout=0.01, raise_timeout_error=True)
            if colour.is_async:
                async for _ in handler:
                    pass
            else:
                for _ in handler:
                    pass

        with pytest.raises(TimeoutError, match="Timed out waiting for input"):
            colour.run(flow)

    def test_a_flow_answers_who_asked_it(self, colour, store):
        @colour.flow()
        async def flow():
            me = FlowRunContext.get().flow_run.id
            question = AutomaticRunInput.subclass_from_type(str)(value="who?")
            await colour.get(question.send_to(me))
            asked = receive_input(str, timeout=20, with_metadata=True)
            heard = await asked.anext() if colour.is_async else asked.next()
            assert heard.metadata.sender == f"prefect.flow-run.{me}"
            assert heard.metadata.receiver == me
            assert heard.metadata.key.startswith("strautomaticruninput-auto-")
            await colour.get(heard.respond(Approval(approved=True)))
            answers = Approval.receive(timeout=20)
            return await answers.anext() if colour.is_async else answers.next()

        assert colour.run(flow).approved

    def test_nobody_is_answered_who_is_no_flow_run(self, embedded):
        @Task
        def nothing():
            pass

        value = Approval.load_from_flow_run_input(said(key="a", value='{"approved": true}', sender="ada"))
        with pytest.raises(RuntimeError, match="nobody to answer"):
            value.respond(value)
        with pytest.raises(RuntimeError):
            asyncio.run(value.arespond(value))

    def test_values_by_keys(self, colour, embedded):
        @colour.flow()
        async def flow():
            await colour.get(create_flow_run_input("a", {"b": [1]}))
            await colour.get(create_flow_run_input_from_model("model", Order(amount=1)))
            assert await colour.get(read_input("model")) == {"amount": 1}
            found = await colour.get(read_input("a"))
            await colour.get(delete_flow_run_input("a"))
            with pytest.raises(NotFound):
                await colour.get(read_input("a"))
            return FlowRunContext.get().flow_run.id, found

        id, found = colour.run(flow)
        assert found == {"b": [1]}

        async def elsewhere():
            await acreate_flow_run_input("c", 5, id)
            await asend_input("x", id)
            assert await aread_flow_run_input("c", id) == 5
            assert [each.key for each in await afilter_flow_run_input("c", flow_run_id=id)] == ["c"]
            await adelete_flow_run_input("c", id)

        asyncio.run(elsewhere())
        query = FlowRunInputQuery(prefix="c")
        assert embedded.call(filter_flow_run_input, id, query) == []

    def test_a_form_is_said_and_loaded_by_its_keys(self, colour, embedded):
        @colour.flow()
        async def flow():
            keys = Approval.keyset_from_type()
            form = Approval.with_initial_data(description="Well?")
            await colour.get(form.save(keys))
            await colour.get(create_flow_run_input(keys["response"], {"approved": True}))
            return await colour.get(Approval.load(keys)), await colour.get(read_input(keys["schema"]))

        value, schema = colour.run(flow)
        assert value.approved
        assert schema["required"] == ["approved"]

    def test_a_receiver_must_be_named_outside_of_flows(self, embedded):
        for ask in (lambda: receive_input(int), lambda: create_flow_run_input("a", 1)):
            with pytest.raises(MissingContextError, match="flow_run_id"):
                ask()


def said(**fields):
    from uuid import uuid4

    from penstock.contract.flow_run_inputs import FlowRunInput

    now = Running().timestamp
    return FlowRunInput(id=uuid4(), created=now, updated=now, flow_run_id=uuid4(), **fields)


def test_the_keys_of_a_pause_follow_from_its_state():
    assert keyset_from_paused_state(Paused(pause_key="1"))["schema"] == "paused-1-schema"
    with pytest.raises(RuntimeError):
        keyset_from_paused_state(Running())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (int, "intAutomaticRunInput"),
        (list[int], "listAutomaticRunInput"),
        (int | None, "AutomaticRunInput"),
        (Order, "OrderRunInput"),
        (Approval, "Approval"),
    ],
)
def test_types_are_called_as_the_reference_calls_them(kind, name):
    assert run_input_subclass_from_type(kind).__name__ == name


@pytest.mark.parametrize("error", [NotFound("no such path"), Conflict("not for this method")])
def test_a_server_that_does_not_push_is_asked_again_and_again(error):
    looks = []

    async def ask(_):
        raise error

    async def look():
        looks.append(1)
        return "found" if len(looks) == 3 else None

    patience = Patience(timeout=None, poll_interval=0.01)
    assert run_sync(patience.until(ask, look, BLOCKING, pushes=True)) == "found"


def test_what_cannot_be_looked_at_either_is_told():
    async def fail(*_):
        raise NotFound("no such run")

    for pushes in (True, False):
        with pytest.raises(NotFound, match="no such run"):
            run_sync(Patience(1.0, 0.01).until(fail, fail, BLOCKING, pushes=pushes))
