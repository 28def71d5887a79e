"""Events about who signs in, out, and in vain. The reference has none of these: the names are ours."""

from collections.abc import Sequence
from typing import Any, Literal

from penstock.domain.events import ID, NAME, Labels, NewEvent

_NOBODY = "anonymous"


def session(principal: str, what: Literal["opened", "closed"], address: str, entrance: str) -> NewEvent:
    """A session was opened, or closed.

    Args:
        entrance: Which one was used: `ui`, `rest`, …
    """
    payload = {"address": address, "entrance": entrance}
    return NewEvent(event=f"penstock.session.{what}", resource=_about(principal), payload=payload)


def refused(attempts: int, unheard: int, since: str, addresses: Sequence[str]) -> NewEvent:
    """Wrong credentials were shown: at a log-in, in the header of a request, or at a websocket.

    What was shown is not told: people type passwords where names belong.

    Args:
        attempts: How many there were since the last such event.
        unheard: How many of them were not looked at, because too many were wrong.
        since: When the first came, in ISO 8601.
        addresses: Where they came from, the first few.
    """
    payload: dict[str, Any] = {
        "attempts": attempts,
        "unheard": unheard,
        "since": since,
        "addresses": list(addresses),
    }
    return NewEvent(event="penstock.session.refused", resource=_about(_NOBODY), payload=payload)


def _about(principal: str) -> Labels:
    return {ID: f"penstock.principal.{principal}", NAME: principal}
