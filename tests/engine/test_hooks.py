"""Functions that are told about states: when, with what, and that they harm nobody."""

import pytest

from penstock import flow, task
from penstock.sdk.engine import hooks as hooks_module
from penstock.sdk.states import Cancelled, Crashed


def test_hooks_of_flows_are_told_how_the_run_ended(colour, store):
    told = []

    def plain(flow, run, state):
        told.append(("plain", flow.name, run.name, state.name))

    async def asynchronous(flow, run, state):
        told.append(("async", flow.name, run.name, state.name))

    both = [plain, asynchronous]
    options = {"on_completion": both, "on_failure": both, "on_cancellation": both, "on_crashed": both}

    @colour.flow(name="f", flow_run_name="r", on_running=both, **options)
    async def ending(make=None, error=None):
        if error:
            raise error
        return make() if make else None

    for arguments, name in [
        ({}, "Completed"),
        ({"error": ValueError()}, "Failed"),
        ({"make": Cancelled}, "Cancelled"),
        ({"make": Crashed}, "Crashed"),
    ]:
        told.clear()
        colour.run(ending, return_state=True, **arguments)
        expected = [(kind, "f", "r", state) for state in ("Running", name) for kind in ("plain", "async")]
        assert told == expected


def test_hooks_of_tasks_are_told_how_the_run_ended(colour, embedded):
    told = []

    def hook(task, run, state):
        told.append((task.name, run.name, run.state_name, state.name))

    @colour.task(name="t", on_running=[hook], on_completion=[hook], on_failure=[hook], retries=1)
    async def ending(fail):
        if fail:
            raise ValueError

    @colour.flow()
    async def around():
        await colour.get(ending(False))
        await colour.get(ending(True, return_state=True))

    colour.run(around)
    names = [("t", "t-0", "Running"), ("t", "t-0", "Completed")]
    names += [("t", "t-1", "Running"), ("t", "t-1", "Retrying"), ("t", "t-1", "Failed")]
    assert told == [(task, run, state, state) for task, run, state in names]


def test_hooks_can_be_added_by_decorators(embedded):
    told = []

    @flow
    def decorated(): ...

    @task
    def part(): ...

    @decorated.on_completion
    def first(flow, run, state):
        told.append("first")

    @part.on_completion
    def second(task, run, state):
        told.append("second")

    for decorate in (decorated.on_failure, decorated.on_crashed, decorated.on_cancellation):
        assert decorate(first) is first
    decorated()
    part()
    assert told == ["first", "second"]


@pytest.mark.parametrize("kind", ["raises", "async raises", "hangs"])
def test_a_hook_that_fails_changes_nothing(colour, embedded, monkeypatch, kind):
    monkeypatch.setattr(hooks_module, "HOOK_SECONDS", 0.2)
    told = []

    def raises(flow, run, state):
        raise RuntimeError("hook")

    async def raises_later(flow, run, state):
        raise RuntimeError("hook")

    def hangs(flow, run, state):
        import time

        time.sleep(30)

    def last(flow, run, state):
        told.append(run.id)

    bad = {"raises": raises, "async raises": raises_later, "hangs": hangs}[kind]

    @colour.flow(on_completion=[bad, last])
    async def fine():
        return 1

    assert colour.run(fine) == 1
    [id] = told
    # The hook speaks after the run's last words, so its line is shipped by the recorder, not by the run.
    from penstock.sdk.engine.session import current_session

    current_session().recorder.flush()
    assert any("The hook" in line.message and "failed" in line.message for line in embedded.logs(id))
    assert embedded.flow_run(id).state_name == "Completed"


def test_hooks_see_the_result(embedded):
    seen = []

    @flow(on_completion=[lambda flow, run, state: seen.append(state.result())])
    def fine():
        return 5

    fine()
    assert seen == [5]
