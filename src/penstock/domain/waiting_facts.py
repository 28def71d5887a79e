"""What must be known of a run and of its place in line to say why it is not running."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, field

from penstock.domain.leases import Lease
from penstock.domain.states import StateDetails, StateType
from penstock.domain.subjects import Subject, SubjectKind
from penstock.domain.transitions import CollisionStrategy


class Usage(Struct, frozen=True, kw_only=True):
    """A concurrency limit, if there is one, and the places that are taken."""

    limit: int | None = None
    taken: int = 0

    @property
    def is_used_up(self) -> bool:
        """Whether there is a limit, and no place left."""
        return self.limit is not None and self.taken >= self.limit


class PoolFacts(Struct, frozen=True, kw_only=True):
    """A work pool, as far as it can hold up its runs."""

    id: UUID
    name: str
    is_paused: bool = False
    usage: Usage = Usage()
    workers_online: int = 0
    last_worker: str | None = None
    """The name of the one that was heard of last."""
    last_heard: datetime | None = None

    @property
    def subject(self) -> Subject:
        """What to link to."""
        return Subject(kind=SubjectKind.WORK_POOL, id=self.id, name=self.name)


class QueueFacts(Struct, frozen=True, kw_only=True):
    """A queue of a work pool, as far as it can hold up its runs."""

    id: UUID
    name: str
    pool: PoolFacts
    is_paused: bool = False
    usage: Usage = Usage()
    last_polled: datetime | None = None

    @property
    def subject(self) -> Subject:
        """What to link to."""
        return Subject(kind=SubjectKind.WORK_QUEUE, id=self.id, name=self.name, within=self.pool.name)


class DeploymentFacts(Struct, frozen=True, kw_only=True):
    """A deployment, as far as it can hold up its runs."""

    id: UUID
    name: str
    flow_name: str
    usage: Usage = Usage()
    shared_limit: str | None = None
    """The name of the limit, where it has not one of its own."""
    strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    last_polled: datetime | None = None

    @property
    def subject(self) -> Subject:
        """What to link to."""
        return Subject(kind=SubjectKind.DEPLOYMENT, id=self.id, name=self.name, within=self.flow_name)


class Place(Struct, frozen=True, kw_only=True):
    """Where a run waits."""

    queue: QueueFacts | None = None
    deployment: DeploymentFacts | None = None

    @property
    def used_up(self) -> Subject | None:
        """The first limit that leaves no place, as a claim meets them."""
        pool = self.queue.pool if self.queue else None
        for limited in (pool, self.queue, self.deployment):
            if limited is not None and limited.usage.is_used_up:
                return limited.subject
        return None


class Patience(Struct, frozen=True, kw_only=True):
    """How long silence is normal."""

    queue: timedelta = timedelta(seconds=60)
    deployment: timedelta = timedelta(seconds=60)
    cancelling: timedelta = timedelta(seconds=300)


class Waiter(Struct, frozen=True, kw_only=True):
    """A run, as far as it matters to why it is not running."""

    state_type: StateType
    state_name: str
    entered: datetime
    """When it entered its state."""
    due: datetime | None = None
    """When it is due in its queue."""
    scheduled_time: datetime | None = None
    """Of its state; that of a run which waits in its own process for its next attempt is only here."""
    message: str | None = None
    pause: StateDetails = field(default_factory=StateDetails)
    """What its state says of a pause."""
    attempts: int = 0
    lease: Lease | None = None


class Around(Struct, frozen=True, kw_only=True):
    """What surrounds a run."""

    place: Place = Place()
    holders: Sequence[Subject] = ()
    """Of the limit that is used up, oldest first, at most ten."""
    ahead: int = 0
    """How many runs a claim would take before."""
    patience: Patience = Patience()
