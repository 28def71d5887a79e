"""Events: sent in, found again, counted."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, field

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Document, Form
from penstock.domain import events
from penstock.domain.automations import Specification
from penstock.domain.errors import NotFound, TooLarge
from penstock.domain.events import Labels
from penstock.domain.moments import Moment

MAX_EVENTS_PAGE = 50
"""The most events that one answer carries."""
MAX_WORDS = 200


class Event(Struct, kw_only=True):
    """Something that happened to a resource."""

    occurred: Moment
    event: str
    resource: Labels
    """Labels of what it happened to; `prefect.resource.id` is its id."""
    related: list[Labels] = []
    """What else was part of it, each with a `prefect.resource.role`."""
    payload: dict[str, Any] = {}
    id: UUID
    """Given by the sender: an event that is sent twice is kept once."""
    follows: UUID | None = None


def as_sent(event: events.Event) -> Event:
    """An event as it is sent: when it is received is for the server to say."""
    return Event(**{name: getattr(event, name) for name in Event.__struct_fields__})


class ReceivedEvent(Event, kw_only=True):
    """An event that the server has."""

    received: Moment


class EventOrder(StrEnum):
    """By when they occurred."""

    ASC = "ASC"
    DESC = "DESC"


class EventOccurredFilter(Document):
    """When it occurred, both ends included. The default is all time up to now."""

    since: Moment | None = None
    until: Moment | None = None


class EventNameFilter(Document):
    """What it is called: all that is given must hold."""

    prefix: list[str] | None = None
    exclude_prefix: list[str] | None = None
    name: list[str] | None = None
    exclude_name: list[str] | None = None


class EventResourceFilter(Document):
    """What it is about: all that is given must hold."""

    id: list[str] | None = None
    """One of these."""
    id_prefix: list[str] | None = None
    labels: Specification | None = None
    distinct: bool = False
    """Only the last event of each resource."""


class EventRelatedFilter(Document):
    """What is part of it: there is a related resource for which all that is given holds."""

    id: list[str] | None = None
    role: list[str] | None = None
    resources_in_roles: list[tuple[str, str]] | None = None
    """Pairs of an id and a role, of which one is there."""
    labels: Specification | None = None


class EventAnyResourceFilter(Document):
    """What it is about, or what is part of it: there is a resource for which all that is given holds."""

    id: list[str] | None = None
    id_prefix: list[str] | None = None
    labels: Specification | None = None


class EventIdFilter(Document):
    """One of these events."""

    id: list[UUID] | None = None
    """Clients of the reference send an empty list where they ask for none in particular."""

    def __post_init__(self) -> None:
        self.id = self.id or None


class EventTextFilter(Document, kw_only=True):
    """Words that are in it: `word -without +with "a phrase"`."""

    query: Annotated[str, Meta(max_length=MAX_WORDS)]


class EventFilter(Document):
    """Which events: all that is given must hold."""

    occurred: EventOccurredFilter = field(default_factory=EventOccurredFilter)
    event: EventNameFilter | None = None
    resource: EventResourceFilter | None = None
    related: EventRelatedFilter | list[EventRelatedFilter] | None = None
    any_resource: EventAnyResourceFilter | list[EventAnyResourceFilter] | None = None
    id: EventIdFilter = field(default_factory=EventIdFilter)
    text: EventTextFilter | None = None
    order: EventOrder = EventOrder.DESC


class EventQuery(Form):
    """Which events, and how many at once."""

    filter: EventFilter | None = None
    limit: Annotated[int, Meta(ge=0, le=MAX_EVENTS_PAGE)] = MAX_EVENTS_PAGE


class EventPage(Struct, kw_only=True):
    """Some of the events that were asked for."""

    events: list[ReceivedEvent]
    total: int
    """How many there are in all, counted up to a bound."""
    next_page: str | None
    """The URL of the events after these."""


class Countable(StrEnum):
    """By what events are counted."""

    DAY = "day"
    TIME = "time"
    EVENT = "event"
    RESOURCE = "resource"


class TimeUnit(StrEnum):
    """In what time is counted."""

    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


class EventCountQuery(Form, kw_only=True):
    """Which events to count, and for `time` in which spans."""

    filter: EventFilter
    time_unit: TimeUnit = TimeUnit.DAY
    time_interval: Annotated[float, Meta(ge=0.01)] = 1.0
    """How many units long a span is."""


class EventCount(Struct, kw_only=True):
    """How many events there are of one kind."""

    value: str
    """The span's start, the name, or the resource's id."""
    label: str
    """The same for people."""
    count: int
    start_time: Moment
    """When the first of them occurred, or the span begins."""
    end_time: Moment


@endpoint(
    "POST",
    "/events",
    action="events:create",
    status=204,
    errors=(TooLarge,),
    idempotent=True,
    audited="never",
)
def create_events(body: list[Event]) -> None:
    """Take in events. Either all of them or, if one is refused, none."""


@endpoint("POST", "/events/filter", action="events:read", idempotent=True)
def read_events(body: EventQuery = EventQuery()) -> EventPage:
    """The events that meet the filter, newest first, and where to go on."""


@endpoint("GET", "/events/filter/next", action="events:read", query_names={"page_token": "page-token"})
def read_next_events(page_token: str) -> EventPage:
    """The events after a page, as its `next_page` says."""


@endpoint("POST", "/events/count-by/{countable}", action="events:read", idempotent=True)
def count_events(countable: Countable, body: EventCountQuery) -> list[EventCount]:
    """How many events there are by day, by spans of time, by name or by resource."""


@endpoint("GET", "/events/{id}", action="events:read", errors=(NotFound,), ours=True)
def read_event(id: UUID) -> ReceivedEvent:
    """One event, by its id."""
