"""What type checkers know of flows and tasks."""

import re
import subprocess
import sys

import pytest

PROGRAM = """
from typing import reveal_type
from penstock import flow, task

@flow
def plain(x: int) -> str: return str(x)

@flow(name="named", retries=2)
async def coroutine(x: int, y: str = "") -> list[str]: return [y]

@task
def part(x: int) -> float: return 1.0

@task(retries=3)
async def later(x: int) -> float: return 1.0

class Shop:
    @task
    def method(self, x: int) -> str: return ""

async def use() -> None:
    reveal_type(plain(1))
    reveal_type(await coroutine(1, y="x"))
    reveal_type(plain(1, return_state=True))
    reveal_type(plain(1, return_state=True).result())
    reveal_type(part(1))
    reveal_type(part.submit(1))
    reveal_type(part.submit(1).result())
    reveal_type(later.submit(1))
    reveal_type(part.map([1]).result())
    reveal_type(later.map([1]))
    reveal_type(Shop().method(1))
    reveal_type(part.with_options(retries=1)(1))

plain("x")  # wrong
plain()  # wrong
part("x")  # wrong
part.submit("x")  # wrong
part.with_options(retrys=1)  # wrong
"""

TYPES = [
    "str",
    "list[str]",
    "penstock.sdk.states.State[str]",
    "str",
    "float",
    "penstock.sdk.futures.Future[float]",
    "float",
    "penstock.sdk.futures.Future[float]",
    "list[float]",
    "penstock.sdk.futures.FutureList[float]",
    "str",
    "float",
]


@pytest.mark.slow
def test_flows_and_tasks_keep_the_types_of_their_functions(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout
    assert re.findall(r'Revealed type is "(.*)"', checked) == TYPES
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert sorted({int(line) for line in re.findall(r"program\.py:(\d+): error", checked)}) == wrong
