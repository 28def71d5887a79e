"""A flow that prints what it finds in its environment, as the guide's first steps do."""

import os
import time
from pathlib import Path

from penstock import flow

NAME = "MY_NEW_ENV_VAR"
_PAUSE_SECONDS = 0.02


@flow(log_prints=True)
def show_env(until: str | None = None) -> None:
    """Print a variable of the environment, and all that the pool and the deployment set.

    Args:
        until: A file that is waited for before the last line.
    """
    print(f"{NAME}={os.environ.get(NAME)}")
    for name in ("REGION", "LOG_LEVEL"):
        print(f"{name}={os.environ.get(name)}")
    while until is not None and not Path(until).exists():
        time.sleep(_PAUSE_SECONDS)
    print("that was all")
