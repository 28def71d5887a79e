"""What the databases spell differently means the same."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.rows import add_flow, add_run, flow, flow_names

from penstock.db import dialect
from penstock.db.errors import UnsupportedValue
from penstock.db.place_tables import flows
from penstock.db.tables import flow_runs

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
tags = st.lists(st.sampled_from(["a", "b", "c", "with \"quotes'", "[]", "1", "ä"]), max_size=4)


def evaluate(store, condition):
    return store.read(lambda tx: tx.fetch_value(sa.select(condition.label("found"))))


def tagged(values):
    return sa.literal(values, dialect.JsonSearchable())


@EXAMPLES
@given(held=tags, wanted=tags)
def test_tags(store, held, wanted):
    assert evaluate(store, dialect.has_all(tagged(held), wanted)) is (set(wanted) <= set(held))
    assert evaluate(store, dialect.has_any(tagged(held), wanted)) is bool(set(wanted) & set(held))
    assert evaluate(store, dialect.is_empty(tagged(held))) is (held == [])
    assert evaluate(store, sa.not_(dialect.has_any(tagged(held), wanted))) is not (set(wanted) & set(held))


HELD = ([], ["a"], ["b", "a"], ["a", "b"], ["with \"quotes'", "a"], ["[]", ","], ["ä", "1"], ["]", "b", ""])
"""What is wanted of these may begin or end as JSON itself does."""


@pytest.mark.parametrize(
    "wanted", [["a"], ["a", "b"], ["with \"quotes'"], ["[]"], [","], ["]", ""], ["no"], [], ["a\n"]]
)
def test_lists_that_are_the_same_are_looked_at_once(store, wanted):
    async def body(tx):
        flow_id = await add_flow(tx, "a")
        for tags in (*HELD, *HELD):
            await add_run(tx, flow_id, tags=tags)
        counts = []
        for has in (dialect.has_all, dialect.has_any):
            among = dialect.among_lists([has(flow_runs.c.tags, wanted)])
            counts.append(
                await tx.fetch_value(sa.select(sa.func.count()).select_from(flow_runs).where(*among))
            )
        return counts

    all_, any_ = (
        2 * sum(is_meant(set(wanted), set(tags)) for tags in HELD)
        for is_meant in (set.issubset, lambda some, tags: bool(some & tags))
    )
    assert store.write(body) == [all_, any_]


def test_only_rows_of_which_nothing_else_is_asked_are_sought_among_lists():
    one, other = dialect.has_all(flow_runs.c.tags, ["a"]), dialect.has_all(flows.c.tags, ["a"])
    assert dialect.among_lists([one]) != [one]
    for conditions in ([other], [one, one], [sa.not_(one)], [sa.and_(one, one)]):
        assert dialect.among_lists(conditions) is conditions


def test_tags_in_a_filter_with_other_conditions(store):
    async def body(tx):
        await add_flow(tx, "a", tags=["x", "y"])
        await add_flow(tx, "b", tags=["y"])
        await add_flow(tx, "c")
        found = []
        for condition in (
            sa.and_(dialect.has_all(flows.c.tags, ["x", "y"]), flows.c.name != "z"),
            sa.or_(dialect.has_any(flows.c.tags, ["x", "z"]), dialect.is_empty(flows.c.tags)),
            sa.not_(dialect.has_all(flows.c.tags, ["y"])),
        ):
            rows = await tx.fetch_all(sa.select(flows.c.name).where(condition).order_by(flows.c.name))
            found.append("".join(row["name"] for row in rows))
        return found

    assert store.write(body) == ["a", "ac", "c"]


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"id": "abc"}, ["id"], "abc"),
        ({"a": {"b-c": 1}}, ["a", "b-c"], "1"),
        ({"a": True}, ["a"], "true"),
        ({"a": False}, ["a"], "false"),
        ({"a": None}, ["a"], None),
        ({"a": 1.5}, ["a"], "1.5"),
        ({"a": "1"}, ["a"], "1"),
        ({}, ["a"], None),
        ({"a": "x"}, ["a", "b"], None),
        (None, ["a"], None),
    ],
)
def test_text_inside_json(store, value, path, expected):
    for type_ in (dialect.Json(), dialect.JsonSearchable()):
        assert evaluate(store, dialect.json_text(sa.literal(value, type_), *path)) == expected


def test_paths_come_from_the_code():
    with pytest.raises(ValueError, match="plain path"):
        dialect.json_text(flow_runs.c.created_by, "a'b")


@pytest.mark.parametrize(("first", "second", "greatest"), [(1, 2, 2), (2, 1, 2), (None, 1, 1), (1, None, 1)])
def test_greatest(store, first, second, greatest):
    integer = sa.BigInteger()
    column = sa.literal(first, integer)
    assert evaluate(store, dialect.greatest(column, sa.literal(second, integer))) == greatest


def test_greatest_of_times(store):
    async def body(tx):
        await add_flow(tx, "a")
        later = tx.now.replace(year=2027)
        latest = dialect.greatest(flows.c.updated, later)
        return (
            later,
            await tx.fetch_value(sa.select(latest.label("latest"))),
            await tx.execute(flows.update().values(updated=latest)),
        )

    later, found, updated = store.write(body)
    assert found == later and updated == 1


def test_upsert_updates_what_is_there(store):
    upsert = dialect.upsert(flows, key=["name"], update=["tags", "updated"])

    async def body(tx):
        first = await tx.execute(upsert, flow(tx, "a", tags=["old"]))
        second = await tx.fetch_one(upsert.returning(flows.c.id, flows.c.tags), flow(tx, "a", tags=["new"]))
        return first, second["tags"], await flow_names(tx)

    assert store.write(body) == (1, ["new"], ["a"])


def test_upsert_that_updates_nothing_leaves_the_row(store):
    ignore = dialect.upsert(flows, key=["name"], update=[])

    async def body(tx):
        counts = [await tx.execute(ignore, flow(tx, "a", tags=[tag])) for tag in ("old", "new")]
        rows = [flow(tx, name) for name in ("a", "b", "b")]
        return counts, await tx.execute_many(ignore, rows), await tx.fetch_value(sa.select(flows.c.tags))

    assert store.write(body) == ([1, 0], 1, ["old"])


def test_upsert_under_a_condition(store):
    newer = dialect.upsert(
        flows,
        key=["name"],
        update=["updated"],
        where=flows.c.updated < sa.bindparam("limit", type_=dialect.Timestamp()),
    )

    async def body(tx):
        row, later = flow(tx, "a"), tx.now.replace(year=2027)
        return [
            await tx.execute(newer, row | {"limit": tx.now}),
            await tx.execute(newer, row | {"updated": later, "limit": tx.now}),
            await tx.execute(newer, row | {"updated": later, "limit": later}),
        ]

    assert store.write(body) == [1, 0, 1]


def test_claiming_locks_and_returns(store):
    """The shape of a claim: pick some due rows, skipping what others hold, and move them."""
    due = (
        sa.select(flow_runs.c.id)
        .where(
            flow_runs.c.state_type == "SCHEDULED",
            flow_runs.c.next_scheduled_start_time <= sa.bindparam("due"),
        )
        .order_by(flow_runs.c.next_scheduled_start_time, flow_runs.c.id)
        .limit(sa.bindparam("many"))
        .with_for_update(skip_locked=True)
    )
    claim = (
        flow_runs.update()
        .where(flow_runs.c.id.in_(due.scalar_subquery()))
        .values(state_type="PENDING", state_name="Pending")
        .returning(flow_runs.c.id, flow_runs.c.name)
    )

    async def body(tx):
        flow_id = await add_flow(tx, "etl")
        runs = [await add_run(tx, flow_id, name=f"run-{number}") for number in range(3)]
        taken = await tx.fetch_all(claim, {"due": tx.now, "many": 2})
        rest = await tx.fetch_all(claim, {"due": tx.now, "many": 2})
        return runs, taken, rest

    runs, taken, rest = store.write(body)
    assert len(taken) == 2 and len(rest) == 1
    assert {row["id"] for row in taken + rest} == set(runs)


def test_lists_of_any_length(store):
    async def body(tx):
        ids = [await add_flow(tx, f"flow-{number}") for number in range(5)]
        counts = []
        for some in ([], ids[:1], ids[:3], ids, ids * 300):
            found = sa.select(sa.func.count()).select_from(flows).where(flows.c.id.in_(some))
            counts.append(await tx.fetch_value(found))
        named = sa.select(flows.c.name).where(flows.c.name.in_(sa.bindparam("names", expanding=True)))
        for names in (["flow-1"], ["flow-1", "flow-2", "other"], []):
            counts.append(len(await tx.fetch_all(named, {"names": names})))
        return counts

    assert store.write(body) == [0, 1, 3, 5, 5, 1, 2, 0]


def test_text_is_found_whatever_its_case(store):
    async def body(tx):
        await add_flow(tx, "Daily_ETL")
        await add_flow(tx, "Daily-100%/été")
        found = []
        for part in ("etl", "_", "%", "100%/", "dAILy", "x", "-1", "été", "T\u00e9"):
            rows = await tx.fetch_all(
                sa.select(flows.c.name).where(dialect.contains_text(flows.c.name, part))
            )
            found.append(len(rows))
        return found

    assert store.write(body) == [1, 1, 1, 1, 2, 0, 1, 1, 1]


def test_conditions_on_json_do_not_disturb_the_cache(store):
    async def body(tx):
        await add_flow(tx, "a", tags=["x"])
        found = []
        for wanted in (["x"], ["y"], ["x"], []):
            rows = await tx.fetch_all(sa.select(flows.c.name).where(dialect.has_all(flows.c.tags, wanted)))
            found.append(len(rows))
        paths = [
            await tx.fetch_value(
                sa.select(dialect.json_text(sa.literal({"a": "1", "b": "2"}, dialect.Json()), key))
            )
            for key in ("a", "b")
        ]
        return found, paths

    assert store.write(body) == ([1, 0, 1, 1], ["1", "2"])


def test_searchable_columns_have_an_index_on_postgresql(postgres):
    indexes = sa.text("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%USING gin%'").columns(
        sa.column("indexname", sa.Text())
    )
    rows = postgres.read(lambda tx: tx.fetch_all(indexes))
    names = {row["indexname"] for row in rows}
    assert names == {"ix_flows_tags", "ix_deployments_tags", "ix_flow_runs_tags", "ix_task_runs_tags"}


@pytest.mark.parametrize(
    "condition",
    [
        sa.or_(*(flows.c.name == str(number) for number in range(2_000))),
        flows.c.name.in_(["x"] * 260_000),
    ],
    ids=["deep", "long"],
)
def test_more_than_fits_one_statement_is_the_fault_of_who_asks(sqlite_server, condition):
    with pytest.raises(UnsupportedValue, match="More is asked for"):
        evaluate(sqlite_server, condition)


beginnings = st.text(
    st.sampled_from(["a", "b", ".", "-", "\ud7ff", "\ue000", "\U0010ffff", "é", "A"]), max_size=4
)


@EXAMPLES
@given(text=beginnings, beginning=beginnings)
def test_how_texts_begin(store, text, beginning):
    held = sa.literal(text, dialect.Text())
    assert evaluate(store, dialect.begins_with(held, beginning)) is text.startswith(beginning)
    assert evaluate(store, dialect.comes_after(held, sa.literal(beginning, dialect.Text()))) is (
        text > beginning
    )


def test_texts_stand_in_the_order_of_their_code_points(store):
    """Where people's languages would have `-` count for nothing, and `a` before `B`."""
    names = ["a-c", "B", "ab", "a.b", "é", "a"]

    async def body(tx):
        for name in names:
            await add_flow(tx, name)
        found = await tx.fetch_all(sa.select(flows.c.name).order_by(dialect.in_order(flows.c.name)))
        return [row["name"] for row in found]

    assert store.write(body) == sorted(names)
