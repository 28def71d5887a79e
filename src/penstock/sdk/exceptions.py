"""What the SDK raises, under the names that users of the reference SDK catch."""

from typing import Any

from penstock.domain.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotFound,
    ParameterInvalid,
    PenstockError,
)

ObjectNotFound = NotFound
ObjectAlreadyExists = AlreadyExists


class OptionUnknown(InvalidInput, TypeError):
    """A decorator or method was given a keyword that it does not know."""

    code = "option-unknown"


class ParameterBindError(ParameterInvalid, TypeError):
    """A flow or task was called with arguments that its function cannot take."""

    code = "parameter-bind"


class ParameterTypeError(ParameterInvalid):
    """Parameters do not fit their annotations; the message names each of them."""

    code = "parameter-type"


class SignatureMismatchError(ParameterInvalid, TypeError):
    """Parameters were given that the function does not have."""

    code = "signature-mismatch"


class ReservedArgumentError(InvalidInput, TypeError):
    """A function has a parameter whose name means something to the engine."""

    code = "reserved-argument"


class MappingLengthMismatch(InvalidInput, TypeError):
    """`map` was given sequences of different lengths."""

    code = "mapping-length"


class MappingMissingIterable(InvalidInput, TypeError):
    """`map` was given nothing to iterate over."""

    code = "mapping-without-iterable"


class ScriptError(PenstockError):
    """A script could not be run to find its flow."""

    code = "script-error"

    def __init__(self, message: str = "", *, user_exc: Exception | None = None, **details: Any) -> None:
        super().__init__(message or f"The script raised {user_exc!r}.", **details)
        self.user_exc = user_exc


class MissingFlowError(NotFound):
    """A script has no flow of the name."""

    code = "missing-flow"


class MissingContextError(PenstockError, RuntimeError):
    """Something that only works inside a run was used outside one."""

    code = "missing-context"


class RunEnded(PenstockError):
    """Base of errors about a run whose result cannot be had."""

    code = "no-result"


class MissingResult(RunEnded):
    """The run completed, but its result was not kept where it can be read."""

    code = "missing-result"


class FailedRun(RunEnded):
    """The run failed, and its exception is not known here."""

    code = "failed-run"


class CrashedRun(RunEnded):
    """The run was ended by its infrastructure."""

    code = "crashed-run"


class CancelledRun(RunEnded):
    """The run was cancelled."""

    code = "cancelled-run"


class PausedRun(RunEnded):
    """The run waits to be resumed."""

    code = "paused-run"


class NotPausedError(Conflict):
    """Only a run that is paused can be resumed."""

    code = "not-paused"


class FlowPauseTimeout(PenstockError):
    """The run was paused for a certain time, and nobody resumed it within it."""

    code = "pause-timeout"


class FlowRunWaitTimeout(PenstockError):
    """A flow run that was waited for has not ended in that time. It goes on."""

    code = "wait-timeout"


class ResumptionRefused(InvalidInput, RuntimeError):
    """A paused run cannot be resumed with this input; the message says why. It stays paused."""

    code = "resumption-refused"


class UnfinishedRun(RunEnded):
    """The run has not ended, or never started."""

    code = "unfinished-run"


class UpstreamTaskError(UnfinishedRun):
    """A task did not run because something that it depends on did not complete."""

    code = "upstream-failed"


class FlowRunTimeoutError(TimeoutError):
    """A flow ran longer than its `timeout_seconds`."""


class TaskRunTimeoutError(TimeoutError):
    """A task ran longer than its `timeout_seconds`."""


class ConcurrencySlotAcquisitionError(PenstockError):
    """Slots of a concurrency limit could not be had."""

    code = "no-slots"


class AcquireConcurrencySlotTimeoutError(ConcurrencySlotAcquisitionError, TimeoutError):
    """There was no room for the slots within the time."""

    code = "slots-timeout"


class ConcurrencyLeaseLost(PenstockError):
    """The slots that code worked under were lost: given to others, or not renewed for too long."""

    code = "slots-lost"


class PenstockSignal(BaseException):
    """Base of what is raised into user code to end it; not an Exception, so that it isn't swallowed."""


class Abort(PenstockSignal):
    """The server says that this run must not go on."""


class Pause(PenstockSignal):
    """Leave the run so that it can be resumed later. `state` is the paused state."""

    def __init__(self, *args: object, state: Any = None) -> None:
        super().__init__(*args)
        self.state = state


class TerminationSignal(PenstockSignal):
    """The process is asked to end, by the signal `signal`."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class Interrupted(PenstockSignal):
    """Raised into user code to end it: its time is over, it was cancelled, or another process has the run."""


class RunCancelled(PenstockSignal):
    """Somebody asked for the end of the run that this thread works for."""


class RunFenced(PenstockSignal):
    """Another process has the run now: this one must stop and report nothing more."""


__all__ = [
    "Abort",
    "AcquireConcurrencySlotTimeoutError",
    "AlreadyExists",
    "CancelledRun",
    "ConcurrencyLeaseLost",
    "ConcurrencySlotAcquisitionError",
    "Conflict",
    "CrashedRun",
    "FailedRun",
    "FlowPauseTimeout",
    "FlowRunTimeoutError",
    "Interrupted",
    "InvalidInput",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingResult",
    "NotFound",
    "NotPausedError",
    "ObjectAlreadyExists",
    "ObjectNotFound",
    "OptionUnknown",
    "ParameterBindError",
    "ParameterInvalid",
    "ParameterTypeError",
    "Pause",
    "PausedRun",
    "PenstockError",
    "PenstockSignal",
    "ReservedArgumentError",
    "ResumptionRefused",
    "RunCancelled",
    "RunEnded",
    "RunFenced",
    "ScriptError",
    "SignatureMismatchError",
    "TaskRunTimeoutError",
    "TerminationSignal",
    "UnfinishedRun",
    "UpstreamTaskError",
]
