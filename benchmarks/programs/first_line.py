"""A flow whose first line writes down the time."""

import time
from pathlib import Path

from penstock import flow

HERE = Path(__file__).parent


@flow
def first_line():
    with (HERE / "first_lines").open("a") as lines:
        lines.write(f"{time.time()}\n")
