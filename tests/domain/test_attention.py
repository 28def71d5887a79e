"""What needs somebody: facts in, cases out, in the order in which they are shown."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from penstock.domain.attention import (
    Attention,
    AttentionKind,
    FailingDeployment,
    LateGroup,
    Severity,
    StuckGroup,
    by_urgency,
    failing_case,
    late_cases,
    stuck_case,
)
from penstock.domain.states import StateType
from penstock.domain.subjects import RunBrief, Subject, SubjectKind
from penstock.domain.waiting import Why, WhyCode

NOW = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)
POOL = Subject(kind=SubjectKind.WORK_POOL, id=UUID(int=1), name="k8s")
QUEUE = Subject(kind=SubjectKind.WORK_QUEUE, id=UUID(int=2), name="high", within="k8s")
DAILY = Subject(kind=SubjectKind.DEPLOYMENT, id=UUID(int=3), name="daily", within="etl")
HOURLY = Subject(kind=SubjectKind.DEPLOYMENT, id=UUID(int=4), name="hourly", within="etl")


def ago(**by):
    return NOW - timedelta(**by)


def run(name="brisk-otter", minutes=1.0):
    expected = None if minutes is None else ago(minutes=minutes)
    return RunBrief(
        id=UUID(int=9),
        name=name,
        state_type=StateType.SCHEDULED,
        state_name="Late",
        expected_start_time=expected,
    )


def late(code, subjects, of=DAILY, count=1, minutes=1.0, runs=None):
    reason = Why(code=WhyCode(code), text="Because.", subjects=subjects)
    shown = [run(minutes=minutes)] if runs is None else runs
    return LateGroup(why=reason, subject=of, count=count, since=ago(minutes=minutes), runs=shown)


LATE = [
    (late("no_worker", [POOL]), "no_worker", "critical", POOL),
    (late("no_worker", [DAILY]), "late", "warning", DAILY),
    (late("no_worker", []), "late", "warning", DAILY),
    (late("pool_paused", [POOL], minutes=600), "late", "warning", POOL),
    (late("queue_paused", [QUEUE], minutes=600), "late", "warning", QUEUE),
    (late("queue_not_polled", [QUEUE]), "late", "warning", QUEUE),
    (late("queue_not_polled", [QUEUE], minutes=10), "late", "critical", QUEUE),
    (late("behind_others", [QUEUE], minutes=10), "late", "critical", QUEUE),
    (late("limit_reached", [DAILY], minutes=59), "starved", "warning", DAILY),
    (late("limit_reached", [DAILY], minutes=60), "starved", "critical", DAILY),
]


@pytest.mark.parametrize(("group", "kind", "severity", "subject"), LATE)
def test_late_runs_are_one_case_of_a_kind(group, kind, severity, subject):
    (case,) = late_cases([group], NOW)
    assert (case.kind, case.severity, case.subject) == (kind, severity, subject)


def test_what_has_one_cause_is_one_case():
    runs = [run("third", 1), run("first", 9), run("second", 5)]
    groups = [
        late("no_worker", [POOL], DAILY, count=4, minutes=2, runs=runs),
        late("no_worker", [POOL], HOURLY, count=1, minutes=9, runs=[run("never", None)]),
        late("queue_paused", [QUEUE], HOURLY, count=1),
    ]
    pool, queue = late_cases(groups, NOW)
    assert pool.text == "5 runs wait, late by up to 9 min. Because."
    assert queue.text == "1 run waits, late by up to 60 s. Because."
    assert (pool.count, pool.since) == (5, ago(minutes=9))
    assert [each.name for each in pool.runs] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("subjects", "text"),
    [
        ([QUEUE], "Workers ask for runs of the queue 'high' of 'k8s', but have no room for more."),
        ([DAILY], "The process that serves the deployment 'daily' has no room for more."),
        ([], "Because."),
    ],
)
def test_that_others_go_first_is_told_of_all_of_them(subjects, text):
    (case,) = late_cases([late("behind_others", subjects)], NOW)
    assert case.text == f"1 run waits, late by up to 60 s. {text}"


@pytest.mark.parametrize(
    ("state", "count", "text"),
    [
        ("PENDING", 1, "The run 'brisk-otter' was taken 7 min ago and does not start."),
        ("PENDING", 3, "3 runs were taken 7 min ago and do not start."),
        ("CANCELLING", 1, "The run 'brisk-otter' is being cancelled for 7 min and does not stop."),
        ("CANCELLING", 3, "3 runs are being cancelled for 7 min and do not stop."),
    ],
)
def test_stuck_runs(state, count, text):
    group = StuckGroup(
        state_type=StateType(state), subject=DAILY, count=count, since=ago(minutes=7), runs=[run()]
    )
    case = stuck_case(group, NOW)
    assert (case.kind, case.severity, case.text) == (AttentionKind.STUCK, Severity.WARNING, text)
    assert (case.count, case.subject, case.since) == (count, DAILY, ago(minutes=7))


@pytest.mark.parametrize(
    ("streak", "is_longer", "severity", "how_many"),
    [
        (2, False, "warning", "The last 2"),
        (5, False, "critical", "The last 5"),
        (10, True, "critical", "At least the last 10"),
    ],
)
def test_a_deployment_that_fails(streak, is_longer, severity, how_many):
    case = failing_case(
        FailingDeployment(subject=DAILY, streak=streak, is_longer=is_longer, since=ago(days=1), runs=[run()])
    )
    assert (case.kind, case.severity) == (AttentionKind.FAILING, severity)
    assert case.text == f"{how_many} runs of the deployment 'etl/daily' failed or crashed."


def test_a_deployment_without_a_flow_is_named_alone():
    alone = Subject(kind=SubjectKind.DEPLOYMENT, id=UUID(int=3), name="daily")
    case = failing_case(FailingDeployment(subject=alone, streak=2, is_longer=False, since=None, runs=[]))
    assert case.text == "The last 2 runs of the deployment 'daily' failed or crashed."


def case(kind, severity, count=1, name="a"):
    subject = Subject(kind=SubjectKind.DEPLOYMENT, id=UUID(int=1), name=name)
    return Attention(
        kind=AttentionKind(kind), severity=Severity(severity), text="…", subject=subject, count=count
    )


def test_the_most_urgent_comes_first():
    in_order = [
        case("no_worker", "critical"),
        case("late", "critical", count=9),
        case("late", "critical", count=2),
        case("failing", "critical"),
        case("starved", "critical"),
        case("late", "warning", name="a"),
        case("late", "warning", name="b"),
        case("stuck", "warning", count=50),
        case("failing", "warning"),
        case("starved", "warning"),
    ]
    assert by_urgency(in_order[::-1]) == in_order
