"""What needs somebody: facts about runs that go wrong become cases, each told once, the most urgent first."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from penstock.domain.moments import Moment
from penstock.domain.spans import in_words, runs_in_words
from penstock.domain.states import StateType
from penstock.domain.subjects import RunBrief, Subject, SubjectKind
from penstock.domain.waiting import Why, WhyCode

SHOWN_RUNS = 3
LATE_FOR_LONG = timedelta(minutes=10)
"""What is held up for longer is critical, unless somebody paused it."""
STARVED_FOR_LONG = timedelta(hours=1)
"""A limit does its work by letting runs wait; for so long is another matter."""
MANY_FAILURES = 5
"""A deployment that failed so often in a row is critical."""


class AttentionKind(StrEnum):
    """Why somebody should look."""

    LATE = "late"
    """Runs that are due and that nobody has claimed; the text says why."""
    STUCK = "stuck"
    """Runs that are pending, or cancelling, for longer than that should take."""
    FAILING = "failing"
    """A deployment whose last two runs, or more, failed or crashed."""
    STARVED = "starved"
    """A limit is used up and runs wait for it."""
    NO_WORKER = "no_worker"
    """A pool has runs that are due and no worker that is heard of."""


class Severity(StrEnum):
    """How soon."""

    WARNING = "warning"
    CRITICAL = "critical"


class Attention(Struct, kw_only=True):
    """One case that needs somebody."""

    kind: AttentionKind
    severity: Severity
    text: str
    """One sentence that says what is wrong and, where known, why."""
    subject: Subject
    """What it is about: a deployment, a pool, a queue, a run."""
    count: int
    """How many runs it concerns."""
    since: Moment | None = None
    runs: list[RunBrief] = []
    """The first three of them, oldest first."""


class LateGroup(Struct, frozen=True, kw_only=True):
    """Runs of one place that are late for one reason."""

    why: Why
    subject: Subject
    """What they are of, where the reason names nothing: the deployment, the queue or the first run."""
    count: int
    since: datetime
    """When the oldest was due."""
    runs: Sequence[RunBrief]


class StuckGroup(Struct, frozen=True, kw_only=True):
    """Runs of one deployment, or one run, that stay in a state which should pass."""

    state_type: StateType
    subject: Subject
    count: int
    since: datetime
    runs: Sequence[RunBrief]


class FailingDeployment(Struct, frozen=True, kw_only=True):
    """A deployment whose last runs failed."""

    subject: Subject
    streak: int
    is_longer: bool
    """Whether the streak may be longer: only so many runs were looked at."""
    since: datetime | None
    runs: Sequence[RunBrief]


def late_cases(groups: Iterable[LateGroup], now: datetime) -> list[Attention]:
    """One case for each thing that holds runs up, whatever deployments they are of."""
    by_cause: dict[tuple[AttentionKind, object], list[LateGroup]] = {}
    for group in groups:
        by_cause.setdefault((_kind_of(group.why), _cause(group).id), []).append(group)
    return [_late_case(kind, groups, now) for (kind, _), groups in by_cause.items()]


def _cause(group: LateGroup) -> Subject:
    return group.why.subjects[0] if group.why.subjects else group.subject


def _kind_of(why: Why) -> AttentionKind:
    if why.code is WhyCode.LIMIT_REACHED:
        return AttentionKind.STARVED
    is_pool = bool(why.subjects) and why.subjects[0].kind is SubjectKind.WORK_POOL
    return AttentionKind.NO_WORKER if why.code is WhyCode.NO_WORKER and is_pool else AttentionKind.LATE


def _late_case(kind: AttentionKind, groups: Sequence[LateGroup], now: datetime) -> Attention:
    count = sum(group.count for group in groups)
    since = min(group.since for group in groups)
    first = min(groups, key=lambda group: group.since)
    lead = (
        f"{runs_in_words(count)} {'waits' if count == 1 else 'wait'}, late by up to {in_words(now - since)}."
    )
    return Attention(
        kind=kind,
        severity=_severity_of_late(kind, first.why.code, now - since),
        text=f"{lead} {_reason(first.why)}",
        subject=_cause(first),
        count=count,
        since=since,
        runs=_first_runs(run for group in groups for run in group.runs),
    )


def _reason(why: Why) -> str:
    """Why nobody takes them; that others go first is no reason where all of them are meant."""
    if why.code is not WhyCode.BEHIND_OTHERS or not why.subjects:
        return why.text
    of = why.subjects[0]
    if of.kind is SubjectKind.DEPLOYMENT:
        return f"The process that serves the deployment {of.name!r} has no room for more."
    return f"Workers ask for runs of the queue {of.name!r} of {of.within!r}, but have no room for more."


def _severity_of_late(kind: AttentionKind, code: WhyCode, late: timedelta) -> Severity:
    if code in (WhyCode.POOL_PAUSED, WhyCode.QUEUE_PAUSED):
        return Severity.WARNING
    bearable = STARVED_FOR_LONG if kind is AttentionKind.STARVED else LATE_FOR_LONG
    if kind is AttentionKind.NO_WORKER or late >= bearable:
        return Severity.CRITICAL
    return Severity.WARNING


def _first_runs(runs: Iterable[RunBrief]) -> list[RunBrief]:
    def age(run: RunBrief) -> tuple[bool, float]:
        expected = run.expected_start_time
        return expected is None, expected.timestamp() if expected else 0.0

    return sorted(runs, key=age)[:SHOWN_RUNS]


def stuck_case(group: StuckGroup, now: datetime) -> Attention:
    """Runs that were claimed and do not start, or are cancelled and do not end."""
    many = group.count != 1
    who = runs_in_words(group.count) if many else f"The run {group.runs[0].name!r}"
    for_long = in_words(now - group.since)
    if group.state_type is StateType.CANCELLING:
        text = f"{who} {'are' if many else 'is'} being cancelled for {for_long} and {_end(many)} not stop."
    else:
        text = f"{who} {'were' if many else 'was'} taken {for_long} ago and {_end(many)} not start."
    return Attention(
        kind=AttentionKind.STUCK,
        severity=Severity.WARNING,
        text=text,
        subject=group.subject,
        count=group.count,
        since=group.since,
        runs=_first_runs(group.runs),
    )


def _end(many: bool) -> str:
    return "do" if many else "does"


def failing_case(failing: FailingDeployment) -> Attention:
    """A deployment that fails again and again."""
    subject, streak = failing.subject, failing.streak
    name = f"{subject.within}/{subject.name}" if subject.within else subject.name
    last = "At least the last" if failing.is_longer else "The last"
    return Attention(
        kind=AttentionKind.FAILING,
        severity=Severity.CRITICAL if streak >= MANY_FAILURES else Severity.WARNING,
        text=f"{last} {streak} runs of the deployment {name!r} failed or crashed.",
        subject=subject,
        count=streak,
        since=failing.since,
        runs=list(failing.runs),
    )


_URGENCY = (
    AttentionKind.NO_WORKER,
    AttentionKind.LATE,
    AttentionKind.STUCK,
    AttentionKind.FAILING,
    AttentionKind.STARVED,
)


def by_urgency(cases: Iterable[Attention]) -> list[Attention]:
    """The order in which cases are shown: critical ones first, then by kind, by how many runs, by name."""

    def urgency(case: Attention) -> tuple[bool, int, int, str]:
        is_warning = case.severity is Severity.WARNING
        return is_warning, _URGENCY.index(case.kind), -case.count, case.subject.name

    return sorted(cases, key=urgency)
