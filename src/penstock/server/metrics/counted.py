"""What this process counts as it happens, since it began."""

from collections.abc import Iterator
from functools import partial

from penstock.db.port import Transaction
from penstock.domain.runs import Run
from penstock.domain.states import State, StateType
from penstock.server.metrics.kinds import Counter, Histogram

REQUESTS = Counter("penstock_http_requests_total", "Requests answered.", "method", "route", "status")
REQUEST_SECONDS = Histogram(
    "penstock_http_request_seconds",
    "Seconds from a request to the end of its answer; long polls wait on purpose.",
    (0.005, 0.025, 0.1, 0.5, 2.5),
    "method",
    "route",
)
STATES = Counter("penstock_flow_run_states_total", "States that flow runs entered.", "type")
CLAIMS = Counter("penstock_claims_total", "Scheduled flow runs that somebody took.")
LATENESS = Histogram(
    "penstock_flow_run_lateness_seconds",
    "Seconds from the time a flow run was scheduled for to when somebody took it.",
    (0.5, 2, 15, 60, 600),
)
EVENTS = Counter("penstock_events_total", "Events from outside, and events shown to automations.", "outcome")
"""`accepted`: they were new and are kept. `evaluated`: the automations have seen them."""

_ALL = (REQUESTS, REQUEST_SECONDS, STATES, CLAIMS, LATENESS, EVENTS)


def lines() -> Iterator[str]:
    """All of it, as text."""
    for metric in _ALL:
        yield from metric.lines()


def entered(tx: Transaction, run: Run, state: State) -> None:
    """Count a flow run that enters a state, once that is committed."""
    due = run.progress.next_scheduled_start_time
    takes = run.state is not None and run.state.type is StateType.SCHEDULED and state.type in _TAKEN
    late = (tx.now - due).total_seconds() if takes and due is not None else None
    tx.after_commit(partial(_count_entered, state.type, takes, late))


_TAKEN = frozenset({StateType.PENDING, StateType.RUNNING})


def _count_entered(type_: StateType, takes: bool, late: float | None) -> None:
    STATES.count(type_.value)
    if takes:
        CLAIMS.count()
    if late is not None:
        LATENESS.observe(max(0.0, late))


def events(tx: Transaction, outcome: str, number: int) -> None:
    """Count events, once that is committed."""
    if number:
        tx.after_commit(partial(_count_events, outcome, number))


def _count_events(outcome: str, number: int) -> None:
    EVENTS.count(outcome, by=number)
