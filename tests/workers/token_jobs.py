"""Flows for the tests of runs' tokens."""

import json
import os
import time
from pathlib import Path
from urllib.request import Request, urlopen

from penstock import flow, task
from penstock.artifacts import create_markdown_artifact
from penstock.events import emit_event


@task(log_prints=True)
def double(number: int) -> int:
    """Twice the number, and a line in the log."""
    print(f"doubling {number}")
    return 2 * number


@flow(log_prints=True)
def below(number: int) -> int:
    """A child in the same process."""
    print("below")
    return double(number)


def start(deployment: str) -> None:
    """Have a deployment run, with the credential that this process has."""
    url = f"{os.environ['PENSTOCK_API_URL']}/deployments/{deployment}/create_flow_run"
    headers = {
        "Authorization": f"Bearer {os.environ['PENSTOCK_API_KEY']}",
        "Content-Type": "application/json",
    }
    with urlopen(Request(url, b"{}", headers)) as answer:
        assert answer.status == 201


def tell_end(flow, flow_run, state) -> None:
    """A hook: its run has ended when it runs."""
    create_markdown_artifact("last words", key="last-words")


@flow(log_prints=True, on_completion=[tell_end])
def wide(folder: str, other: str | None = None, fail_first: bool = False) -> int:
    """Use all that a run uses, and wait until it may end."""
    place = Path(folder)
    attempt = len(list(place.glob("told-*"))) + 1
    seen = {
        "env": dict(os.environ),
        "born": Path("/proc/self/environ").read_bytes().decode().split("\0"),
        "parent": Path(f"/proc/{os.getppid()}/environ").read_bytes().decode().split("\0"),
    }
    half = place / f"half-{attempt}"
    half.write_text(json.dumps(seen))
    half.rename(place / f"told-{attempt}")
    print("it begins")
    numbers = [future.result() for future in double.map([1, 2, 3])]
    numbers.append(below(4))
    create_markdown_artifact("# kept", key="kept")
    emit_event("it.happened", resource={"prefect.resource.id": "test.thing"})
    if other is not None:
        start(other)
    if fail_first and attempt == 1:
        raise ValueError("the first time")
    while not (place / "go-on").exists():
        time.sleep(0.01)
    return sum(numbers)


@flow
def quick() -> int:
    """Nothing much."""
    return 1
