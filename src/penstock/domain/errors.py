"""What can go wrong, as one tree of exceptions that every floor shares.

    PenstockError
    ├── InvalidInput            what was given cannot be used; names the field and the fix
    │   └── ParameterInvalid    a flow's parameter
    ├── NotFound                what was named does not exist
    ├── AlreadyExists           a unique name is taken
    ├── Gone                    what was named was there, and is over
    ├── Conflict                the thing is in a state that does not allow this
    │   └── Fenced              the caller's lease on a run was taken over or has expired
    ├── SlotsTaken              a concurrency limit has no room now
    ├── Unauthenticated         no, or an unknown, credential
    ├── PermissionDenied        a known principal that may not do this
    ├── TooLarge                more than a named limit
    │   └── AnswerTooLarge      what was asked for is more than one answer may have
    └── Unavailable             the server or its database cannot answer now; try again
        ├── TooManyRequests     this was tried too often of late
        └── ServerUnreachable   nobody answers at the URL

`code` is the stable slug that scripts match on; the text is for people and says what happened, where, and
the next step.
"""

from typing import Any, ClassVar


class PenstockError(Exception):
    """Base of all errors that Penstock raises on purpose.

    Args:
        message: One or more sentences for a person: what happened, where, and the next step.
        hint: The next step, kept apart so that a terminal can show it on a line of its own.
        detail: Plain data for scripts, sent as JSON beside the message.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None, detail: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InvalidInput(PenstockError):
    """A value that cannot be used. `field` is its path, e.g. `job_variables.env.A`."""

    code = "invalid-input"

    def __init__(
        self, message: str, *, field: str | None = None, hint: str | None = None, detail: Any = None
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.field = field


class ParameterInvalid(InvalidInput):
    """A flow's parameters do not fit its signature."""

    code = "parameter-invalid"


class NotFound(PenstockError):
    """What was named does not exist."""

    code = "not-found"


class Gone(PenstockError):
    """What was named was there, and is over."""

    code = "gone"


class AlreadyExists(PenstockError):
    """A unique name is taken."""

    code = "already-exists"


class Conflict(PenstockError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class Fenced(Conflict):
    """The caller's lease on a run was taken over, or expired and was swept: it must stop."""

    code = "fenced"


class SlotsTaken(PenstockError):
    """A concurrency limit has no room now. `retry_after` says in how many seconds it may have some."""

    code = "slots-taken"

    def __init__(
        self, message: str, *, retry_after: float | None = None, hint: str | None = None, detail: Any = None
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.retry_after = retry_after


class Unauthenticated(PenstockError):
    """No credential, or one that nobody issued."""

    code = "unauthenticated"


class PermissionDenied(PenstockError):
    """A known principal that may not do this."""

    code = "permission-denied"


class TooLarge(PenstockError):
    """More than a limit that the message names."""

    code = "too-large"


class AnswerTooLarge(TooLarge):
    """What was asked for is more than one answer may have."""

    code = "answer-too-large"


class Unavailable(PenstockError):
    """The server, or its database, cannot answer now. `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(
        self, message: str, *, retry_after: float | None = None, hint: str | None = None, detail: Any = None
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.retry_after = retry_after


class TooManyRequests(Unavailable):
    """This was tried too often of late. `retry_after` says when it may be tried again."""

    code = "too-many-requests"


class ServerUnreachable(Unavailable):
    """Nobody answers at the URL."""

    code = "server-unreachable"
