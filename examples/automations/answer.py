"""A flow that tells what it was given by the event that started it."""

import os

from penstock import flow


@flow(log_prints=True, flow_run_name="answer for {who}")
def answer(who: str = "nobody") -> str:
    """Answer who asked."""
    found = os.environ.get("MY_NEW_ENV_VAR", "unknown")
    print(f"{who}, the answer is {found}")
    return found
