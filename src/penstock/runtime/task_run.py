"""Facts about the task run around the calling code, as attributes of this module."""

from typing import Any

from penstock.sdk.runtime import TASK_RUN, fact


def __getattr__(name: str) -> Any:
    return fact("task_run", TASK_RUN, name)


def __dir__() -> list[str]:
    return sorted(TASK_RUN)
