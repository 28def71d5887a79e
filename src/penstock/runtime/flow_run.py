"""Facts about the flow run around the calling code, as attributes of this module."""

from typing import Any

from penstock.sdk.runtime import FLOW_RUN, fact


def __getattr__(name: str) -> Any:
    return fact("flow_run", FLOW_RUN, name)


def __dir__() -> list[str]:
    return sorted(FLOW_RUN)
