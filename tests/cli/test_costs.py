"""What the most frequent commands cost, in CPU time against starting Python alone."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

PENSTOCK = str(Path(sys.executable).with_name("penstock"))
RUNS = 7
BAR = 5.0


def cpu_seconds(command: list[str], environ: dict[str, str]) -> float:
    """CPU time of one run: the least of several, since others use the machine too."""
    spent = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["--version"]])
def test_help_and_version_cost_little_more_than_python(environ, arguments):
    # Compiled modules are what is installed; a test run may forbid to write them.
    environ = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bare = cpu_seconds([sys.executable, "-c", "pass"], environ)
    assert cpu_seconds([PENSTOCK, *arguments], environ) <= BAR * bare
