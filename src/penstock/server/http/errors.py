"""What is answered when something goes wrong: a status for each kind of error, nothing about our insides."""

from collections.abc import Collection
from typing import Any

import msgspec

from penstock.contract.codec import encode
from penstock.contract.refusals import Refusal, refusal_of
from penstock.db.errors import IntegrityViolation
from penstock.domain.errors import (
    AlreadyExists,
    AnswerTooLarge,
    Conflict,
    Gone,
    InvalidInput,
    NotFound,
    PenstockError,
    PermissionDenied,
    SlotsTaken,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from penstock.domain.problems import JobVariablesForbidden


class MethodNotAllowed(PenstockError):
    """The path exists, but not for this method. `allowed` are those that it exists for."""

    code = "method-not-allowed"

    def __init__(self, message: str, allowed: Collection[str]) -> None:
        super().__init__(message, detail={"allowed": sorted(allowed)})
        self.allowed = allowed


class BadVersion(PenstockError):
    """A client is too old, or says its version in a way that nobody can read."""

    code = "bad-version"


_STATUSES: dict[type[BaseException], int] = {
    InvalidInput: 422,
    JobVariablesForbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    AlreadyExists: 409,
    IntegrityViolation: 409,  # what is referred to was deleted, or a name was taken, a moment before
    Conflict: 409,
    Gone: 410,
    SlotsTaken: 423,
    Unauthenticated: 401,
    PermissionDenied: 403,
    TooLarge: 413,
    AnswerTooLarge: 400,
    BadVersion: 400,
    TooManyRequests: 429,
    Unavailable: 503,
    PenstockError: 500,
}
_LONGEST_ECHO = 4096
"""Bytes of a malformed request that are sent back with its refusal."""


def status_of(error: PenstockError) -> int:
    """The status of the nearest kind of error that has one."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def refusal(error: PenstockError, request_body: bytes = b"") -> bytes:
    """The body that tells of `error`; with the request that did not fit its types, as in the reference."""
    told = refusal_of(error)
    if told.exception_detail is not None:
        told.request_body = _echo(request_body)
    return encode(told)


def failure(request_id: str) -> bytes:
    """The body that tells of a fault of ours: where to look for it, and not what it was."""
    message = f"The server failed on this request. Its log says why, under the id {request_id}."
    return encode(Refusal(code="internal-error", detail=message, exception_message="Internal Server Error"))


def headers_of(error: PenstockError, *, to_page: bool = False) -> list[tuple[bytes, bytes]]:
    """Headers that the error brings along.

    Args:
        to_page: A script of a page gets them, which asks for credentials itself: the browser should not.
    """
    if isinstance(error, Unauthenticated):
        return [] if to_page else [(b"www-authenticate", b'Basic realm="penstock", charset="UTF-8"')]
    if isinstance(error, MethodNotAllowed):
        return [(b"allow", ", ".join(sorted(error.allowed)).encode())]
    if isinstance(error, SlotsTaken):
        # In parts of a second too, as the reference's clients read it.
        return [(b"retry-after", f"{error.retry_after or 1.0:.3f}".encode())]
    if isinstance(error, Unavailable):
        return [(b"retry-after", str(max(1, round(error.retry_after or 1.0))).encode())]
    return []


def _echo(body: bytes) -> Any:
    if not body or len(body) > _LONGEST_ECHO:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
