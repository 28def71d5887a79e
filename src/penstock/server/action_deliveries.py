"""What an action sends to the outside is sent: over HTTP, or as e-mail."""

from typing import Final
from urllib.parse import parse_qsl

from msgspec.structs import replace

from penstock.domain.errors import InvalidInput, Unavailable
from penstock.server import mail
from penstock.server.action_kinds import Delivery, Outcome
from penstock.server.mail import Mail
from penstock.server.outside import (
    OutsideFailed,
    OutsidePolicy,
    OutsideRefused,
    OutsideRequest,
    OutsideResponse,
    call,
)
from penstock.server.text import storable

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
"""Header by which the receiver can tell a repetition; it stays the same however often something is sent."""
_SHOWN: Final = 500
"""Characters of an answer that are told."""
_SHORTEST_SECRET: Final = 6


class DeliveryRefused(InvalidInput):
    """The receiver has it, and does not want it: trying again does not help."""

    code = "delivery-refused"


async def deliver(delivery: Delivery, key: str, policy: OutsidePolicy) -> Outcome:
    """Send something to the outside.

    Raises:
        Unavailable: It came to nothing this time.
        InvalidInput: It was refused, by the receiver or by us.
    """
    if isinstance(delivery, Mail):
        return Outcome(status_code=await mail.send(delivery, key, policy))
    try:
        answer = await call(_keyed(delivery, key), policy)
    except (OutsideFailed, OutsideRefused) as error:
        error.message = _without_secrets(error.message, delivery)
        raise
    return _outcome(answer, delivery)


def _keyed(request: OutsideRequest, key: str) -> OutsideRequest:
    if any(name.lower() == IDEMPOTENCY_KEY.lower() for name in request.headers):
        return request
    return replace(request, headers={**request.headers, IDEMPOTENCY_KEY: key})


def _outcome(answer: OutsideResponse, request: OutsideRequest) -> Outcome:
    said = answer.body[: 4 * _SHOWN].decode(errors="replace")
    said = storable(_without_secrets(said, request), _SHOWN)
    if answer.is_success:
        return Outcome(status_code=answer.status, detail={"answer": said} if said else {})
    message = f"It answered {answer.status}{f': {said}' if said else ''}."
    if answer.status >= 500 or answer.status in (408, 425, 429):
        raise Unavailable(message, retry_after=_retry_after(answer))
    raise DeliveryRefused(message, detail={"status_code": answer.status})


def _without_secrets(text: str, request: OutsideRequest) -> str:
    """A text about a request or its answer, without what may be a credential: path, query and headers."""
    place, _, query = request.url.partition("://")[2].partition("/")[2].partition("?")
    kept = [f"{place}?{query}", place, *(value for _, value in parse_qsl(query))]
    kept += [word for value in request.headers.values() for word in (value, *value.split())]
    for secret in sorted(kept, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "…")
    return text


def _retry_after(answer: OutsideResponse) -> float | None:
    """For how many seconds the receiver wants to be left alone, if it says so in seconds."""
    said = dict(answer.headers).get("retry-after", "")
    return float(said) if said.isascii() and said.isdecimal() else None
