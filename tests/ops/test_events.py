"""Events: kept once, found by every filter as the filter says, page after page, and counted."""

import json
import random
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from penstock.contract.events import (
    Countable,
    Event,
    EventAnyResourceFilter,
    EventCountQuery,
    EventFilter,
    EventIdFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventOrder,
    EventQuery,
    EventRelatedFilter,
    EventResourceFilter,
    EventTextFilter,
    TimeUnit,
)
from penstock.contract.states import StateType
from penstock.contract.task_runs import RecordedState, RecordTaskRuns, TaskRunRecord
from penstock.domain.errors import InvalidInput, NotFound, TooLarge
from penstock.domain.events import EventLimits
from penstock.server import event_counts, event_plans
from penstock.server.limits import Limits

ID, ROLE, NAME = "prefect.resource.id", "prefect.resource.role", "prefect.resource.name"


def event(world, name="shop.sold", resource="shop.1", *, ago=0.0, **given):
    given.setdefault("id", uuid4())
    labels = given.pop("labels", {})
    occurred = world.now - timedelta(seconds=ago)
    return Event(event=name, resource={ID: resource, **labels}, occurred=occurred, **given)


def send(world, *events):
    world.call("create_events", body=[*events])


def pages(world, limit=50, **filter):
    """All events that a filter finds, page by page."""
    page = world.call("read_events", body=EventQuery(filter=EventFilter(**filter), limit=limit))
    found = [*page.events]
    while page.next_page is not None:
        (token,) = parse_qs(urlsplit(page.next_page).query)["page-token"]
        page = world.call("read_next_events", page_token=token)
        assert len(page.events) <= limit
        found += page.events
    return found


def ids(events):
    return [each.id for each in events]


def test_an_event_is_kept_as_it_came_and_when_it_was_received_is_added(world):
    said = event(
        world,
        ago=90.0,
        labels={NAME: "corner shop"},
        related=[{ID: "town.1", ROLE: "town"}],
        payload={"price": 3, "what": ["tea", None]},
        follows=uuid4(),
    )
    send(world, said)
    found = world.call("read_event", id=said.id)
    assert {name: getattr(found, name) for name in said.__struct_fields__} == {
        name: getattr(said, name) for name in said.__struct_fields__
    }
    assert found.received == world.now
    with pytest.raises(NotFound):
        world.call("read_event", id=uuid4())


def test_an_event_that_is_sent_again_is_kept_once_and_stays_as_it_was(world):
    first = event(world)
    send(world, first, first)
    send(world, event(world, "other", id=first.id), event(world, "new"))
    assert sorted(each.event for each in pages(world)) == ["new", "shop.sold"]


def test_a_batch_with_one_bad_event_is_refused_as_a_whole_and_names_it(world):
    for bad, field in (
        (event(world, ""), "1.event"),
        (Event(event="x", resource={}, occurred=world.now, id=uuid4()), "1.resource"),
        (event(world, related=[{ID: "town.1"}]), "1.related.0"),
        (event(world, ago=-3600), "1.occurred"),
    ):
        with pytest.raises(InvalidInput, match="Event 1 of the batch") as refused:
            send(world, event(world), bad)
        assert refused.value.field == field
    assert pages(world) == []


def test_events_larger_than_the_limits_are_refused(world):
    limits = Limits(events=EventLimits(labels=3, related=2, size=400))
    caller = type(world.me)(principal="ada", role=world.me.role, limits=limits)
    part = {ID: "town.1", ROLE: "town"}
    for bad in (
        event(world, labels={"a": "1", "b": "2", "c": "3"}),
        event(world, related=[part | {"a": "1", "b": "2"}]),
        event(world, related=[part] * 3),
        event(world, payload={"text": "x" * 400}),
    ):
        with pytest.raises(TooLarge, match="Event 0"):
            world.call("create_events", caller, body=[bad])
    world.call("create_events", caller, body=[event(world)])


NAMES = ["shop.sold", "shop.opened", "shopping", "prefect.task-run.nonsense", "town.flooded"]
THINGS = ["shop.1", "shop.2", "shop.22", "town.1"]


def somewhere(world, chance):
    """An event at random."""
    related = [
        {ID: chance.choice(THINGS), ROLE: chance.choice(["town", "owner"]), "colour": chance.choice("rg")}
        for _ in range(chance.randrange(3))
    ]
    return event(
        world,
        chance.choice(NAMES),
        chance.choice(THINGS),
        ago=chance.randrange(40) * 600.0,
        labels={"colour": chance.choice("rgb")} if chance.random() < 0.7 else {},
        related=related,
        payload={"word": chance.choice(["Tea", "coffee and tea", "juice"])},
    )


def history(world, chance):
    """A flow run with task runs, recorded; what their events are is known by their states."""
    run = world.own_run()
    for number in range(6):
        names = ["Pending", "Running", chance.choice(["Completed", "Failed", "Odd"])]
        types = [StateType.PENDING, StateType.RUNNING, StateType.COMPLETED]
        if names[2] == "Failed":
            types[2] = StateType.FAILED
        began = world.now - timedelta(seconds=chance.randrange(40) * 600.0)
        states = [
            RecordedState(id=uuid4(), type=type, name=name, timestamp=began + timedelta(seconds=place))
            for place, (type, name) in enumerate(zip(types, names, strict=True))
        ]
        record = TaskRunRecord(
            id=uuid4(),
            flow_run_id=run.id,
            name=f"task-{number}",
            task_key="task",
            dynamic_key=str(number),
            tags=["red"] if number % 2 else [],
            states=states,
        )
        body = RecordTaskRuns(recorder=uuid4(), sequence=number, records=[record])
        world.call("record_task_runs", body=body)
    return run


def meets(spec, labels):
    def is_met(wanted, value):
        texts = [wanted] if isinstance(wanted, str) else wanted
        return any(
            value is not None and (value.startswith(text[:-1]) if text.endswith("*") else value == text)
            for text in texts
        )

    return all(is_met(wanted, labels.get(label)) for label, wanted in spec.items())


def is_identified(asked, resource):
    return (
        (asked.id is None or resource[ID] in asked.id)
        and (
            getattr(asked, "id_prefix", None) is None
            or any(resource[ID].startswith(p) for p in asked.id_prefix)
        )
        and (asked.labels is None or meets(asked.labels, resource))
    )


def is_meant(asked, found):
    """The definition of a filter, read slowly."""
    name, resource = asked.event or EventNameFilter(), asked.resource or EventResourceFilter()
    every = [found.resource, *found.related]
    said = json.dumps([found.event, found.resource, found.related, found.payload]).lower()
    return (
        (asked.occurred.since is None or found.occurred >= asked.occurred.since)
        and (asked.occurred.until is None or found.occurred <= asked.occurred.until)
        and (asked.id.id is None or found.id in asked.id.id)
        and (name.prefix is None or any(found.event.startswith(each) for each in name.prefix))
        and (name.name is None or found.event in name.name)
        and not any(found.event.startswith(each) for each in name.exclude_prefix or ())
        and found.event not in (name.exclude_name or ())
        and is_identified(resource, found.resource)
        and all(
            any(
                is_identified(each, one)
                and (each.role is None or one[ROLE] in each.role)
                and (each.resources_in_roles is None or (one[ID], one[ROLE]) in each.resources_in_roles)
                for one in found.related
            )
            for each in asked.related or ()
        )
        and all(any(is_identified(each, one) for one in every) for each in asked.any_resource or ())
        and (asked.text is None or any(word in said for word in asked.text.query.lower().split()))
    )


def filters(chance, world, run, everything):
    """Filters at random, with one, two or three parts."""
    some = chance.choice(everything)
    parts = {
        "occurred": lambda: EventOccurredFilter(
            since=world.now - timedelta(seconds=chance.randrange(1, 40) * 600),
            until=world.now - timedelta(seconds=chance.randrange(0, 10) * 600)
            if chance.random() < 0.5
            else None,
        ),
        "event": lambda: chance.choice(
            [
                EventNameFilter(name=chance.sample(NAMES, 2)),
                EventNameFilter(
                    prefix=[chance.choice(["shop", "shop.", "prefect.", "prefect.task-run.C", ""])]
                ),
                EventNameFilter(prefix=["prefect.task-run."], exclude_name=["prefect.task-run.Running"]),
                EventNameFilter(exclude_prefix=["shop.", "prefect.task-run.P"]),
                EventNameFilter(name=["prefect.task-run.Failed", "shop.sold"]),
                EventNameFilter(name=["prefect.task-run.Completed", "prefect.task-run.Odd"]),
            ]
        ),
        "resource": lambda: chance.choice(
            [
                EventResourceFilter(id=[some.resource[ID]]),
                EventResourceFilter(id=chance.sample(THINGS, 2)),
                EventResourceFilter(id_prefix=["shop.2"]),
                EventResourceFilter(id_prefix=["shop.2", "prefect.task-run."]),
                EventResourceFilter(id_prefix=["", "shop.1"]),
                EventResourceFilter(id_prefix=["shop.", "nothing"], labels={"colour": "r"}),
                EventResourceFilter(labels={"colour": ["r", "b"], ID: "shop.*"}),
            ]
        ),
        "related": lambda: chance.choice(
            [
                [EventRelatedFilter(id=[f"prefect.flow-run.{run.id}"])],
                [EventRelatedFilter(id=["shop.1", "town.1"], role=["owner"])],
                [EventRelatedFilter(role=["owner"], labels={"colour": "r"})],
                [EventRelatedFilter(resources_in_roles=[("shop.1", "owner"), ("town.1", "town")])],
                [EventRelatedFilter(role=["owner"]), EventRelatedFilter(role=["town"])],
            ]
        ),
        "any_resource": lambda: chance.choice(
            [
                [EventAnyResourceFilter(id=[f"prefect.flow-run.{run.id}"])],
                [EventAnyResourceFilter(id=["shop.22", "town.1"])],
                [EventAnyResourceFilter(id_prefix=["prefect.task-run.", "town."])],
                [EventAnyResourceFilter(labels={"colour": "g"})],
            ]
        ),
        "id": lambda: EventIdFilter(id=[each.id for each in chance.sample(everything, 5)]),
        "text": lambda: EventTextFilter(query=chance.choice(["TEA", "juice coffee", "task-3"])),
    }
    chosen = chance.sample(sorted(parts), chance.randrange(1, 4))
    return {part: parts[part]() for part in chosen} | {"order": chance.choice([*EventOrder])}


@pytest.mark.parametrize(
    ("seed", "many", "streams"), [(0, 20_000, 50), (1, 20_000, 50), (2, 20_000, 1), (3, 3, 1)]
)
def test_what_a_filter_finds_is_what_its_definition_says(world, seed, many, streams, monkeypatch):
    """By whatever way it is found, which depends on how many events and names there are."""
    monkeypatch.setattr(event_plans, "_MANY", many)
    monkeypatch.setattr(event_plans, "_MOST_STREAMS", streams)
    chance = random.Random(seed)
    run = history(world, chance)
    send(world, *(somewhere(world, chance) for _ in range(60)))
    everything = pages(world)
    assert sum(each.event.startswith("prefect.task-run.") for each in everything) >= 18
    assert ids(everything) == ids(sorted(everything, key=lambda each: (each.occurred, each.id), reverse=True))
    for _ in range(25):
        asked = filters(chance, world, run, everything)
        wanted = [each for each in everything if is_meant(EventFilter(**asked), each)]
        if asked["order"] is EventOrder.ASC:
            wanted.reverse()
        found = pages(world, chance.choice([3, 7, 50]), **asked)
        assert ids(found) == ids(wanted), asked
        first = world.call("read_events", body=EventQuery(filter=EventFilter(**asked)))
        assert first.total == len(wanted), asked
        counted = world.call(
            "count_events", countable=Countable.EVENT, body=EventCountQuery(filter=EventFilter(**asked))
        )
        names = [each.event for each in wanted]
        assert {each.value: each.count for each in counted} == {name: names.count(name) for name in names}, (
            asked
        )


def test_distinct_finds_the_last_event_of_each_resource(world):
    for ago, thing in ((30, "a"), (20, "b"), (10, "a"), (5, "c"), (0, "b")):
        send(world, event(world, resource=thing, ago=ago, payload={"ago": ago}))
    asked = {"resource": EventResourceFilter(distinct=True)}
    assert [each.payload["ago"] for each in pages(world, 2, **asked)] == [0, 5, 10]
    assert [each.payload["ago"] for each in pages(world, 1, order=EventOrder.ASC, **asked)] == [10, 5, 0]


def test_pages_neither_repeat_nor_miss_an_event_while_others_come(world):
    first = [event(world, ago=10 * number) for number in range(9)]
    send(world, *first)
    page = world.call("read_events", body=EventQuery(limit=4))
    found = ids(page.events)
    while page.next_page:
        send(world, event(world, "later"), event(world, "long ago", ago=10_000))
        (token,) = parse_qs(urlsplit(page.next_page).query)["page-token"]
        page = world.call("read_next_events", page_token=token)
        found += [each.id for each in page.events if each.event == "shop.sold"]
        if all(each.event != "shop.sold" for each in page.events):
            break
    assert found == ids(first)


def test_a_token_that_is_none_is_refused(world):
    for token in ("", "nonsense", "WyJvdGhlciIsIHt9XQ", "WyJldmVudHMiLHt9XQ"):
        with pytest.raises(InvalidInput) as refused:
            world.call("read_next_events", page_token=token)
        assert refused.value.field == "page-token"


def test_events_are_counted_in_spans_of_time_the_empty_ones_too(world):
    noon = datetime(2024, 5, 6, 12, tzinfo=UTC)
    for minutes in (0, 1, 1, 3):
        said = event(world)
        said.occurred = noon + timedelta(minutes=minutes, seconds=7)
        send(world, said)
    asked = EventFilter(occurred=EventOccurredFilter(since=noon, until=noon + timedelta(minutes=4)))
    body = EventCountQuery(filter=asked, time_unit=TimeUnit.MINUTE)
    counted = world.call("count_events", countable=Countable.TIME, body=body)
    assert [each.count for each in counted] == [1, 2, 0, 1, 0]
    assert counted[0].start_time == noon
    assert counted[0].end_time == counted[1].start_time == noon + timedelta(minutes=1)
    halves = EventCountQuery(filter=asked, time_unit=TimeUnit.HOUR, time_interval=0.5)
    assert [each.count for each in world.call("count_events", countable=Countable.TIME, body=halves)] == [4]
    days = world.call("count_events", countable=Countable.DAY, body=EventCountQuery(filter=EventFilter()))
    assert [(each.start_time, each.count) for each in days] == [(datetime(2024, 5, 6, tzinfo=UTC), 4)]
    body = EventCountQuery(filter=asked, time_unit=TimeUnit.SECOND, time_interval=0.1)
    with pytest.raises(InvalidInput, match="spans"):
        world.call("count_events", countable=Countable.TIME, body=body)
    body = EventCountQuery(filter=EventFilter(), time_interval=1e300)
    with pytest.raises(InvalidInput, match="at most 3,650 days"):
        world.call("count_events", countable=Countable.TIME, body=body)


def test_spans_at_the_ends_of_time_end_with_it(sqlite_world):
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for since, until in ((first, first + timedelta(days=9_999)), (last - timedelta(days=9_999), last)):
        asked = EventFilter(occurred=EventOccurredFilter(since=since, until=until))
        body = EventCountQuery(filter=asked, time_interval=3_650)
        counted = sqlite_world.call("count_events", countable=Countable.TIME, body=body)
        assert (counted[0].start_time == first) == (since == first)
        assert (counted[-1].end_time == last) == (until == last)


def test_resources_are_counted_under_their_names(world):
    send(world, *(event(world, resource="shop.1", labels={NAME: "corner shop"}) for _ in range(3)))
    send(world, event(world, resource="shop.2"))
    body = EventCountQuery(filter=EventFilter())
    counted = world.call("count_events", countable=Countable.RESOURCE, body=body)
    assert [(each.value, each.label, each.count) for each in counted] == [
        ("shop.1", "corner shop", 3),
        ("shop.2", "shop.2", 1),
    ]


def test_without_a_filter_all_events_are_counted(world):
    run = history(world, random.Random(1))
    send(world, *(event(world, ago=number) for number in range(7)))
    page = world.call("read_events", body=EventQuery(limit=1))
    assert page.total == len(pages(world)) >= 7 + 18
    of_run = EventAnyResourceFilter(id=[f"prefect.flow-run.{run.id}"])
    assert len(pages(world, any_resource=[of_run])) == 18 + len(world.history(run))


def _counts(world, countable, **given):
    body = EventCountQuery(**given)
    return world.call("count_events", countable=countable, body=body)


def test_groups_are_counted_each_by_itself_or_all_at_once_with_one_result(world, monkeypatch):
    history(world, random.Random(3))
    send(world, *(event(world, f"shop.{number % 3}", ago=number * 7) for number in range(12)))
    around = [world.now - timedelta(hours=7), world.now]
    windows = [EventOccurredFilter(since=around[0], until=around[1])]
    windows += [EventOccurredFilter(since=world.now - timedelta(seconds=40), until=world.now)]
    windows += [EventOccurredFilter(since=around[1], until=around[0]), EventOccurredFilter(since=around[0])]
    names = [None, EventNameFilter(prefix=["shop."]), EventNameFilter(exclude_name=["shop.1"])]
    names += [EventNameFilter(name=["prefect.task-run.Completed", "shop.2"])]
    asked = [EventFilter(occurred=window, event=name) for window in windows for name in names]

    def all_counts():
        for each in asked:
            yield _counts(world, Countable.EVENT, filter=each)
            yield _counts(world, Countable.DAY, filter=each)
            yield _counts(world, Countable.TIME, filter=each, time_unit=TimeUnit.MINUTE, time_interval=7.5)

    one_by_one = [*all_counts()]
    monkeypatch.setattr(event_counts, "_COUNTED_ONE_BY_ONE", 0)
    assert [*all_counts()] == one_by_one
    names_found = {each.value for each in one_by_one[0]}
    assert names_found >= {"shop.0", "shop.1", "shop.2", "prefect.task-run.Running"}
    assert names_found & {"prefect.task-run.Failed", "prefect.task-run.Odd"}
    assert sum(each.count for each in one_by_one[2]) >= 12 + 18
