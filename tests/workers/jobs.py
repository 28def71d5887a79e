"""Flows for the tests of workers."""

import json
import os
import sys
import time
from pathlib import Path

from penstock import flow


@flow(log_prints=True)
def tell(path: str | None = None) -> None:
    """Write down what this process is like."""
    print("told")
    if path is not None:
        seen = {"env": dict(os.environ), "cwd": str(Path.cwd()), "argv": sys.argv, "pid": os.getpid()}
        Path(path).write_text(json.dumps(seen))


@flow
def wait(path: str) -> None:
    """Wait for a file."""
    while not Path(path).exists():
        time.sleep(0.01)
