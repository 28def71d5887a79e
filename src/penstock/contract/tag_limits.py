"""Concurrency limits of tags: how many task runs with a tag run at once."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import Count
from penstock.contract.forms import Document, Form
from penstock.contract.global_limits import LimitQuery, MinimalConcurrencyLimitResponse
from penstock.domain.errors import NotFound, SlotsTaken
from penstock.domain.moments import Moment


class TagLimit(Struct, kw_only=True):
    """A limit of a tag."""

    id: UUID
    created: Moment
    updated: Moment
    tag: str
    concurrency_limit: int
    active_slots: list[UUID] = []
    """The task runs that hold slots, those first that took one first."""


class TagLimitCreate(Document):
    """A limit to make, or to set anew."""

    tag: str
    concurrency_limit: Count


class TagLimitReset(Form):
    """Which task runs hold slots from now on."""

    slot_override: list[UUID] | UnsetType | None = UNSET


class TaskRunSlots(Form):
    """Slots of a task run: one of the limit of each tag."""

    names: list[str]
    """The tags."""
    task_run_id: UUID


@endpoint(
    "POST",
    "/concurrency_limits/",
    action="concurrency_limits:create",
    status=201,
    existing_status=200,
)
def create_tag_limit(body: TagLimitCreate) -> TagLimit:
    """Make the limit of a tag, or set it anew."""


@endpoint("GET", "/concurrency_limits/{id}", action="concurrency_limits:read", errors=(NotFound,))
def read_tag_limit(id: UUID) -> TagLimit:
    """One limit, by its id."""


@endpoint("DELETE", "/concurrency_limits/{id}", action="concurrency_limits:delete", errors=(NotFound,))
def delete_tag_limit(id: UUID) -> Any:
    """Delete a limit that is known by its id."""


@endpoint("GET", "/concurrency_limits/tag/{tag}", action="concurrency_limits:read", errors=(NotFound,))
def read_tag_limit_by_tag(tag: str) -> TagLimit:
    """The limit of a tag."""


@endpoint("DELETE", "/concurrency_limits/tag/{tag}", action="concurrency_limits:delete", errors=(NotFound,))
def delete_tag_limit_by_tag(tag: str) -> Any:
    """Delete the limit of a tag."""


@endpoint("POST", "/concurrency_limits/filter", action="concurrency_limits:read", idempotent=True)
def read_tag_limits(body: LimitQuery = LimitQuery()) -> list[TagLimit]:
    """The limits of tags, by tag."""


@endpoint(
    "POST", "/concurrency_limits/tag/{tag}/reset", action="concurrency_limits:update", errors=(NotFound,)
)
def reset_tag_limit(tag: str, body: TagLimitReset = TagLimitReset()) -> Any:
    """Say which task runs hold slots; without any, all are free."""


@endpoint(
    "POST",
    "/concurrency_limits/increment",
    action="concurrency_limits:take",
    errors=(SlotsTaken,),
    audited="never",
)
def increment_tag_slots(body: TaskRunSlots) -> list[MinimalConcurrencyLimitResponse]:
    """Take a slot of each tag's limit for a task run, or none; it holds one of each at most."""


@endpoint(
    "POST",
    "/concurrency_limits/decrement",
    action="concurrency_limits:take",
    idempotent=True,
    audited="never",
)
def decrement_tag_slots(body: TaskRunSlots) -> list[MinimalConcurrencyLimitResponse]:
    """Give back the slots that a task run holds of the limits of these tags."""
