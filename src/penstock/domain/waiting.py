"""Why a run is not running: facts about it and its place in, one sentence out.

The order of the questions is that of a claim (`server/claiming.py`): whoever is held up by several things is
told the first that a worker would meet. The sentences are for somebody who is woken at night: what holds the
run up, since when, and by what name to look for it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from penstock.domain.leases import Lease, LeaseKind, is_owned
from penstock.domain.moments import Moment
from penstock.domain.spans import in_words, runs_in_words
from penstock.domain.states import StateType
from penstock.domain.subjects import Subject, SubjectKind
from penstock.domain.transitions import CollisionStrategy
from penstock.domain.waiting_facts import (
    Around,
    DeploymentFacts,
    Patience,
    Place,
    PoolFacts,
    QueueFacts,
    Usage,
    Waiter,
)

NAMED_HOLDERS = 2
"""So many of those who occupy a limit are named in the sentence."""


class WhyCode(StrEnum):
    """Why a run is not running."""

    NOT_DUE = "not_due"
    POOL_PAUSED = "pool_paused"
    QUEUE_PAUSED = "queue_paused"
    NO_WORKER = "no_worker"
    """No worker of the pool is heard of, or nobody serves the deployment."""
    QUEUE_NOT_POLLED = "queue_not_polled"
    """Workers of the pool are heard of, but none looks at this queue."""
    LIMIT_REACHED = "limit_reached"
    """Of the pool, the queue or the deployment; `holders` are the runs that occupy it."""
    BEHIND_OTHERS = "behind_others"
    """Due, and about to be claimed: others of its queues go first."""
    STARTING = "starting"
    """Claimed; its infrastructure is being started."""
    AWAITING_RETRY = "awaiting_retry"
    PAUSED = "paused"
    """Paused or suspended: somebody must resume it."""
    CANCELLING = "cancelling"
    UNHEARD = "unheard"
    """Its lease has run out; it will be taken for crashed with the next sweep."""


class Why(Struct, kw_only=True):
    """Why a run is not running yet, or does not end: a sentence for people, and what it speaks of."""

    code: WhyCode
    text: str
    since: Moment | None = None
    until: Moment | None = None
    """When that changes by itself, where it is known."""
    subjects: list[Subject] = []
    """What the text names, what holds the run up first: the pool, the queue, the deployment."""
    holders: list[Subject] = []
    """The runs that occupy the limit, the first ten."""


def why(run: Waiter, around: Around, now: datetime) -> Why | None:
    """Why a run is not running, or does not end; None for one that runs or has ended."""
    match run.state_type:
        case StateType.SCHEDULED:
            return _why_scheduled(run, around, now)
        case StateType.PENDING:
            return _unheard(run.lease, now) or _starting(run, now)
        case StateType.CANCELLING:
            return _cancelling(run, around.patience, now)
        case StateType.RUNNING:
            return _unheard(run.lease, now)
        case StateType.PAUSED:
            return _unheard(run.lease, now) or _paused(run, now)
        case _:
            return None


def why_not_taken(around: Around, due: datetime, now: datetime) -> Why:
    """Why nobody has taken a run that is due."""
    queue, deployment = around.place.queue, around.place.deployment
    if queue is not None:
        found = _stopped(queue, around.patience, now)
    else:
        found = _not_served(deployment, around.patience, now)
    return found or _full(around, due) or _behind(around, due, now)


def _why_scheduled(run: Waiter, around: Around, now: datetime) -> Why:
    if run.due is None:
        return _retries_in_process(run, now)
    if run.due > now:
        return _not_due(run, around, now)
    return why_not_taken(around, run.due, now)


def _retries_in_process(run: Waiter, now: datetime) -> Why:
    if (unheard := _unheard(run.lease, now)) is not None:
        return unheard
    holder = run.lease.holder if run.lease else "its process"
    text = f"Attempt {run.attempts} failed; {holder} tries again {_in(run.scheduled_time, now)}."
    return Why(code=WhyCode.AWAITING_RETRY, text=text, since=run.entered, until=run.scheduled_time)


def _not_due(run: Waiter, around: Around, now: datetime) -> Why:
    when = _in(run.due, now)
    if run.state_name == "AwaitingRetry":
        text = f"Attempt {run.attempts} failed; it is queued again {when}."
        return Why(code=WhyCode.AWAITING_RETRY, text=text, since=run.entered, until=run.due)
    if run.state_name == "AwaitingConcurrencySlot":
        limit = around.place.used_up
        return Why(
            code=WhyCode.LIMIT_REACHED,
            text=f"{run.message or 'A concurrency limit was reached.'} It is tried again {when}.",
            since=run.entered,
            until=run.due,
            subjects=[limit] if limit else [],
            holders=list(around.holders),
        )
    return Why(code=WhyCode.NOT_DUE, text=f"It is due {when}.", until=run.due)


def _stopped(queue: QueueFacts, patience: Patience, now: datetime) -> Why | None:
    """What keeps workers from a queue."""
    pool = queue.pool
    if pool.is_paused:
        text = f"The work pool {pool.name!r} is paused."
        return Why(code=WhyCode.POOL_PAUSED, text=text, subjects=[pool.subject])
    if queue.is_paused:
        text = f"The queue {queue.name!r} of the work pool {pool.name!r} is paused."
        return Why(code=WhyCode.QUEUE_PAUSED, text=text, subjects=[queue.subject, pool.subject])
    # Clients of the reference's API ask for runs, and need not be workers that are heard of.
    if _is_recent(queue.last_polled, patience.queue, now):
        return None
    if pool.workers_online == 0:
        return _no_worker(pool, now)
    workers = "its worker does" if pool.workers_online == 1 else f"its {pool.workers_online} workers do"
    return Why(
        code=WhyCode.QUEUE_NOT_POLLED,
        text=(
            f"No worker looks at the queue {queue.name!r} of the work pool {pool.name!r}: "
            f"{workers} not serve it{_last_time('; it was last asked for', queue.last_polled, now)}."
        ),
        since=queue.last_polled,
        subjects=[queue.subject, pool.subject],
    )


def _no_worker(pool: PoolFacts, now: datetime) -> Why:
    if pool.last_worker is None or pool.last_heard is None:
        text = f"No worker polls the work pool {pool.name!r}: it has never had one."
    else:
        ago = in_words(now - pool.last_heard)
        text = (
            f"No worker polls the work pool {pool.name!r}: its last one, {pool.last_worker!r}, "
            f"was heard of {ago} ago."
        )
    return Why(code=WhyCode.NO_WORKER, text=text, since=pool.last_heard, subjects=[pool.subject])


def _not_served(deployment: DeploymentFacts | None, patience: Patience, now: datetime) -> Why | None:
    """What keeps processes from a run that is in no work pool."""
    if deployment is None:
        text = "It belongs to no deployment and no work pool: only the process that made it can start it."
        return Why(code=WhyCode.NO_WORKER, text=text)
    if _is_recent(deployment.last_polled, patience.deployment, now):
        return None
    name = f"{deployment.flow_name}/{deployment.name}"
    last = _last_time("it was last asked for", deployment.last_polled, now) or "nobody ever has"
    text = f"Nobody serves the deployment {name!r}, which is in no work pool: {last}."
    return Why(code=WhyCode.NO_WORKER, text=text, since=deployment.last_polled, subjects=[deployment.subject])


def _full(around: Around, due: datetime) -> Why | None:
    place = around.place
    limit = place.used_up
    if limit is None:
        return None
    usage = _usage_of(place, limit)
    shared = place.deployment.shared_limit if place.deployment and limit.id == place.deployment.id else None
    text = (
        f"The {f'concurrency limit {shared!r}' if shared else 'limit'} of the {_KINDS[limit.kind]} "
        f"{limit.name!r} is reached: "
        f"{usage.taken} of {usage.limit} places are taken{_by(around.holders, usage.taken)}."
    )
    if limit.kind is SubjectKind.DEPLOYMENT and _cancels_new(place):
        text += " It will be cancelled for it when a worker asks for runs."
    return Why(
        code=WhyCode.LIMIT_REACHED, text=text, since=due, subjects=[limit], holders=list(around.holders)
    )


_KINDS = {
    SubjectKind.WORK_POOL: "work pool",
    SubjectKind.WORK_QUEUE: "queue",
    SubjectKind.DEPLOYMENT: "deployment",
}


def _usage_of(place: Place, limit: Subject) -> Usage:
    queue, deployment = place.queue, place.deployment
    if queue is not None and limit.id == queue.pool.id:
        return queue.pool.usage
    if queue is not None and limit.id == queue.id:
        return queue.usage
    assert deployment is not None, "the limit is of one of the three"
    return deployment.usage


def _cancels_new(place: Place) -> bool:
    return place.deployment is not None and place.deployment.strategy is CollisionStrategy.CANCEL_NEW


def _by(holders: Sequence[Subject], taken: int) -> str:
    if not holders:
        return ""
    names = [repr(holder.name) for holder in holders[:NAMED_HOLDERS]]
    if (others := taken - len(names)) > 0:
        names.append(runs_in_words(others) if not names else f"{others:,} more")
    return " by " + " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _behind(around: Around, due: datetime, now: datetime) -> Why:
    queue, deployment = around.place.queue, around.place.deployment
    taker = "a worker" if queue is not None else "the process that serves its deployment"
    first = "no other run goes" if around.ahead == 0 else f"{_goes(around.ahead)}"
    text = f"Due for {in_words(now - due)}: {taker} takes it as soon as it has room; {first} first."
    subjects = [each.subject for each in (queue, deployment) if each is not None][:1]
    return Why(code=WhyCode.BEHIND_OTHERS, text=text, since=due, subjects=subjects)


def _goes(count: int) -> str:
    return f"{runs_in_words(count)} {'goes' if count == 1 else 'go'}"


def _starting(run: Waiter, now: datetime) -> Why:
    ago = in_words(now - run.entered)
    lease = run.lease
    if lease is None or lease.kind is LeaseKind.SLOT:
        text = f"A client took it {ago} ago and has not started it; no lease says whether it still lives."
        return Why(code=WhyCode.STARTING, text=text, since=run.entered)
    if lease.kind is LeaseKind.RUN:
        text = f"Taken {ago} ago by {lease.holder}, which is about to start it."
    else:
        text = f"Claimed {ago} ago by {lease.holder}; its infrastructure is being started."
    return Why(code=WhyCode.STARTING, text=text, since=run.entered)


def _paused(run: Waiter, now: datetime) -> Why:
    pause, until = run.pause, run.pause.pause_timeout
    then = "it begins anew" if pause.pause_reschedule else "it goes on"
    answered = " with what it asks for" if pause.run_input_keyset else ""
    end = f"; if nobody does, it fails {_in(until, now)}" if until is not None else ""
    text = (
        f"{run.state_name} for {in_words(now - run.entered)}: {then} when somebody resumes it{answered}{end}."
    )
    return Why(code=WhyCode.PAUSED, text=text, since=run.entered, until=until)


def _cancelling(run: Waiter, patience: Patience, now: datetime) -> Why:
    ago, lease = in_words(now - run.entered), run.lease
    if lease is not None and is_owned(lease):
        text = f"Being cancelled for {ago}: {lease.holder} is to stop it."
        return Why(code=WhyCode.CANCELLING, text=text, since=run.entered)
    until = run.entered + patience.cancelling
    text = f"Being cancelled for {ago}; nobody holds it, so it is taken for stopped {_in(until, now)}."
    return Why(code=WhyCode.CANCELLING, text=text, since=run.entered, until=until)


def _unheard(lease: Lease | None, now: datetime) -> Why | None:
    if lease is None or not is_owned(lease) or lease.is_live(now):
        return None
    then = "queues it again" if lease.kind is LeaseKind.CLAIM else "takes it for crashed"
    ago = in_words(now - lease.expires)
    text = f"Nothing is heard from {lease.holder}: its lease ran out {ago} ago, and the next sweep {then}."
    return Why(code=WhyCode.UNHEARD, text=text, since=lease.expires)


def _is_recent(moment: datetime | None, silence: timedelta, now: datetime) -> bool:
    return moment is not None and now - moment < silence


def _last_time(what: str, moment: datetime | None, now: datetime) -> str:
    return f"{what} {in_words(now - moment)} ago" if moment is not None else ""


def _in(moment: datetime | None, now: datetime) -> str:
    if moment is None or moment <= now:
        return "now"
    return f"in {in_words(moment - now)}"
