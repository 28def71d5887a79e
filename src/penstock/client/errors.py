"""What can go wrong on the way to a server and back, beside what the server itself refuses.

PenstockError
├── ServerError              the server failed, or answered something that is no answer
└── Unavailable
    ├── AnswerLost           sent, perhaps done, and not answered
    └── ServerUnreachable    nobody answers at the URL
        └── NotTrusted       somebody answers whose certificate is not trusted
"""

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

from penstock.contract.codec import decode
from penstock.contract.refusals import Refusal, error_of
from penstock.domain.errors import (
    Conflict,
    Gone,
    InvalidInput,
    NotFound,
    PenstockError,
    PermissionDenied,
    ServerUnreachable,
    SlotsTaken,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

_SECONDS = re.compile(r"\d{1,9}(\.\d*)?")
_HINT = "Start one with `penstock server start`, or set PENSTOCK_API_URL to the URL of yours."


class ServerError(PenstockError):
    """The server failed, or answered something that no server of this API would."""

    code = "server-error"


class AnswerLost(Unavailable):
    """A request was sent and not answered: whether it was done is not known."""

    code = "answer-lost"


class NotTrusted(ServerUnreachable):
    """The server's certificate is not trusted. Trying again would not help."""

    code = "not-trusted"


_KINDS: dict[int, type[PenstockError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    422: InvalidInput,
    423: SlotsTaken,
    408: Unavailable,
    429: Unavailable,
    502: AnswerLost,
    503: Unavailable,
    504: AnswerLost,
}
"""What a status means where the body names no kind of error. 408, 429 and 503 say that nothing was done."""


def unreachable(url: str, reason: str) -> ServerUnreachable:
    """Nobody answers at `url`."""
    return ServerUnreachable(f"No server answers at {url} ({reason}).", hint=_HINT)


def not_trusted(url: str, reason: str) -> NotTrusted:
    """The certificate of the server at `url` is not trusted."""
    hint = "Set PENSTOCK_API_SSL_CERT_FILE to the certificate of the authority that signed it."
    return NotTrusted(f"The certificate of {url} is not trusted: {reason}.", hint=hint)


def answer_lost(url: str, reason: str) -> AnswerLost:
    """A request to `url` got no answer, or not all of it."""
    return AnswerLost(f"The server at {url} did not answer: {reason}. It may have done what was asked.")


def unreadable(url: str, reason: str) -> ServerError:
    """The answer of `url` is not what the contract says."""
    hint = "Is PENSTOCK_API_URL the URL of a Penstock API, and is that server of this version?"
    return ServerError(f"The server at {url} answered something unexpected: {reason}.", hint=hint)


def refusal_in(
    url: str,
    status: int,
    body: bytes,
    header: Callable[[str], str | None],
    now: datetime,
    extra: frozenset[int],
) -> PenstockError:
    """The error that an answer without success tells of.

    Args:
        header: Reads a header of the answer.
        now: For a `Retry-After` that names a moment.
        extra: Further statuses to try again on.
    """
    kind = _KINDS.get(status) or (AnswerLost if status in extra else ServerError)
    error = error_of(_refusal(url, status, body), kind)
    if status in extra and not isinstance(error, Unavailable):
        error = AnswerLost(error.message, hint=error.hint, detail=error.detail)
    if isinstance(error, Unavailable | SlotsTaken):
        error.retry_after = retry_after(header("Retry-After"), now)
    return error


def _refusal(url: str, status: int, body: bytes) -> Refusal:
    """What the body says, if it is one of an API; proxies answer in HTML."""
    try:
        refusal: Refusal = decode(Refusal, body)
    except InvalidInput:
        refusal = Refusal()
    if refusal.detail is None and refusal.exception_message is None:
        refusal.detail = f"{url} answered with status {status}."
    return refusal


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds to wait, from the header: a number, or a moment. None where it says nothing."""
    if text is None:
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def described(error: BaseException) -> str:
    """A failure of the operating system or of a library, in a few words."""
    text: str = getattr(error, "strerror", None) or str(error)
    return text.lower().rstrip(".") or type(error).__name__
