"""Concurrency limits with a name, whose slots any code takes and gives back."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Name, Offset, SlotCount, SomeSlots
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, Fenced, Gone, NotFound, SlotsTaken
from penstock.domain.limits import USUAL_OCCUPANCY, SlotMode
from penstock.domain.moments import Moment

LEASE_SECONDS = 300
"""How long slots are held by somebody who is silent, unless it says otherwise."""
LONGEST_LEASE = 86_400
LONGEST_POLL = 60.0
"""Seconds for which one request waits for slots at most."""

Decay = Annotated[float, Meta(ge=0)]
LimitNames = Annotated[list[str], Meta(min_length=1)]
LeaseDuration = Annotated[float, Meta(ge=60, le=LONGEST_LEASE)]


class GlobalConcurrencyLimitResponse(Struct, kw_only=True):
    """A concurrency limit with a name."""

    id: UUID
    created: Moment
    updated: Moment
    active: bool = True
    name: str
    limit: int
    active_slots: int
    slot_decay_per_second: float = 2.0


class ConcurrencyLimitV2(Struct, kw_only=True):
    """A limit that was made."""

    id: UUID
    created: Moment
    updated: Moment
    active: bool = True
    name: Name
    limit: int
    active_slots: int = 0
    denied_slots: int = 0
    """As it was given: nothing counts them."""
    slot_decay_per_second: float = 0
    avg_slot_occupancy_seconds: float = USUAL_OCCUPANCY
    """For how long slots are usually held."""


class ConcurrencyLimitV2Create(Document):
    """A limit to make."""

    name: Name
    limit: SlotCount
    active: bool = True
    active_slots: SlotCount = 0
    denied_slots: SlotCount = 0
    slot_decay_per_second: Decay = 0


class ConcurrencyLimitV2Update(Document):
    """What to change about a limit; what is left out or null stays."""

    active: bool | UnsetType | None = UNSET
    name: Name | UnsetType | None = UNSET
    limit: SlotCount | UnsetType | None = UNSET
    active_slots: SlotCount | UnsetType | None = UNSET
    """Slots that are taken from now on, whoever held some before."""
    denied_slots: SlotCount | UnsetType | None = UNSET
    slot_decay_per_second: Decay | UnsetType | None = UNSET


class LimitQuery(Form):
    """How many, and after which."""

    offset: Offset = 0
    limit: Limit = MAX_PAGE


class MinimalConcurrencyLimitResponse(Struct, kw_only=True):
    """A limit of which slots were taken or given back."""

    id: UUID
    name: str
    limit: int


class ConcurrencyLeaseHolder(Document):
    """What works while it holds the slots."""

    type: Literal["flow_run", "task_run", "deployment"]
    id: UUID


class IncrementSlots(Form):
    """Slots to take until somebody gives them back."""

    slots: SomeSlots
    names: LimitNames
    mode: SlotMode = SlotMode.CONCURRENCY
    create_if_missing: bool | None = None
    """Without effect, as in the reference."""


class IncrementSlotsWithLease(Form):
    """Slots to take under a lease."""

    slots: SomeSlots
    names: LimitNames
    mode: SlotMode = SlotMode.CONCURRENCY
    lease_duration: LeaseDuration = LEASE_SECONDS
    """Seconds until they are taken back, unless the lease is renewed."""
    holder: ConcurrencyLeaseHolder | None = None


class ConcurrencyLimitWithLeaseResponse(Struct, kw_only=True):
    """Slots that were taken under a lease."""

    lease_id: UUID
    limits: list[MinimalConcurrencyLimitResponse]


class DecrementSlots(Form):
    """Slots that were taken without a lease, to give back."""

    slots: SomeSlots
    names: LimitNames
    occupancy_seconds: Annotated[float, Meta(gt=0)] | None = None
    """For how long they were held."""
    create_if_missing: bool | UnsetType = UNSET


class DecrementSlotsWithLease(Form):
    """A lease to give back."""

    lease_id: UUID


class RenewSlotLease(Form):
    """For how long to renew a lease."""

    lease_duration: LeaseDuration = LEASE_SECONDS


class AcquireSlots(Form):
    """Slots to wait for, and to take under a lease."""

    lease_id: UUID
    """Of the lease to make: who sends it twice gets the slots once."""
    names: LimitNames
    slots: SomeSlots = 1
    mode: SlotMode = SlotMode.CONCURRENCY
    lease_duration: Annotated[float, Meta(ge=1, le=LONGEST_LEASE)] = LEASE_SECONDS
    holder: ConcurrencyLeaseHolder | None = None
    wait_seconds: Annotated[float, Meta(ge=0, le=LONGEST_POLL)] = 0
    waiting_since: Moment | None = None
    """From the answer to the first request, where this is another: it keeps its place in the line."""


class AcquiredSlots(Struct, kw_only=True):
    """What came of waiting for slots."""

    granted: bool
    limits: list[MinimalConcurrencyLimitResponse] = []
    """Those of the names that are known."""
    waiting_since: Moment | None = None
    """Where nothing was granted: to be sent with the next request."""
    retry_after: float | None = None
    """Seconds until there may be room."""
    reason: str | None = None
    """Why nothing was granted."""


class RenewAcquiredSlots(Form):
    """How long to hold slots from now on."""

    lease_duration: Annotated[float, Meta(ge=1, le=LONGEST_LEASE)] = LEASE_SECONDS


@endpoint(
    "POST",
    "/v2/concurrency_limits/",
    action="concurrency_limits:create",
    status=201,
    errors=(AlreadyExists,),
)
def create_global_limit(body: ConcurrencyLimitV2Create) -> ConcurrencyLimitV2:
    """Make a limit."""


@endpoint("GET", "/v2/concurrency_limits/{id_or_name}", action="concurrency_limits:read", errors=(NotFound,))
def read_global_limit(id_or_name: str) -> GlobalConcurrencyLimitResponse:
    """One limit, by its id or its name."""


@endpoint(
    "PATCH",
    "/v2/concurrency_limits/{id_or_name}",
    action="concurrency_limits:update",
    status=204,
    errors=(NotFound, AlreadyExists),
)
def update_global_limit(id_or_name: str, body: ConcurrencyLimitV2Update) -> None:
    """Change a limit. Whoever holds slots keeps them, even where there are fewer from now on."""


@endpoint(
    "DELETE",
    "/v2/concurrency_limits/{id_or_name}",
    action="concurrency_limits:delete",
    status=204,
    errors=(NotFound,),
)
def delete_global_limit(id_or_name: str) -> None:
    """Delete a limit. Whoever holds slots goes on, and whoever waits begins."""


@endpoint("POST", "/v2/concurrency_limits/filter", action="concurrency_limits:read", idempotent=True)
def read_global_limits(body: LimitQuery = LimitQuery()) -> list[GlobalConcurrencyLimitResponse]:
    """The limits by name, and after them those of deployments, whose names are `deployment:` and the id."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/increment",
    action="concurrency_limits:take",
    errors=(SlotsTaken, Fenced),
    audited="never",
)
def increment_slots(body: IncrementSlots) -> list[MinimalConcurrencyLimitResponse]:
    """Take slots of each of these limits, or of none. Names that nobody knows are passed over."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/increment-with-lease",
    action="concurrency_limits:take",
    errors=(SlotsTaken, Fenced),
    audited="never",
)
def increment_slots_with_lease(body: IncrementSlotsWithLease) -> ConcurrencyLimitWithLeaseResponse:
    """Take slots of each of these limits, or of none, under a lease."""


@endpoint("POST", "/v2/concurrency_limits/decrement", action="concurrency_limits:take", audited="never")
def decrement_slots(body: DecrementSlots) -> list[MinimalConcurrencyLimitResponse]:
    """Give back slots that were taken without a lease."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/decrement-with-lease",
    action="concurrency_limits:take",
    status=204,
    idempotent=True,
    audited="never",
)
def decrement_slots_with_lease(body: DecrementSlotsWithLease) -> None:
    """Give back the slots of a lease; one that is over is given back already."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/leases/{lease_id}/renew",
    action="concurrency_limits:take",
    status=204,
    errors=(Gone,),
    idempotent=True,
    audited="never",
)
def renew_slot_lease(lease_id: UUID, body: RenewSlotLease = RenewSlotLease()) -> None:
    """Hold the slots of a lease for a full term from now."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/acquire",
    action="concurrency_limits:take",
    errors=(Fenced,),
    idempotent=True,
    ours=True,
    audited="never",
)
def acquire_slots(body: AcquireSlots) -> AcquiredSlots:
    """Take slots of each of these limits under a lease, and wait for them: first come, first served."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/leases/{lease_id}/hold",
    action="concurrency_limits:take",
    status=204,
    errors=(Gone,),
    idempotent=True,
    ours=True,
    audited="never",
)
def hold_slots(lease_id: UUID, body: RenewAcquiredSlots = RenewAcquiredSlots()) -> None:
    """Renew a lease for a term of any length."""
