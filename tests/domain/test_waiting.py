"""Why a run is not running: one fact changed at a time, and the sentence that comes of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from penstock.domain.leases import Lease, LeaseKind
from penstock.domain.states import StateDetails, StateType
from penstock.domain.subjects import Subject, SubjectKind
from penstock.domain.transitions import CollisionStrategy
from penstock.domain.waiting import WhyCode, why, why_not_taken
from penstock.domain.waiting_facts import Around, DeploymentFacts, Place, PoolFacts, QueueFacts, Usage, Waiter

NOW = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)


def ago(**by):
    return NOW - timedelta(**by)


POOL = PoolFacts(
    id=UUID(int=1), name="k8s", workers_online=2, last_worker="worker-a", last_heard=ago(seconds=5)
)
QUEUE = QueueFacts(id=UUID(int=2), name="high", pool=POOL, last_polled=ago(seconds=5))
DEPLOYMENT = DeploymentFacts(id=UUID(int=3), name="daily", flow_name="etl", last_polled=ago(seconds=5))
WAITS = Waiter(
    state_type=StateType.SCHEDULED, state_name="Scheduled", entered=ago(hours=1), due=ago(seconds=90)
)
FULL = Usage(limit=5, taken=5)


def holder(name):
    return Subject(kind=SubjectKind.FLOW_RUN, id=UUID(int=9), name=name, within="etl")


def told(run=WAITS, queue=QUEUE, deployment=DEPLOYMENT, **around):
    return why(run, Around(place=Place(queue=queue, deployment=deployment), **around), NOW)


def in_pool(**changed):
    return replace(QUEUE, pool=replace(POOL, **changed), last_polled=None)


NO_TAKER = [
    (
        {"queue": replace(QUEUE, pool=replace(POOL, is_paused=True))},
        "pool_paused",
        "The work pool 'k8s' is paused.",
    ),
    (
        {"queue": replace(QUEUE, is_paused=True)},
        "queue_paused",
        "The queue 'high' of the work pool 'k8s' is paused.",
    ),
    (
        {"queue": in_pool(workers_online=0, last_heard=ago(hours=3))},
        "no_worker",
        "No worker polls the work pool 'k8s': its last one, 'worker-a', was heard of 3 h ago.",
    ),
    (
        {"queue": in_pool(workers_online=0, last_worker=None, last_heard=None)},
        "no_worker",
        "No worker polls the work pool 'k8s': it has never had one.",
    ),
    (
        {"queue": in_pool()},
        "queue_not_polled",
        "No worker looks at the queue 'high' of the work pool 'k8s': its 2 workers do not serve it.",
    ),
    (
        {"queue": replace(in_pool(workers_online=1), last_polled=ago(minutes=10))},
        "queue_not_polled",
        (
            "No worker looks at the queue 'high' of the work pool 'k8s': its worker does not serve it; "
            "it was last asked for 10 min ago."
        ),
    ),
    (
        {"queue": None, "deployment": None},
        "no_worker",
        "It belongs to no deployment and no work pool: only the process that made it can start it.",
    ),
    (
        {"queue": None, "deployment": replace(DEPLOYMENT, last_polled=ago(days=3))},
        "no_worker",
        "Nobody serves the deployment 'etl/daily', which is in no work pool: it was last asked for 3 d ago.",
    ),
    (
        {"queue": None, "deployment": replace(DEPLOYMENT, last_polled=None)},
        "no_worker",
        "Nobody serves the deployment 'etl/daily', which is in no work pool: nobody ever has.",
    ),
]


@pytest.mark.parametrize(("place", "code", "text"), NO_TAKER)
def test_nobody_takes_it(place, code, text):
    reason = told(**place)
    assert (reason.code, reason.text) == (code, text)


LIMITS = [
    ({"queue": replace(QUEUE, pool=replace(POOL, usage=FULL))}, "work pool 'k8s'", SubjectKind.WORK_POOL),
    ({"queue": replace(QUEUE, usage=FULL)}, "queue 'high'", SubjectKind.WORK_QUEUE),
    ({"deployment": replace(DEPLOYMENT, usage=FULL)}, "deployment 'daily'", SubjectKind.DEPLOYMENT),
    (
        {"queue": None, "deployment": replace(DEPLOYMENT, usage=FULL)},
        "deployment 'daily'",
        SubjectKind.DEPLOYMENT,
    ),
]


@pytest.mark.parametrize(("place", "name", "kind"), LIMITS)
def test_a_limit_holds_it_up(place, name, kind):
    reason = told(**place)
    assert reason.code is WhyCode.LIMIT_REACHED
    assert reason.text == f"The limit of the {name} is reached: 5 of 5 places are taken."
    assert [subject.kind for subject in reason.subjects] == [kind]
    assert reason.since == WAITS.due


@pytest.mark.parametrize(
    ("names", "taken", "said"),
    [
        (["a"], 1, "by 'a'."),
        (["a", "b"], 2, "by 'a' and 'b'."),
        (["a", "b", "c"], 5, "by 'a', 'b' and 3 more."),
    ],
)
def test_who_occupies_a_limit_is_named(names, taken, said):
    deployment = replace(DEPLOYMENT, usage=Usage(limit=1, taken=taken))
    reason = told(deployment=deployment, holders=[holder(name) for name in names])
    assert reason.text.endswith(said)
    assert [each.name for each in reason.holders] == names


def test_a_run_that_may_not_wait_is_told_its_end():
    deployment = replace(DEPLOYMENT, usage=FULL, strategy=CollisionStrategy.CANCEL_NEW)
    assert told(deployment=deployment).text.endswith(
        "It will be cancelled for it when a worker asks for runs."
    )


@pytest.mark.parametrize(
    ("place", "ahead", "text"),
    [
        ({}, 0, "Due for 90 s: a worker takes it as soon as it has room; no other run goes first."),
        ({}, 1, "Due for 90 s: a worker takes it as soon as it has room; 1 run goes first."),
        (
            {"queue": None},
            41,
            (
                "Due for 90 s: the process that serves its deployment takes it as soon as it has room; "
                "41 runs go first."
            ),
        ),
    ],
)
def test_it_is_about_to_be_taken(place, ahead, text):
    reason = told(ahead=ahead, **place)
    assert (reason.code, reason.text) == (WhyCode.BEHIND_OTHERS, text)


def test_clients_that_are_no_workers_may_take_it():
    assert told(queue=replace(QUEUE, pool=replace(POOL, workers_online=0))).code is WhyCode.BEHIND_OTHERS


OWNED = Lease(
    id=UUID(int=7),
    kind=LeaseKind.RUN,
    flow_run_id=UUID(int=8),
    holder="process 1 on a",
    acquired=ago(minutes=5),
    expires=NOW + timedelta(seconds=30),
)
CLAIM = replace(OWNED, kind=LeaseKind.CLAIM, holder="worker w1")
SLOT = replace(OWNED, kind=LeaseKind.SLOT, holder="a client without leases")


def expired(lease):
    return replace(lease, expires=ago(seconds=3))


def in_state(type_, name=None, **given):
    name = name or type_.capitalize()
    return Waiter(state_type=StateType(type_), state_name=name, entered=ago(seconds=40), **given)


LOST = (
    "Nothing is heard from process 1 on a: its lease ran out 3 s ago, "
    "and the next sweep takes it for crashed."
)
SOON = NOW + timedelta(minutes=5)
STATES = [
    (in_state("SCHEDULED", due=SOON), "not_due", "It is due in 5 min.", SOON),
    (
        in_state("SCHEDULED", "AwaitingRetry", due=SOON, attempts=2),
        "awaiting_retry",
        "Attempt 2 failed; it is queued again in 5 min.",
        SOON,
    ),
    (
        in_state("SCHEDULED", "AwaitingRetry", scheduled_time=SOON, attempts=1, lease=OWNED),
        "awaiting_retry",
        "Attempt 1 failed; process 1 on a tries again in 5 min.",
        SOON,
    ),
    (
        in_state("SCHEDULED", "AwaitingRetry", attempts=1),
        "awaiting_retry",
        "Attempt 1 failed; its process tries again now.",
        None,
    ),
    (
        in_state("SCHEDULED", "AwaitingRetry", attempts=1, lease=expired(OWNED)),
        "unheard",
        LOST,
        None,
    ),
    (
        in_state("SCHEDULED", "AwaitingConcurrencySlot", due=SOON, message="The limit is reached."),
        "limit_reached",
        "The limit is reached. It is tried again in 5 min.",
        SOON,
    ),
    (
        in_state("PENDING", lease=CLAIM),
        "starting",
        "Claimed 40 s ago by worker w1; its infrastructure is being started.",
        None,
    ),
    (
        in_state("PENDING", lease=OWNED),
        "starting",
        "Taken 40 s ago by process 1 on a, which is about to start it.",
        None,
    ),
    (
        in_state("PENDING", lease=SLOT),
        "starting",
        "A client took it 40 s ago and has not started it; no lease says whether it still lives.",
        None,
    ),
    (
        in_state("PENDING"),
        "starting",
        "A client took it 40 s ago and has not started it; no lease says whether it still lives.",
        None,
    ),
    (
        in_state("PENDING", lease=expired(CLAIM)),
        "unheard",
        "Nothing is heard from worker w1: its lease ran out 3 s ago, and the next sweep queues it again.",
        None,
    ),
    (
        in_state("PAUSED", lease=OWNED),
        "paused",
        "Paused for 40 s: it goes on when somebody resumes it.",
        None,
    ),
    (
        in_state("PAUSED", "Suspended", pause=StateDetails(pause_reschedule=True, pause_timeout=SOON)),
        "paused",
        "Suspended for 40 s: it begins anew when somebody resumes it; if nobody does, it fails in 5 min.",
        SOON,
    ),
    (
        in_state("PAUSED", pause=StateDetails(run_input_keyset={"schema": "s"})),
        "paused",
        "Paused for 40 s: it goes on when somebody resumes it with what it asks for.",
        None,
    ),
    (in_state("PAUSED", lease=expired(OWNED)), "unheard", LOST, None),
    (
        in_state("CANCELLING", lease=OWNED),
        "cancelling",
        "Being cancelled for 40 s: process 1 on a is to stop it.",
        None,
    ),
    (
        in_state("CANCELLING", lease=SLOT),
        "cancelling",
        "Being cancelled for 40 s; nobody holds it, so it is taken for stopped in 4 min.",
        ago(seconds=40) + timedelta(minutes=5),
    ),
    (
        in_state("RUNNING", lease=expired(OWNED)),
        "unheard",
        LOST,
        None,
    ),
]


@pytest.mark.parametrize(("run", "code", "text", "until"), STATES)
def test_what_a_state_means(run, code, text, until):
    reason = told(run)
    assert (reason.code, reason.text, reason.until) == (code, text, until)


def test_a_slot_that_was_waited_for_names_the_limit_while_it_is_full():
    run = in_state("SCHEDULED", "AwaitingConcurrencySlot", due=SOON)
    reason = told(run, deployment=replace(DEPLOYMENT, usage=FULL), holders=[holder("a")])
    assert reason.text == "A concurrency limit was reached. It is tried again in 5 min."
    assert ([each.name for each in reason.subjects], [each.name for each in reason.holders]) == (
        ["daily"],
        ["a"],
    )


@pytest.mark.parametrize(
    "run",
    [
        in_state("RUNNING", lease=OWNED),
        in_state("RUNNING", lease=SLOT),
        in_state("RUNNING"),
        in_state("COMPLETED"),
    ],
)
def test_nothing_is_said_of_what_goes_its_way(run):
    assert told(run) is None


def test_a_limit_that_a_deployment_shares_is_called_by_its_name():
    shared = replace(DEPLOYMENT, usage=Usage(limit=2, taken=2), shared_limit="licences")
    reason = why_not_taken(Around(place=Place(deployment=shared)), NOW, NOW)
    assert reason.text.startswith(
        "The concurrency limit 'licences' of the deployment 'daily' is reached: 2 of 2 places are taken"
    )
