"""What the end of a job means for its run: exit codes and signals as words."""

import signal

from penstock.domain.states import State, StateCreate, StateType
from penstock.workers.launcher import Exit

_SIGNALLED_EXIT = 128
_HINTS: dict[int, str] = {
    signal.SIGKILL: "Likely out of memory, or killed by hand: compare the job's memory with its limit.",
    signal.SIGSEGV: "A native library crashed; set PYTHONFAULTHANDLER=1 in the run's env to see where.",
    signal.SIGABRT: "A native library gave up; its last lines of output say why.",
    signal.SIGINT: "Somebody interrupted it from a keyboard, or by hand.",
    signal.SIGTERM: "Its host or worker was shutting down, or somebody stopped it.",
}
_CODE_HINTS: dict[int, str] = {
    4: "It could not reach the server; the output of its worker has more.",
    126: "The command was found but may not be executed: check its permissions.",
    127: "The command was not found: check `command` and PATH.",
}


_NOT_STARTED = (
    "Its `command` must start the run, as `python -m penstock.engine` does; "
    "what it printed is in the output of its worker."
)


def proposal_after(exit: Exit, state: State | None) -> StateCreate | None:
    """The state to propose for a run whose job has ended, or None where the run has said all itself.

    Args:
        state: What the server says that the run is, now that the job has ended.
    """
    if state is not None and (state.is_terminal or state.is_scheduled() or state.is_paused()):
        return None
    if state is not None and state.is_cancelling():
        return StateCreate(type=StateType.CANCELLED, message="Its process was stopped on request.")
    never_started = state is None or state.is_pending()
    return StateCreate(type=StateType.CRASHED, message=describe(exit, never_started=never_started))


def describe(exit: Exit, *, never_started: bool) -> str:
    """One or two sentences on how a job ended, and the likely cause."""
    number = signal_of(exit)
    if number is not None:
        end, hint = f"was ended by signal {number} ({_signal_name(number)})", _HINTS.get(number, "")
    elif exit.code is None:
        end, hint = "ended", "How is not known: the process that watched it was killed too."
    else:
        end, hint = f"exited with code {exit.code}", _CODE_HINTS.get(exit.code or 0, "")
    when = "before the run started" if never_started else "without reporting how the run ended"
    if never_started and not hint:
        hint = _NOT_STARTED
    reason = f" ({exit.reason})" if exit.reason else ""
    return f"The run's process {end}{reason} {when}. {hint}".rstrip()


def signal_of(exit: Exit) -> int | None:
    """The signal that ended a job, also where a shell in between turned it into 128 + number."""
    if exit.signal is not None:
        return exit.signal
    if exit.code is not None and _SIGNALLED_EXIT < exit.code < _SIGNALLED_EXIT + 65:
        return exit.code - _SIGNALLED_EXIT
    return None


def status_code(exit: Exit) -> int | None:
    """The exit code, as Python's `subprocess` has it: below zero for the signal that ended the job."""
    return -exit.signal if exit.signal is not None else exit.code


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
