"""Commands as people run them: a process, with a home of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """The environment that commands get: nothing of ours or the reference's from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    return kept | {"PENSTOCK_HOME": str(home), "COLUMNS": "100"}


@pytest.fixture
def penstock(environ: dict[str, str], tmp_path: Path) -> Run:
    """Run `penstock` with some arguments; `code` is the exit code that is expected."""
    program = Path(sys.executable).with_name("penstock")

    def run(*arguments: str, code: int = 0, input: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [program, *arguments],
            env=environ | more,
            cwd=tmp_path,
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == code, finished.stdout + finished.stderr
        assert "Traceback" not in finished.stderr
        return finished

    return run
