"""What a job shows the server: the token of its run, and nothing that its worker has.

Whatever a worker's environment says of credentials, under our names and the reference's, is taken away from a
job that has a token of its own; and the process that forks jobs never had it, as each process can read what
the one was started with from which it was forked.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from penstock.settings.catalog import specs

_OURS: Final = "PENSTOCK_"
_THEIRS: Final = "PREFECT_"
_THEIR_OWN: Final = ("PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_PASSWORD")
"""Older names, of what has another with us."""
_SHOWN: Final = ("PENSTOCK_API_KEY", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING")
"""The reference's client shows the last of these where it opens websockets."""


@cache
def secret_variables() -> tuple[str, ...]:
    """The variables of the settings that hold secrets."""
    ours = [spec.variable for spec in specs().values() if spec.secret]
    theirs = [_THEIRS + variable.removeprefix(_OURS) for variable in ours]
    return (*ours, *theirs, *_THEIR_OWN)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the secrets that settings hold."""
    return {name: value for name, value in environment.items() if name not in secret_variables()}


def shown(token: str | None) -> dict[str, str]:
    """The variables by which a job shows the token of its run."""
    return dict.fromkeys(_SHOWN, token) if token is not None else {}


def taken_away(token: str | None) -> tuple[str, ...]:
    """What a job must not inherit from its worker: nothing, where it has no token."""
    return secret_variables() if token is not None else ()
