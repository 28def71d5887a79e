"""Facts about the deployment around the calling code, as attributes of this module."""

from typing import Any

from penstock.sdk.runtime import DEPLOYMENT, fact


def __getattr__(name: str) -> Any:
    return fact("deployment", DEPLOYMENT, name)


def __dir__() -> list[str]:
    return sorted(DEPLOYMENT)
