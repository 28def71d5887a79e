"""What a command's exit code says."""

from enum import IntEnum

from penstock.domain.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotFound,
    PenstockError,
    PermissionDenied,
    TooLarge,
    Unauthenticated,
    Unavailable,
)


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    """What was asked for was tried, and failed: a watched run, an action on the server."""
    USAGE = 2
    """The command, a value or a setting cannot be used. Nothing was changed."""
    NOT_FOUND = 3
    UNREACHABLE = 4
    """No server answers, or it cannot answer now."""
    DENIED = 5
    """No, or an unknown, credential; or one that may not do this."""
    CONFLICT = 6
    """The name is taken, or the thing is in a state that does not allow this."""
    BUG = 70
    """Penstock failed in a way that nobody foresaw."""
    INTERRUPTED = 130
    """Ctrl-C."""
    BROKEN_PIPE = 141
    """Who read the output went away."""


_BY_ERROR: tuple[tuple[type[PenstockError], ExitCode], ...] = (
    (InvalidInput, ExitCode.USAGE),
    (TooLarge, ExitCode.USAGE),
    (NotFound, ExitCode.NOT_FOUND),
    (Unavailable, ExitCode.UNREACHABLE),
    (Unauthenticated, ExitCode.DENIED),
    (PermissionDenied, ExitCode.DENIED),
    (AlreadyExists, ExitCode.CONFLICT),
    (Conflict, ExitCode.CONFLICT),
)


class CommandFailed(PenstockError):
    """A command that did its part and has bad news: exit code 1."""

    code = "command-failed"


def exit_code(error: PenstockError) -> ExitCode:
    """The exit code that tells of `error`."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)
