"""Statements are compiled once, and what is asked of them wrongly is refused before the database sees it."""

import functools
import gc
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from penstock.db import compile as compiling
from penstock.db.compile import Compiler
from penstock.db.dialect import sqlalchemy_dialect
from penstock.db.place_tables import flows
from penstock.db.tables import flow_runs


@pytest.fixture(params=["sqlite", "postgresql"])
def compiler(request):
    return Compiler(sqlalchemy_dialect(request.param))


@pytest.fixture
def compilations(compiler, monkeypatch):
    """How often something was really compiled."""
    seen = []
    compile_ = compiler._compile
    monkeypatch.setattr(compiler, "_compile", lambda *args: seen.append(args) or compile_(*args))
    return seen


def by_names(*names):
    return (
        sa.select(flows.c.id).where(flows.c.name == names[0], flows.c.tags == sa.bindparam("tags")).limit(1)
    )


def test_a_statement_object_is_prepared_once(compiler):
    statement = by_names("a")
    assert compiler.prepare(statement) is compiler.prepare(statement, {"tags": []})


def test_statements_of_one_structure_are_compiled_once_and_keep_their_own_values(compiler, compilations):
    values = [compiler.prepare(by_names(name)).bind({"tags": []})[1] for name in ("a", "b", "a")]
    assert len(compilations) == 1
    assert [each[0] for each in values] == ["a", "b", "a"]


def test_an_insert_is_compiled_for_its_columns(compiler, compilations):
    insert = flows.insert()
    for names in (["id", "name"], ["id", "name"], ["name", "id", "created"]):
        prepared = compiler.prepare(insert, dict.fromkeys(names))
        assert set(prepared.bind(dict.fromkeys(names))[1]) == {None}
        assert prepared.sql.count("$" if "$" in prepared.sql else "?") == len(names)
    assert len(compilations) == 2


def test_builders_that_are_cached_cost_one_look_up(compiler, compilations):
    @functools.cache
    def statement():
        return sa.select(flow_runs).where(flow_runs.c.id == sa.bindparam("id"))

    for _ in range(3):
        sql, values = compiler.prepare(statement()).bind({"id": uuid4()})
        assert len(values) == 1 and "flow_runs.total_run_time" in sql
    assert len(compilations) == 1


def test_a_forgotten_statement_is_not_mistaken_for_its_successor(compiler):
    for number in range(200):
        column = flows.c.name if number % 2 else flows.c.id
        prepared = compiler.prepare(sa.select(column))
        assert prepared.columns == (column.name,)
        gc.collect(0)


def test_a_statement_that_is_gone_leaves_no_values_behind(compiler):
    def prepare(count):
        compiler.prepare(sa.select(flows.c.id).where(flows.c.name.in_([f"flow {n}" for n in range(count)])))

    prepare(2)
    known = len(compiler._known)
    for count in range(100):
        prepare(count)
        gc.collect(0)
    assert len(compiler._known) == known


def test_what_is_remembered_is_bounded(compiler, monkeypatch):
    monkeypatch.setattr(compiling, "MAX_SHAPES", 10)
    monkeypatch.setattr(compiling, "MAX_OBJECTS", 10)
    kept = [sa.select(sa.literal(1).label(f"column_{number}")) for number in range(40)]
    for statement in kept:
        compiler.prepare(statement)
    assert len(compiler._known) <= 10 and len(compiler._shapes) <= 10
    assert compiler.prepare(kept[0]).columns == ("column_0",)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (None, "'tags' is missing"),
        ({"tags": [], "tgas": []}, "takes no tgas"),
        ({"name": "a"}, "takes no name"),
    ],
)
def test_values_must_fit_the_statement(compiler, params, message):
    with pytest.raises(TypeError, match=message):
        compiler.prepare(by_names("a"), params).bind(params)


def test_columns_of_an_insert_must_exist(compiler):
    with pytest.raises(TypeError, match="takes no nmae"):
        compiler.prepare(flows.insert(), {"id": uuid4(), "nmae": "a"})


def test_a_missing_list_is_missing(compiler):
    statement = sa.select(flows.c.id).where(flows.c.name.in_(sa.bindparam("names", expanding=True)))
    with pytest.raises(TypeError, match="'names' is missing"):
        compiler.prepare(statement).bind(None)


def test_lists_expand_to_as_many_values(compiler):
    for ids in ([], [uuid4()], [uuid4(), uuid4()]):
        sql, values = compiler.prepare(sa.select(flows.c.name).where(flows.c.id.in_(ids))).bind(None)
        assert len(values) == len(ids)
        assert "POSTCOMPILE" not in sql


def test_two_columns_of_one_name_are_refused(compiler):
    twice = sa.select(flow_runs.c.id.label("id"), flows.c.id.label("id"))
    with pytest.raises(TypeError, match="same name"):
        compiler.prepare(twice)


def test_text_says_its_columns_or_has_no_rows(compiler):
    prepared = compiler.prepare(sa.text("SELECT 1 AS one"))
    with pytest.raises(TypeError, match="columns"):
        prepared.decode([(1,)])
    named = compiler.prepare(sa.text("SELECT 1 AS one").columns(sa.column("one", sa.BigInteger())))
    assert named.decode([(1,)]) == [{"one": 1}]


def test_a_statement_without_a_structure_is_compiled_each_time(compiler, compilations):
    class Odd(FunctionElement):
        inherit_cache = False
        type = sa.Text()

    @compiles(Odd)
    def _odd(element, compiler, **kw):
        return f"odd({compiler.process(element.clauses, **kw)})"

    for value in ("a", "b"):
        statement = sa.select(Odd(sa.literal(value)))
        assert compiler.prepare(statement).bind(None)[1] == [value]
    assert len(compilations) == 2
