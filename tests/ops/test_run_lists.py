"""Lists of flow runs: every run once, in order, whatever is asked; and what is asked is what is found."""

from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct
from tests.ops.counting import statements_of

from penstock.contract.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    FlowRunSort,
    FlowRunStateFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from penstock.contract.operators import (
    Between,
    CreatorIn,
    IdInOrNot,
    IdInOrNull,
    Operator,
    StateTypeInOrNot,
    TagsAllOrAny,
    TextIn,
    TextInOrLike,
    TextInOrNot,
)
from penstock.contract.run_lists import FlowRunHistogramQuery, FlowRunListQuery, ValueAt
from penstock.domain.cursors import to_cursor
from penstock.domain.errors import InvalidInput
from penstock.server import run_selection

MOST_STATEMENTS = 6


class _Forged(Struct):
    id: UUID
    value: Any


def listed(world, **asked):
    return world.call("list_flow_runs", body=FlowRunListQuery(**asked))


def names(world, **asked):
    return sorted(row.name for row in listed(world, **asked).rows)


def in_state(*types, **more):
    return FlowRunFilter(state=FlowRunStateFilter(type=StateTypeInOrNot(any_=list(types))), **more)


@pytest.fixture
def runs(world):
    """Runs of two deployments in several states, by name."""
    world.pool(), world.pool("other"), world.queue("high")
    daily = world.deployment("daily", tags=["prod"])
    hourly = world.deployment("hourly", flow=world.flow("report"), pool="other", work_queue_name="slow")
    made = {
        "alpha": world.run_of(
            daily,
            name="alpha",
            parameters={"region": "eu", "limit": 5, "deep": {"dry": True, 'q"x': [1, {"0": "z"}]}},
            job_variables={"env": {"REGION": "eu"}, "image": "acme:1"},
            tags=["nightly"],
        ),
        "beta": world.run_of(daily, due=world.later(hours=1), name="beta", parameters={"limit": 5.0}),
        "gamma": world.run_of(hourly, due=world.later(hours=2), name="gamma", parameters={"region": None}),
        "delta": world.own_run(name="Delta_1", parameters={"limit": "5", "dry": "true"}),
        "epsilon": world.run_of(hourly, due=world.later(hours=3), name="epsilon"),
    }
    world.clock.advance(seconds=1)
    (claimed,) = world.claim().runs
    world.set_state(made["alpha"], "RUNNING", lease=claimed.lease)
    world.clock.advance(seconds=5)
    world.set_state(made["delta"], "RUNNING", lease=made["delta"].lease)
    world.set_state(made["delta"], "FAILED", lease=made["delta"].lease, message="boom " * 200)
    world.set_state(made["epsilon"], "CANCELLING")
    return made


def test_a_row_says_what_its_run_belongs_to(world, runs):
    alpha, delta = (listed(world, search=name).rows[0] for name in ("alpha", "delta"))
    assert (alpha.flow_name, alpha.deployment_name) == ("etl", "daily")
    assert (alpha.work_pool_name, alpha.work_queue_name) == ("local", "default")
    assert (alpha.state_type, alpha.state_name, alpha.state_message) == ("RUNNING", "Running", None)
    assert (alpha.overrides, alpha.estimated_run_time, alpha.run_count) == (["env", "image"], 5.0, 1)
    assert set(alpha.tags) >= {"nightly", "prod"}
    assert (delta.deployment_name, delta.work_pool_name, delta.overrides) == (None, None, [])
    assert delta.state_message == ("boom " * 200)[:300]
    assert delta.end_time == world.now


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_every_run_once_and_in_order(world, runs, limit):
    for sort in FlowRunSort:
        in_one, cursor, found = listed(world, sort=sort, limit=50), None, []
        for _ in range(10):
            page = listed(world, sort=sort, limit=limit, cursor=cursor)
            assert (page.count, page.since) == (5, None)
            found += page.rows
            if (cursor := page.next) is None:
                break
        assert [row.id for row in found] == [row.id for row in in_one.rows]
        assert {row.id for row in found} == {run.id for run in runs.values()}


def test_orders_put_what_has_no_value_last(world, runs):
    def order(sort):
        return [row.name for row in listed(world, sort=sort).rows]

    assert order(FlowRunSort.NAME_ASC) == ["Delta_1", "alpha", "beta", "epsilon", "gamma"]
    assert order(FlowRunSort.EXPECTED_START_TIME_DESC)[:3] == ["epsilon", "gamma", "beta"]
    assert order(FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC)[:2] == ["beta", "gamma"]
    assert set(order(FlowRunSort.END_TIME_DESC)[:2]) == {"Delta_1", "epsilon"}
    assert order(FlowRunSort.START_TIME_ASC)[0] == "alpha"


def test_a_run_that_comes_meanwhile_moves_no_page(world, runs):
    first = listed(world, limit=2)
    world.run_of(world.deployment(), due=world.later(hours=9), name="latecomer")
    second = listed(world, limit=10, cursor=first.next, count=False)
    shown = [row.name for row in (*first.rows, *second.rows)]
    assert "latecomer" not in shown
    assert len(set(shown)) == 5
    assert second.count is None


@pytest.mark.parametrize("cursor", ["", "nonsense", "ÿ"])
def test_a_broken_cursor_is_refused_by_name(sqlite_world, cursor):
    with pytest.raises(InvalidInput) as refused:
        listed(sqlite_world, cursor=cursor)
    assert refused.value.field == "cursor"


def test_a_cursor_of_another_order_is_refused(world, runs):
    cursor = listed(world, limit=1).next
    with pytest.raises(InvalidInput, match="NAME_ASC is asked for") as refused:
        listed(world, limit=1, sort=FlowRunSort.NAME_ASC, cursor=cursor)
    assert refused.value.field == "cursor"


@pytest.mark.parametrize("sort", FlowRunSort)
@pytest.mark.parametrize("value", ["a", "a\0", 5.5, [], {"a": 1}, True])
def test_a_cursor_with_another_kind_of_value_is_refused(sqlite_world, sort, value):
    """Whoever made it up."""
    if isinstance(value, str) and sort.name.startswith("NAME"):
        value = 5
    cursor = to_cursor(sort, _Forged(UUID(int=1), value))
    with pytest.raises(InvalidInput) as refused:
        listed(sqlite_world, sort=sort, cursor=cursor)
    assert refused.value.field == "cursor"


def test_numbers_may_have_any_size(world, runs):
    assert names(world, parameters=[ValueAt(path=["limit"], is_=10**400)]) == []


OF_DAILY = DeploymentFilter(name=TextInOrLike(any_=["daily"]))
FOUND = [
    ({}, "Delta_1 alpha beta epsilon gamma"),
    ({"search": "LPH"}, "alpha"),
    ({"search": "a"}, "Delta_1 alpha beta gamma"),
    ({"search": "A_1"}, "Delta_1"),
    ({"search": "_"}, "Delta_1"),
    ({"search": "%"}, ""),
    ({"search": "  "}, "Delta_1 alpha beta epsilon gamma"),
    ({"flow_runs": in_state("RUNNING")}, "alpha"),
    ({"flow_runs": in_state("RUNNING", "SCHEDULED")}, "alpha beta gamma"),
    ({"flow_runs": in_state("FAILED", "CANCELLED")}, "Delta_1 epsilon"),
    ({"flow_runs": in_state("PAUSED")}, ""),
    ({"flow_runs": in_state()}, ""),
    ({"flow_runs": FlowRunFilter(state=FlowRunStateFilter(name=TextInOrNot(any_=["Failed"])))}, "Delta_1"),
    (
        {"flow_runs": FlowRunFilter(state=FlowRunStateFilter(type=StateTypeInOrNot(not_any_=["SCHEDULED"])))},
        "Delta_1 alpha epsilon",
    ),
    ({"without": in_state("RUNNING", "FAILED")}, "beta epsilon gamma"),
    ({"without": in_state("RUNNING"), "flow_runs": in_state("RUNNING", "FAILED")}, "Delta_1"),
    ({"without": FlowRunFilter(tags=TagsAllOrAny(all_=["prod"]))}, "Delta_1 epsilon gamma"),
    ({"without": FlowRunFilter(deployment_id=IdInOrNull(is_null_=True))}, "alpha beta epsilon gamma"),
    ({"without": FlowRunFilter(created_by=CreatorIn(type_=["X"]))}, "Delta_1 alpha beta epsilon gamma"),
    ({"deployments": OF_DAILY}, "alpha beta"),
    ({"deployments": OF_DAILY, "flow_runs": in_state("COMPLETED", "RUNNING")}, "alpha"),
    ({"deployments": DeploymentFilter(name=TextInOrLike(like_="ly"))}, "alpha beta epsilon gamma"),
    ({"deployments": DeploymentFilter(name=TextInOrLike(any_=["none"]))}, ""),
    ({"flows": FlowFilter(name=TextInOrLike(any_=["report"]))}, "epsilon gamma"),
    ({"flows": FlowFilter(name=TextInOrLike(any_=["etl"])), "deployments": OF_DAILY}, "alpha beta"),
    ({"work_pools": WorkPoolFilter(name=TextIn(any_=["other"]))}, "epsilon gamma"),
    ({"work_pools": WorkPoolFilter(name=TextIn(any_=["other", "local"]))}, "alpha beta epsilon gamma"),
    ({"work_pool_queues": WorkQueueFilter(name=TextIn(any_=["default"]))}, "alpha beta"),
    (
        {
            "work_pools": WorkPoolFilter(name=TextIn(any_=["other"])),
            "work_pool_queues": WorkQueueFilter(name=TextIn(any_=["default"])),
        },
        "",
    ),
    ({"flow_runs": FlowRunFilter(tags=TagsAllOrAny(all_=["nightly"]))}, "alpha"),
    (
        {
            "flow_runs": FlowRunFilter(
                operator=Operator.OR,
                name=TextInOrLike(any_=["beta"]),
                state=FlowRunStateFilter(type=StateTypeInOrNot(any_=["RUNNING"])),
            )
        },
        "alpha beta",
    ),
    ({"parameters": [ValueAt(path=["region"], is_="eu")]}, "alpha"),
    ({"parameters": [ValueAt(path=["region"])]}, "alpha gamma"),
    ({"parameters": [ValueAt(path=["region"], exists=False)]}, "Delta_1 beta epsilon"),
    ({"parameters": [ValueAt(path=["limit"], is_=5)]}, "alpha beta"),
    ({"parameters": [ValueAt(path=["limit"], is_=5.5)]}, ""),
    ({"parameters": [ValueAt(path=["limit"], is_="5")]}, "Delta_1 alpha"),
    ({"parameters": [ValueAt(path=["dry"], is_=True)]}, ""),
    ({"parameters": [ValueAt(path=["dry"], is_="true")]}, "Delta_1"),
    ({"parameters": [ValueAt(path=["deep", "dry"], is_=True)]}, "alpha"),
    ({"parameters": [ValueAt(path=["deep", "dry"], is_="true")]}, "alpha"),
    ({"parameters": [ValueAt(path=["deep", 'q"x', "0"], is_=1)]}, "alpha"),
    ({"parameters": [ValueAt(path=["deep", 'q"x', "1", "0"], is_="z")]}, "alpha"),
    (
        {"parameters": [ValueAt(path=["deep", "dry", "x"], exists=False)]},
        "Delta_1 alpha beta epsilon gamma",
    ),
    ({"parameters": [ValueAt(path=["deep", "dry", 'x"'])]}, ""),
    ({"job_variables": [ValueAt(path=["env", "REGION"], is_="eu")]}, "alpha"),
    ({"job_variables": [ValueAt(path=["image"], exists=False)]}, "Delta_1 beta epsilon gamma"),
    ({"origins": ["rest"]}, "alpha"),
    ({"origins": ["nobody"]}, ""),
    ({"origins": []}, ""),
]


def test_what_is_asked_is_what_is_found(world, runs):
    wrong = {}
    for asked, expected in FOUND:
        answer, counted = listed(world, **asked), histogram(world, **asked)
        found = " ".join(sorted(row.name for row in answer.rows))
        if (found, answer.count, counted) != (expected, len(answer.rows), len(answer.rows)):
            wrong[str(asked)] = (expected, found, answer.count, counted)
    assert wrong == {}


def histogram(world, **asked):
    """How many runs the picture of a selection shows."""
    window = {"start": world.later(hours=-1), "end": world.later(hours=9)}
    body = FlowRunHistogramQuery(**window, slices=7, **asked)
    series = world.call("read_flow_run_histogram", body=body).series
    return sum(sum(each.counts) for each in series)


def test_the_beginning_of_an_id_finds_its_run(world, runs):
    alpha = runs["alpha"].id
    for digits in (4, 8, 13, 14, 36):
        assert "alpha" in names(world, search=str(alpha)[:digits].upper())
    assert names(world, search=str(alpha)) == ["alpha"]
    assert names(world, search=str(UUID(int=5))) == []


def test_objects_are_not_compared(sqlite_world):
    with pytest.raises(InvalidInput, match="name a path into it") as refused:
        listed(sqlite_world, parameters=[ValueAt(path=["a"], is_="x"), ValueAt(path=["a"], is_={"b": 1})])
    assert refused.value.field == "parameters[1].is_"


def test_only_the_newest_are_searched_and_the_answer_says_so(world, runs, monkeypatch):
    monkeypatch.setattr(run_selection, "MAX_SCANNED", 2)
    assert names(world, search="a") == ["gamma"]
    answer = listed(world, search="a")
    assert answer.since == runs["gamma"].expected_start_time
    assert (answer.count, answer.next) == (1, None)
    # Not where an index knows the answer, …
    assert listed(world, flow_runs=in_state("RUNNING", "FAILED")).since is None
    assert listed(world, sort=FlowRunSort.END_TIME_DESC).since is None
    # … or few runs are meant: of one deployment, of a time, or by their ids.
    daily = DeploymentFilter(id=IdInOrNot(any_=[runs["alpha"].deployment_id]))
    assert names(world, search="a", deployments=daily) == ["alpha", "beta"]
    until = FlowRunFilter(expected_start_time=Between(before_=world.later(minutes=30)))
    assert names(world, search="a", flow_runs=until) == ["Delta_1", "alpha"]
    those = FlowRunFilter(id=IdInOrNot(any_=[runs["alpha"].id]))
    assert names(world, search="a", flow_runs=those) == ["alpha"]
    # No index has the runs in these orders.
    assert names(world, sort=FlowRunSort.NAME_ASC) == ["epsilon", "gamma"]
    assert names(world, sort=FlowRunSort.END_TIME_DESC, deployments=daily, search="l") == ["alpha"]


def test_the_statements_are_few(world, runs):
    for asked, _ in FOUND:
        assert statements_of(world, "list_flow_runs", body=FlowRunListQuery(**asked)) <= MOST_STATEMENTS
    assert statements_of(world, "list_flow_runs", body=FlowRunListQuery()) == 2


def test_a_histogram_counts_by_slice_and_type(world, runs):
    asked = FlowRunHistogramQuery(start=world.later(hours=-1), end=world.later(hours=3), slices=4)
    answer = world.call("read_flow_run_histogram", body=asked)
    assert (answer.start, answer.slice_seconds, answer.since) == (asked.start, 3600.0, None)
    assert {series.state_type: series.counts for series in answer.series} == {
        "SCHEDULED": [0, 1, 1, 0],
        "RUNNING": [1, 0, 0, 0],
        "FAILED": [1, 0, 0, 0],
        "CANCELLED": [0, 0, 0, 1],
    }


def test_a_histogram_ends_after_it_begins(sqlite_world):
    now = sqlite_world.now
    with pytest.raises(InvalidInput) as refused:
        sqlite_world.call("read_flow_run_histogram", body=FlowRunHistogramQuery(start=now, end=now))
    assert refused.value.field == "end"


@pytest.mark.parametrize("name", ["parameters", "job_variables"])
def test_lists_and_objects_are_not_looked_for(sqlite_world, name):
    values = {name: [ValueAt(path=["a"]), ValueAt(path=["a"], is_={"b": [1]})]}
    end = sqlite_world.later(hours=1)
    for op, body in (
        ("list_flow_runs", FlowRunListQuery(**values)),
        ("read_flow_run_histogram", FlowRunHistogramQuery(start=sqlite_world.now, end=end, **values)),
    ):
        with pytest.raises(InvalidInput, match="not compared") as refused:
            sqlite_world.call(op, body=body)
        assert refused.value.field == f"{name}[1].is_"
