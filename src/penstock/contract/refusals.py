"""How an error travels: the body of every answer that is not a success, and the error made of it again.

The reference answers `{"detail": …}`, and to a request that does not fit its types `{"exception_message",
"exception_detail", "request_body"}`. Ours has both forms in one, and a `code` for scripts.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from penstock.domain.errors import InvalidInput, PenstockError, SlotsTaken, Unavailable
from penstock.domain.problems import JobVariablesInvalid, Problem


class Refusal(Struct, kw_only=True, omit_defaults=True):
    """Why a request was not done."""

    code: str = PenstockError.code
    """The kind of error, stable over versions; see `domain/errors.py`."""
    detail: Any = None
    """What happened, for people; text in all our answers."""
    hint: str | None = None
    """The next step."""
    field: str | None = None
    """The path of the value that cannot be used."""
    data: Any = None
    """More, for scripts."""
    exception_message: str | None = None
    exception_detail: list[Any] | None = None
    """What does not fit, each as `{"type", "loc", "msg"}`; only for requests that don't fit their types."""
    request_body: Any = UNSET
    """That request, unless it is long or no JSON: then null. Only where `exception_detail` is there."""


def refusal_of(error: PenstockError) -> Refusal:
    """The body that tells of `error`."""
    refusal = Refusal(code=error.code, detail=error.message, hint=error.hint, data=error.detail)
    if isinstance(error, InvalidInput):
        refusal.field = error.field
        if _is_list_of_misfits(error.detail):
            refusal.exception_message = "Invalid request received."
            refusal.exception_detail, refusal.data = error.detail, None
    return refusal


def _is_list_of_misfits(detail: Any) -> bool:
    return isinstance(detail, list) and all(isinstance(item, dict) and "loc" in item for item in detail)


def error_of(refusal: Refusal, otherwise: type[PenstockError]) -> PenstockError:
    """The error that a body tells of: of the type with its code, or `otherwise` if nobody knows the code.

    Types with arguments of their own get back what travels: `field`, `problems`.
    """
    kind = next((known for known in _kinds(PenstockError) if known.code == refusal.code), otherwise)
    message = refusal.detail or refusal.exception_message or "The server refused the request."
    error = kind.__new__(kind)
    PenstockError.__init__(
        error,
        message if isinstance(message, str) else msgspec.json.encode(message).decode(),
        hint=refusal.hint,
        detail=refusal.data or refusal.exception_detail,
    )
    if isinstance(error, InvalidInput):
        error.field = refusal.field
    if isinstance(error, Unavailable | SlotsTaken):
        error.retry_after = None
    if isinstance(error, JobVariablesInvalid):
        error.problems = tuple(msgspec.convert(refusal.data or [], list[Problem]))
    return error


def _kinds(base: type[PenstockError]) -> Iterator[type[PenstockError]]:
    if base is not PenstockError:
        yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)
