"""`emit_event`: from flows, tasks and outside, in the background, with what is around it, and never lost."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from penstock import flow, tags, task
from penstock.contract.events import (
    EventFilter,
    EventNameFilter,
    EventOrder,
    EventQuery,
    read_event,
    read_events,
)
from penstock.domain.errors import InvalidInput, TooLarge
from penstock.events import emit_event
from penstock.sdk.engine.session import close_session

ID, ROLE, NAME = "prefect.resource.id", "prefect.resource.role", "prefect.resource.name"


def told(store, *names):
    asked = EventFilter(event=EventNameFilter(name=[*names]), order=EventOrder.ASC)
    return store.call(read_events, EventQuery(filter=asked)).events


def test_an_event_of_a_task_says_which_runs_are_around_it_and_is_there_when_the_run_has_ended(store):
    @task
    def sells():
        return emit_event(
            "shop.sold",
            {ID: "shop.1", NAME: "corner shop"},
            related=[{ID: "town.1", ROLE: "town"}],
            payload={"price": 3, "when": datetime(2026, 1, 2, tzinfo=UTC)},
        )

    @flow
    def shop():
        return emit_event("shop.opened", {ID: "shop.1"}), sells()

    with tags("red"):
        opened, sold = shop()
    found = told(store, "shop.sold", "shop.opened")
    assert [each.id for each in found] == [opened.id, sold.id]
    roles = [each[ROLE] for each in found[1].related]
    assert roles == ["town", "task-run", "tag", "flow-run", "flow"]
    assert found[1].related[-1][NAME] == "shop"
    assert found[1].payload == {"price": 3, "when": "2026-01-02T00:00:00Z"}
    assert [each[ROLE] for each in found[0].related] == ["flow-run", "flow", "tag"]


def test_an_event_that_is_emitted_outside_of_runs_is_there_when_the_process_has_ended(store):
    first = emit_event("shop.closed", {ID: "shop.1"})
    second = emit_event("shop.closed", {ID: "shop.1"}, follows=first, id=uuid4())
    again = emit_event("shop.closed", {ID: "shop.2"}, id=second.id)
    close_session()
    assert {each.id for each in told(store, "shop.closed")} == {first.id, second.id}
    kept = store.call(read_event, again.id)
    assert kept.resource == {ID: "shop.1"}
    assert kept.follows == first.id
    assert kept.related == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"event": "", "resource": {ID: "a"}}, InvalidInput),
        ({"event": "x", "resource": {"name": "a"}}, InvalidInput),
        ({"event": "x", "resource": {ID: "a"}, "related": [{ID: "b"}]}, InvalidInput),
        ({"event": "x", "resource": {ID: "a"}, "payload": {"a": object()}}, InvalidInput),
        ({"event": "x", "resource": {ID: "a"}, "occurred": datetime(2026, 1, 1)}, InvalidInput),  # noqa: DTZ001
        ({"event": "x", "resource": {ID: "a"} | dict.fromkeys(map(str, range(500)), "")}, TooLarge),
    ],
)
def test_what_is_no_event_is_refused_where_it_is_emitted(store, given, error):
    with pytest.raises(error):
        emit_event(**given)
