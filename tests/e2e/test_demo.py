"""`make demo`: the whole story, as it stands in the examples. It must come out right, and notice if not."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "job_variables"


@pytest.fixture(autouse=True)
def usual_port():
    """One demo at a time: each takes the usual port if it is free."""
    with (Path(tempfile.gettempdir()) / "penstock-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tell(folder, home):
    """Run the demo of a folder; it has its own server, worker and home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    return subprocess.run(
        [sys.executable, folder / "demo.py"],
        env=kept | {"HOME": str(home), "TMPDIR": str(home)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_every_run_sees_what_it_should(tmp_path):
    told = tell(EXAMPLE, tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    rows = [line for line in told.stdout.splitlines() if line.endswith("  ok")]
    for how in ("CLI, by name", "-jv", "--job-variable JSON", "--id", "SDK", "REST", "git-deployment"):
        assert any(how in row for row in rows), how
    for layer in ("pool", "deployment", "run"):
        assert any(f"← {layer} " in row for row in rows), layer
    assert len(rows) == told.stdout.count(" ← ") / 2, "each row told two variables, and no row is wrong"
    assert "\nServer, with the web UI: http://127.0.0.1:" in told.stdout
    assert not [left for left in tmp_path.iterdir() if left.name.startswith("penstock-")], "all is cleared up"


def test_a_run_that_sees_something_else_fails_the_demo(tmp_path):
    """The doctored demo expects from one run what it will not see, and from another one the wrong layer."""
    shutil.copytree(EXAMPLE, tmp_path / "doctored", ignore=shutil.ignore_patterns("__pycache__"))
    demo = tmp_path / "doctored" / "demo.py"
    text = demo.read_text()
    for right, wrong in (
        ('Expected("test", "run")', 'Expected("other", "run")'),
        ('Expected("42", "run")', 'Expected("42", "pool")'),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    demo.write_text(text)
    told = tell(demo.parent, tmp_path)
    assert told.returncode == 1, told.stdout + told.stderr
    wrong = [line for line in told.stdout.splitlines() if line.endswith("WRONG (Completed)")]
    assert len(wrong) == 2 and "test ← run" in wrong[0] and "42 ← run" in wrong[1]
    assert "Some runs did not see what they should." in told.stdout
