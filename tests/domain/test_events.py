"""Events: what one must be to be kept, and what templates see of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from penstock.domain.errors import InvalidInput, TooLarge
from penstock.domain.events import FUTURE, ID, ROLE, Event, EventLimits, as_data, check_event, related

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = EventLimits(labels=2, related=1)
EVENT = Event(id=UUID(int=1), occurred=NOW, event="shop.sold", resource={ID: "shop.1"})


def test_an_event_that_can_be_kept() -> None:
    event = replace(EVENT, occurred=NOW + FUTURE, related=[related("flow.1", "flow")])
    check_event(event, LIMITS, NOW)
    assert event.resource_id == "shop.1"
    assert list(event.resources()) == [{ID: "shop.1"}, {ID: "flow.1", ROLE: "flow"}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event": ""}, "event"),
        ({"event": "x" * 1025}, "event"),
        ({"resource": {}}, "resource"),
        ({"related": [{ID: "x"}]}, "related.0"),
        ({"related": [{ROLE: "x"}]}, "related.0"),
        ({"occurred": NOW + FUTURE + timedelta(seconds=1)}, "occurred"),
    ],
)
def test_an_event_that_cannot(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_event(replace(EVENT, **changes), LIMITS, NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": {ID: "x", "a": "", "b": ""}},
        {"related": [related("x", "y")] * 2},
        {"related": [related("x", "y", name="z")]},
    ],
)
def test_an_event_that_is_too_large(changes: dict[str, Any]) -> None:
    with pytest.raises(TooLarge):
        check_event(replace(EVENT, **changes), LIMITS, NOW)


def test_what_templates_see_is_a_copy() -> None:
    event = replace(EVENT, payload={"items": [1]}, received=NOW, follows=UUID(int=2))
    data = as_data(event)
    assert data["received"] == NOW.isoformat() and data["follows"] == str(UUID(int=2))
    data["payload"]["items"].append(2)
    assert event.payload == {"items": [1]}
    assert as_data(EVENT)["received"] is None and as_data(EVENT)["follows"] is None
