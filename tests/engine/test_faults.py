"""What flows do when something breaks around them: real servers, real processes, real signals."""

import signal
import socket
from uuid import uuid4

import pytest
from tests.engine.conftest import Store
from tests.engine.flow_process import FlowProcess, eventually
from tests.server_process import ServerProcess

from penstock import flow, runtime
from penstock.client.client import open_client
from penstock.client.errors import AnswerLost, ServerError
from penstock.client.http import HttpTransport
from penstock.contract.flow_runs import SetFlowRunState, set_flow_run_state
from penstock.domain.states import StateCreate, StateType
from penstock.sdk.engine.session import Session
from penstock.settings import load_settings

SHORT_LEASES = {
    "PENSTOCK_SERVER_LEASES_RUN": "2",
    "PENSTOCK_SERVER_LEASES_RENEW_EVERY": "0.3",
    "PENSTOCK_SERVER_LEASES_SWEEP_EVERY": "0.3",
}


def open_store(server: ServerProcess) -> Store:
    return Store(open_client(load_settings({"PENSTOCK_API_URL": server.url}), {}))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("server"), **SHORT_LEASES) as server:
        yield server


@pytest.fixture
def store(server):
    store = open_store(server)
    yield store
    store.client.close()


LOOP = """
@task
def step(number):
    mark(f"step {number}")

@flow(log_prints=True)
def looping():
    mark(f"run {runtime.flow_run.id}")
    number = 0
    while not (_folder / "enough").exists():
        step(number)
        print(f"line {number}")
        number += 1
        time.sleep(0.02)
    mark(f"steps {number}")
looping()
"""

ASYNC_LOOP = """
@task
async def step(number):
    mark(f"step {number}")

@flow
async def looping():
    mark(f"run {runtime.flow_run.id}")
    number = 0
    while not (_folder / "enough").exists():
        await step(number)
        number += 1
        await asyncio.sleep(0.02)
asyncio.run(looping())
"""


def test_a_flow_goes_on_while_the_server_is_away_and_nothing_is_lost(tmp_path):
    with ServerProcess(tmp_path / "server") as server:
        with FlowProcess(tmp_path / "flow", LOOP, PENSTOCK_API_URL=server.url) as process:
            id = process.marked("run")
            process.marked("step 10")
            server.kill()
            process.marked(f"step {len(process.marks()) + 100}")
            process.allow("enough")
            steps = int(process.marked("steps"))
            eventually(
                lambda: "Trying for up to 300 seconds" in process.output, "the flow says that it waits"
            )
            server._port = server.port
            server.start()
            assert process.wait() == 0, process.output
        store = open_store(server)
        assert store.state_names(id) == ["Running", "Completed"]
        assert len(_all_task_runs(store, id)) == steps
        assert _count_lines(server, id, "line ") == steps
        assert process.output.count("Trying for up to") == 1
        store.client.close()


def _all_task_runs(store, id):
    from penstock.contract.filters import FlowRunOfTaskFilter, TaskRunFilter
    from penstock.contract.task_runs import TaskRunQuery, read_task_runs

    of_run = TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(any_=[id]))
    found = []
    while page := store.call(read_task_runs, TaskRunQuery(task_runs=of_run, offset=len(found))):
        found += page
    return found


def _count_lines(server, id, text):
    answer = server.ask("GET", f"/flow_runs/{id}/logs/download")
    return answer.body.decode().count(text)


@pytest.mark.parametrize("script", [LOOP, ASYNC_LOOP], ids=["sync", "async"])
def test_sigterm_ends_the_run_and_then_the_process(server, store, tmp_path, script):
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        process.send(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM, process.output
    state = store.flow_run(id).state
    assert (state.name, state.message) == (
        "Crashed",
        "Flow run was ended from outside: its process got SIGTERM.",
    )
    assert "Traceback" not in process.output


def test_ctrl_c_ends_the_run(server, store, tmp_path):
    with FlowProcess(tmp_path, LOOP, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        process.send(signal.SIGINT)
        assert process.wait() != 0
    state = store.flow_run(id).state
    assert state.name == "Crashed"
    assert "interrupted from the keyboard" in state.message


def test_ctrl_c_ends_an_asynchronous_run(server, store, tmp_path):
    with FlowProcess(tmp_path, ASYNC_LOOP, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        process.send(signal.SIGINT)
        assert process.wait() != 0
    assert store.flow_run(id).state.name == "Crashed"


@pytest.mark.parametrize("script", [LOOP, ASYNC_LOOP], ids=["sync", "async"])
def test_a_cancelled_run_stops_at_its_next_heartbeat(server, store, tmp_path, script):
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        cancelling = SetFlowRunState(state=StateCreate(type=StateType.CANCELLING))
        store.call(set_flow_run_state, id, cancelling)
        assert process.wait() == 1, process.output
    assert store.flow_run(id).state.name == "Cancelled"
    assert "CancelledRun" in process.output


SLEEPING = """
@flow
def sleeping():
    mark(f"run {runtime.flow_run.id}")
    time.sleep(1000)
sleeping()
"""


def test_a_cancellation_ends_a_sleep(server, store, tmp_path):
    with FlowProcess(tmp_path, SLEEPING, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        store.call(set_flow_run_state, id, SetFlowRunState(state=StateCreate(type=StateType.CANCELLING)))
        assert process.wait() == 1, process.output
    assert store.flow_run(id).state.name == "Cancelled"


def test_a_flow_that_was_stopped_for_too_long_finds_itself_fenced(server, store, tmp_path):
    with FlowProcess(tmp_path, LOOP, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        process.send(signal.SIGSTOP)
        eventually(lambda: store.flow_run(id).state.name == "Crashed", "the lease expires")
        process.send(signal.SIGCONT)
        assert process.wait() == 1, process.output
    assert "Another process has this run now" in process.output
    assert store.state_names(id) == ["Running", "Crashed"]
    assert "nothing was heard from process" in store.flow_run(id).state.message


def test_a_killed_flow_is_found_out(server, store, tmp_path):
    with FlowProcess(tmp_path, LOOP, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        process.marked("step 3")
        process.send(signal.SIGKILL)
        process.wait()
        eventually(lambda: store.flow_run(id).state.name == "Crashed", "the lease expires")


TASKS_THAT_MISBEHAVE = """
import signal, threading

class Unpicklable:
    lock = threading.Lock()
    def __reduce__(self): raise TypeError("no")

@task
def exits(): sys.exit(3)
@task
def base(): raise BaseException("base")
@task
def recurses(): return recurses.fn()
@task
def unpicklable(): return Unpicklable()
@task
def raises_unpicklable(): raise ValueError(Unpicklable())
@task
def forks():
    child = os.fork()
    if child == 0:
        fine()
        os._exit(0)
    return os.waitpid(child, 0)[1]
@task
def closes_stdout():
    print("to the log")
    os.close(1)
    sys.stdout = None
    print("still to the log")
    return "closed"
@task
def fine(): return 1

@flow(log_prints=True)
def everything():
    mark(f"run {runtime.flow_run.id}")
    for each in (exits, base, recurses, unpicklable, raises_unpicklable, forks, closes_stdout):
        future = each.submit()
        future.wait()
        mark(f"{each.name} {future.state.name} {future.state.message}")
    for each in (exits, base):
        try:
            each()
        except BaseException as error:
            mark(f"directly {each.name} {type(error).__name__}")
    return fine()

mark(f"result {everything()}")
"""


def test_tasks_that_misbehave_end_in_states_that_say_why(server, store, tmp_path):
    with FlowProcess(tmp_path, TASKS_THAT_MISBEHAVE, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        assert process.wait() == 0, process.output
        marks = dict(line.split(" ", 1) for line in process.marks() if not line.startswith("directly"))
        directly = [line for line in process.marks() if line.startswith("directly")]
    assert marks["exits"] == "Crashed Task run was ended from outside: the code called sys.exit(3)."
    assert marks["base"].startswith("Crashed Task run was ended from outside: BaseException: base")
    assert marks["recurses"].startswith("Failed Task run encountered an exception: RecursionError")
    assert marks["unpicklable"] == "Completed None"
    assert marks["raises_unpicklable"].startswith("Failed Task run encountered an exception: ValueError")
    assert marks["forks"] == "Completed None"
    assert marks["closes_stdout"] == "Completed None"
    assert marks["result"] == "1"
    assert directly == ["directly exits SystemExit", "directly base BaseException"]
    names = {run.name: run.state_name for run in store.task_runs(id)}
    assert names["exits-0"] == names["base-0"] == "Crashed"
    assert names["forks-0"] == names["fine-0"] == "Completed"
    assert "still to the log" in [line.message for line in store.logs(id)]


def test_a_process_that_exits_without_a_word_is_found_out(server, store, tmp_path):
    script = "@flow\ndef gone():\n    mark(f'run {runtime.flow_run.id}')\n    os._exit(5)\ngone()\n"
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        assert process.wait() == 5
        eventually(lambda: store.flow_run(id).state.name == "Crashed", "the lease expires")


def test_exit_in_a_flow_crashes_the_run_and_ends_the_process(server, store, tmp_path):
    script = "@flow\ndef leaving():\n    mark(f'run {runtime.flow_run.id}')\n    sys.exit(7)\nleaving()\n"
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL=server.url) as process:
        id = process.marked("run")
        assert process.wait() == 7
    assert "sys.exit(7)" in store.flow_run(id).state.message


def test_no_server_is_said_in_one_line(tmp_path):
    script = (
        "@flow\ndef lost(): ...\ntry: lost()\nexcept Exception as error: mark(repr(error) + str(error))\n"
    )
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL="http://127.0.0.1:9/api") as process:
        assert process.wait() == 0
    [mark] = process.marks()
    assert mark.startswith("ServerUnreachable('No server answers at http://127.0.0.1:9/api")
    assert "penstock server start" in mark


def test_tasks_outside_flows_are_shipped_when_the_process_ends(server, tmp_path):
    script = "@task(name=sys.argv[1])\ndef alone(): ...\nalone()\n"
    with FlowProcess(tmp_path, script, PENSTOCK_API_URL=server.url) as process:
        assert process.wait() == 0, process.output
    body = {"task_runs": {"name": {"like_": str(tmp_path)}}}
    assert server.ask("POST", "/task_runs/count", body).json == 1


def test_a_server_that_fails_when_a_run_ends_is_told_again(served, monkeypatch):
    """Or the run that completed would be swept as one that died."""
    exchange, failures, ids = HttpTransport.exchange, [ServerError("It failed.")], []

    def fail_once(self, request, flight):
        if failures and request.endpoint.name == "set_flow_run_state":
            raise failures.pop()
        return exchange(self, request, flight)

    @flow
    def brief():
        ids.append(runtime.flow_run.id)

    monkeypatch.setattr(HttpTransport, "exchange", fail_once)
    brief()
    assert not failures
    assert served.state_names(ids[0]) == ["Running", "Completed"]


def test_a_renewal_that_nobody_answers_is_given_up_while_the_lease_lasts(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.sdk.engine.session._RENEWAL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        environ = {"PENSTOCK_API_URL": f"http://127.0.0.1:{port}/api", "PENSTOCK_HOME": str(tmp_path)}
        session = Session(load_settings(environ))
        with pytest.raises(AnswerLost):
            session._renew(uuid4(), uuid4())
        session.close()
