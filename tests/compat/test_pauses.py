"""Pauses and input: made, answered and waited for by the reference's client, worker included."""

PAUSED = """
import threading, time
from prefect import flow, get_client, pause_flow_run, resume_flow_run
from prefect.context import FlowRunContext
from prefect.exceptions import FlowPauseTimeout, NotPausedError
from prefect.input import RunInput, receive_input, send_input


class Guest(RunInput):
    name: str
    seats: int = 1


def somebody(run_id):
    client = get_client(sync_client=True)
    while not client.read_flow_run(run_id).state.is_paused():
        time.sleep(0.1)
    state = client.read_flow_run(run_id).state
    assert state.state_details.run_input_keyset["schema"] == "paused-1-schema", state
    while True:
        try:
            resume_flow_run(run_id, run_input={"seats": "many"})
        except RuntimeError as error:
            if "not said yet" not in str(error):
                assert "name: is required" in str(error), error
                break
    assert client.read_flow_run(run_id).state.is_paused()
    resume_flow_run(run_id, run_input={"name": "Ada"})
    try:
        resume_flow_run(run_id)
    except NotPausedError:
        print("not paused")


def talker(run_id):
    for number in range(3):
        send_input(number, flow_run_id=run_id)


@flow
def invite():
    run_id = FlowRunContext.get().flow_run.id
    helper = threading.Thread(target=somebody, args=(run_id,))
    helper.start()
    guest = pause_flow_run(wait_for_input=Guest.with_initial_data(seats=2), poll_interval=1)
    helper.join()
    threading.Thread(target=talker, args=(run_id,)).start()
    numbers = []
    for number in receive_input(int, timeout=20, poll_interval=0.2):
        numbers.append(number)
        if len(numbers) == 3:
            break
    return guest, sorted(numbers)


guest, numbers = invite()
assert (guest.name, guest.seats, numbers) == ("Ada", 2, [0, 1, 2]), (guest, numbers)


@flow
def lonely():
    pause_flow_run(timeout=1, poll_interval=1)


try:
    lonely()
except FlowPauseTimeout:
    print("timed out")
"""

SUSPENDED = """
from prefect import flow, suspend_flow_run
from prefect.input import RunInput


class Guest(RunInput):
    name: str


@flow(log_prints=True)
def invite():
    guest = suspend_flow_run(wait_for_input=Guest, timeout=300)
    print(f"{guest.name} comes")
"""

DEPLOY = """
from pathlib import Path
from prefect import flow

flow.from_source(str(Path.cwd()), "suspended.py:invite").deploy("d", work_pool_name="pausing")
"""

RESUME = """
import sys, time
from prefect import get_client, resume_flow_run
from prefect.deployments import run_deployment

client = get_client(sync_client=True)


def until(condition):
    end = time.monotonic() + 90
    while not condition(run := client.read_flow_run(made.id)):
        assert time.monotonic() < end and not run.state.is_final(), run.state
        time.sleep(0.1)
    return run


made = run_deployment("invite/d", timeout=0)
suspended = until(lambda run: run.state.is_paused())
assert suspended.state.name == "Suspended", suspended.state
while True:
    try:
        resume_flow_run(made.id, run_input={"name": "Ada"})
        break
    except RuntimeError as error:
        assert "not said yet" in str(error), error
end = time.monotonic() + 90
while not (run := client.read_flow_run(made.id)).state.is_final():
    assert time.monotonic() < end, run.state
    time.sleep(0.1)
assert run.state.is_completed(), run.state
print("resumed after", run.run_count)
"""


def test_a_flow_waits_for_input_and_is_told_things(program):
    told = program(PAUSED)
    assert "not paused" in told
    assert told.strip().endswith("timed out") or "timed out" in told


def test_a_suspended_flow_goes_on_in_another_process(program, prefect, worker, tmp_path):
    (tmp_path / "suspended.py").write_text(SUSPENDED)
    prefect("work-pool", "create", "pausing", "--type", "process")
    program(DEPLOY, "deploy.py")
    with worker("pausing"):
        assert "resumed after 1" in program(RESUME, "resume.py")
