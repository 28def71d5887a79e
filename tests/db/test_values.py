"""What is stored comes back, and what can't be stored is refused alike everywhere."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.rows import add_flow, add_run, add_variable

from penstock.db.dialect import Duration, Json, JsonSearchable, Text, Timestamp, Uuid
from penstock.db.errors import UnsupportedValue
from penstock.db.place_tables import flows, work_queues
from penstock.db.tables import flow_runs, variables
from penstock.domain.states import StateType

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
storable_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable_text,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(storable_text, children, max_size=4),
    max_leaves=12,
)


def echo(store, type_, value):
    """The value, bound as a parameter of a type and read back."""
    statement = sa.select(sa.bindparam("given", type_=type_).label("given"))
    return store.read(lambda tx: tx.fetch_value(statement, {"given": value}))


@EXAMPLES
@given(value=st.none() | st.uuids())
def test_uuids(store, value):
    found = echo(store, Uuid(), value)
    assert found == value
    assert msgspec.json.encode(found) == msgspec.json.encode(value)


@EXAMPLES
@given(
    value=st.datetimes(
        NAIVE.replace(year=1900),
        NAIVE.replace(year=9999),
        timezones=st.timezones() | st.just(UTC),
        allow_imaginary=False,
    )
)
def test_times_to_the_microsecond_in_any_zone(store, value):
    found = echo(store, Timestamp(), value)
    assert found == value.astimezone(UTC)
    assert found.tzinfo is UTC


@EXAMPLES
@given(value=st.none() | st.timedeltas(timedelta(days=-(10**6)), timedelta(days=10**6)))
def test_durations(store, value):
    assert echo(store, Duration(), value) == value


@EXAMPLES
@given(value=st.none() | storable_text)
def test_text(store, value):
    assert echo(store, Text(), value) == value


@EXAMPLES
@given(value=json_values)
def test_json_keeps_everything_and_the_order_of_keys(store, value):
    found = echo(store, Json(), value)
    assert found == value
    assert msgspec.json.encode(found) == msgspec.json.encode(value)


@EXAMPLES
@given(value=st.lists(storable_text, max_size=5) | st.dictionaries(storable_text, storable_text, max_size=5))
def test_searchable_json(store, value):
    assert echo(store, JsonSearchable(), value) == value


def test_json_takes_structs_and_what_is_in_them(store):
    class Policy(msgspec.Struct):
        retries: int
        at: datetime
        of: UUID

    id = uuid4()
    found = echo(store, Json(), Policy(3, datetime(2026, 1, 1, tzinfo=UTC), id))
    assert found == {"retries": 3, "at": "2026-01-01T00:00:00Z", "of": str(id)}


def test_every_column_of_a_wide_row(store):
    now = store.clock.now

    async def body(tx):
        flow_id = await add_flow(tx, "etl", tags=["a"], labels={"k": "v"})
        more = {
            "parameters": {"z": 1, "a": [None, 1.5, "x"]},
            "auto_scheduled": True,
            "run_count": 2,
            "start_time": now,
            "total_run_time": timedelta(seconds=1.5),
            "state_type": StateType.RUNNING,
            "work_queue_id": None,
        }
        run_id = await add_run(tx, flow_id, **more)
        row = await tx.fetch_one(sa.select(flow_runs).where(flow_runs.c.id == run_id))
        return flow_id, run_id, row

    flow_id, run_id, row = store.write(body)
    assert set(row) == set(flow_runs.c.keys())
    assert row["id"] == run_id and row["flow_id"] == flow_id
    assert row["parameters"] == {"z": 1, "a": [None, 1.5, "x"]}
    assert list(row["parameters"]) == ["z", "a"]
    assert row["auto_scheduled"] is True and row["run_count"] == 2
    assert row["start_time"] == now and row["end_time"] is None
    assert row["total_run_time"] == timedelta(seconds=1.5)
    assert row["state_type"] == "RUNNING" and type(row["state_type"]) is str
    assert row["context"] == {} and row["job_variables"] is None


@pytest.mark.parametrize("text", ["nul \0", "surrogate \ud800"], ids=["nul", "surrogate"])
@pytest.mark.parametrize("type_", [Text, Json, JsonSearchable])
def test_text_that_no_database_stores_is_refused_with_its_name(store, type_, text):
    with pytest.raises(UnsupportedValue) as refused:
        echo(store, type_(), text)
    assert refused.value.field == "given"


@pytest.mark.parametrize("value", [{"a\0": 1}, [["\0"]], {"a": {"b": "\0"}}])
def test_nul_is_found_anywhere_in_json(store, value):
    with pytest.raises(UnsupportedValue, match="NUL"):
        echo(store, Json(), value)


def test_a_backslash_before_u0000_is_not_a_nul(store):
    assert echo(store, Json(), {"a": "\\u0000"}) == {"a": "\\u0000"}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_integers_beyond_64_bits_are_refused(store, number):
    async def body(tx):
        row = {"created": tx.now, "updated": tx.now, "name": "q", "work_pool_id": uuid4(), "id": uuid4()}
        await tx.execute(work_queues.insert(), row | {"priority": number})

    with pytest.raises(UnsupportedValue):
        store.write(body)


@pytest.mark.parametrize(
    ("type_", "value"),
    [(Uuid, "not a uuid"), (Timestamp, "2026"), (Timestamp, NAIVE), (Duration, 5)],
)
def test_a_value_of_the_wrong_type_is_a_mistake_of_the_code(store, type_, value):
    with pytest.raises(TypeError, match="'given' can't be stored"):
        echo(store, type_(), value)


def test_a_time_in_another_zone_is_the_same_moment(store):
    local = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert echo(store, Timestamp(), local) == datetime(2026, 1, 1, 6, 30, tzinfo=UTC)


def test_null_and_every_kind_of_value_of_a_variable(store):
    values = [None, True, 0, 1.5, "text", [1, [2]], {"a": {"b": None}}]

    async def body(tx):
        for number, value in enumerate(values):
            await add_variable(tx, f"v{number}", value)
        return await tx.fetch_all(sa.select(variables.c.value).order_by(variables.c.name))

    assert [row["value"] for row in store.write(body)] == values


def test_times_compare_as_numbers(store):
    async def body(tx):
        await add_flow(tx, "a")
        later = tx.now + timedelta(microseconds=1)
        return (
            await tx.fetch_all(sa.select(flows.c.name).where(flows.c.created < later)),
            await tx.fetch_all(sa.select(flows.c.name).where(flows.c.created < tx.now)),
            await tx.fetch_value(sa.select(sa.func.max(flows.c.created))),
            await tx.fetch_value(sa.select(sa.func.coalesce(flows.c.updated, flows.c.created))),
        )

    now = store.clock.now
    assert store.write(body) == ([{"name": "a"}], [], now, now)
