"""Runs with a text in their names are those whose names have it in them, however they are found."""

import asyncio
from random import Random
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from tests.db.rows import add_flow

from penstock.contract.filters import FlowRunFilter, TaskRunFilter, TaskRunStateFilter
from penstock.contract.flow_runs import FlowRunCriteria, FlowRunQuery, FlowRunUpdate
from penstock.contract.operators import TextIn, TextInOrLike
from penstock.contract.run_lists import FlowRunListQuery
from penstock.contract.task_runs import TaskRunCriteria, TaskRunQuery
from penstock.db.checks import check
from penstock.db.name_tables import run_name_stems
from penstock.db.statements import filters, rows, run_names
from penstock.db.tables import flow_runs, task_runs
from penstock.server import name_search, run_pages, run_selection
from penstock.server.services import name_stems
from penstock.server.services.name_stems import NameStems

PIECES = ["train", "Train", "-", "_", "%", "/", "\\", "'", '"', " ", "a", "F", "1", "0", "1f", "Fe", "beef"]
PIECES += ["x", "g", "`", "[", "é", "É", "ß", "ö", "Ö", "я", "Я", "日本", "😀", "\u0301", "Σ", "σ", "ς"]
PIECES += ["\ue000", "\U0010ffff"]
KINDS = {
    "flow_runs": (flow_runs, FlowRunFilter, FlowRunCriteria, FlowRunQuery),
    "task_runs": (task_runs, TaskRunFilter, TaskRunCriteria, TaskRunQuery),
}
_ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def has(name: str, text: str, dialect: str) -> bool:
    """Whether a name has a text in it, in any case of those letters whose case the database knows."""
    if text.isascii() or dialect == "sqlite":
        return text.translate(_ASCII) in name.translate(_ASCII)
    if text.upper() == text.lower():
        return text in name
    return "".join(map(str.lower, text)) in "".join(map(str.lower, name))


def some_name(dice: Random) -> str:
    return "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 5)))


def some_text(dice: Random, names: list[str]) -> str:
    """A text to look for: mostly a part of a name, with letters of another case."""
    if dice.random() < 0.2:
        return some_name(dice)
    name = dice.choice(names)
    start = dice.randrange(len(name))
    part = name[start : start + dice.randint(1, 8)]
    return part.swapcase() if dice.random() < 0.3 and "ß" not in part else part


class Runs:
    """Runs of one kind with odd names; `names` by their ids."""

    def __init__(self, world, kind: str) -> None:
        self.world, self.kind = world, kind
        self.table, self._filter, self._criteria, self._query = KINDS[kind]
        self.flow_id = world.store.write(lambda tx: add_flow(tx, uuid4().hex))
        self.names: dict = {}

    def add(self, *names: str) -> None:
        async def body(tx):
            dated = {"created": tx.now, "updated": tx.now}
            for name in names:
                row = {"id": uuid4(), "name": name, **dated}
                if self.kind == "flow_runs":
                    row |= {"flow_id": self.flow_id, "expected_start_time": tx.now}
                else:
                    row |= {"task_key": "t", "dynamic_key": row["id"].hex}
                await tx.execute(self.table.insert(), row)
                self.names[row["id"]] = name

        self.world.store.write(body)

    def rename(self, id, name: str) -> None:
        async def body(tx):
            await tx.execute(rows.update_by_id(self.table), {"row_id": id, "name": name})

        self.world.store.write(body)
        self.names[id] = name

    def delete(self, *ids) -> None:
        async def body(tx):
            await tx.execute(self.table.delete().where(self.table.c.id.in_(ids)))

        self.world.store.write(body)
        for id in ids:
            del self.names[id]

    def by(self, text: str, **more):
        return {self.kind: self._filter(name=TextInOrLike(like_=text), **more)}

    def count(self, text: str) -> int:
        return self.world.call(f"count_{self.kind}", body=self._criteria(**self.by(text)))

    def listed(self, text: str) -> set:
        found = self.world.call(f"read_{self.kind}", body=self._query(**self.by(text), limit=200))
        return {run.id for run in found}

    def searched(self, text: str) -> set:
        found = self.world.call("list_flow_runs", body=FlowRunListQuery(search=text, limit=200))
        return {row.id for row in found.rows}

    def meant(self, text: str) -> set:
        dialect = self.world.db.dialect
        return {id for id, name in self.names.items() if has(name, text, dialect)}

    def stems(self) -> set[str]:
        async def body(tx):
            asked = sa.select(run_name_stems.c.stem).where(run_name_stems.c.runs == self.kind)
            return {row["stem"] for row in await tx.fetch_all(asked)}

        return self.world.store.read(body)


@pytest.fixture(params=list(KINDS))
def runs(request, world):
    return Runs(world, request.param)


@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_whose_names_have_it_in_them(runs, monkeypatch, seed):
    """After runs were made, renamed and deleted; where nothing is found near, so that all is sought."""
    monkeypatch.setattr(run_pages, "LOOKED_THROUGH", 1)
    dice = Random(seed)
    for _ in range(4):
        runs.add(*(some_name(dice) for _ in range(15)))
        for id in dice.sample(sorted(runs.names), 4):
            runs.rename(id, some_name(dice))
        runs.delete(*dice.sample(sorted(runs.names), 3))
        runs.world.store.run(NameStems(runs.world.db, runs.world.limits).run_once())
        for _ in range(25):
            text = some_text(dice, sorted(runs.names.values()))
            meant = runs.meant(text)
            assert runs.listed(text) == meant, text
            assert runs.count(text) == len(meant), text


def test_a_look_at_each_name_finds_the_same(runs):
    """In letters of which the two databases know different things, too."""
    dice = Random(7)
    runs.add(*(some_name(dice) for _ in range(40)))

    async def counts(tx, form):
        conditions = filters.criteria(runs.table, form)
        looks = [name_search.Sought(runs.table, conditions)]
        looks += [await name_search.sought(tx, runs.table, form, are_all=all_) for all_ in (True, False)]
        found = [await tx.fetch_value(rows.count(look.among, look.conditions)) for look in looks]
        return found, looks[-1].among is not runs.table

    was_sought = 0
    for _ in range(60):
        text = some_text(dice, sorted(runs.names.values()))
        form = runs._criteria(**runs.by(text))
        found, is_sought = runs.world.store.read(lambda tx, form=form: counts(tx, form))
        assert len(set(found)) == 1, text
        was_sought += is_sought
    assert was_sought > 30


@pytest.mark.parametrize("looked_through", [1, 10_000])
@pytest.mark.parametrize("few", [1, 1_000])
@pytest.mark.parametrize("most", [1, 5_000])
def test_many_stems_and_many_runs_are_found_too(runs, monkeypatch, looked_through, few, most):
    monkeypatch.setattr(run_pages, "LOOKED_THROUGH", looked_through)
    monkeypatch.setattr(run_pages, "FEW", few)
    monkeypatch.setattr(run_names, "MOST", most)
    runs.add("train-1", "train-1f", "train-2", "Train-1F2", "retrain-1", "clean-1", "beef", "train-1-x")
    for text in "train TRAIN-1 train-1f n-1 - 1 1-x beef ee nothing nothing1 x".split():
        assert runs.listed(text) == runs.meant(text), text
        assert runs.count(text) == len(runs.meant(text)), text
        if runs.kind == "flow_runs":
            by_id = {id for id in runs.names if str(id).startswith(text.lower())}
            assert runs.searched(text) == runs.meant(text) | by_id, text


def test_what_else_is_asked_is_asked_of_them(world):
    runs = Runs(world, "task_runs")
    runs.add("train-1", "clean-1")
    assert runs.count("train") == 1

    def count(**by):
        return world.call("count_task_runs", body=TaskRunCriteria(task_runs=TaskRunFilter(**by)))

    assert count(name=TextInOrLike(like_="train", any_=["train-1"])) == 1
    assert count(name=TextInOrLike(like_="train", any_=["clean-1"])) == 0
    state = TaskRunStateFilter(name=TextIn(any_=["Completed"]))
    assert count(name=TextInOrLike(like_="train"), state=state) == 0
    either = TaskRunFilter(name=TextInOrLike(like_="train"), state=state, operator="or_")
    assert world.call("count_task_runs", body=TaskRunCriteria(task_runs=either)) == 1


def vars_of(struct):
    return (
        struct
        if isinstance(struct, dict)
        else {name: getattr(struct, name) for name in struct.__struct_fields__}
    )


def test_a_search_finds_old_runs_too_where_they_are_few(world, monkeypatch):
    """Not only among the newest."""
    monkeypatch.setattr(run_selection, "MAX_SCANNED", 1)
    world.pool()
    deployment = world.deployment("daily")
    for number in range(3):
        world.run_of(deployment, world.later(hours=number), name=f"run-{number}")
    found = world.call("list_flow_runs", body=FlowRunListQuery(search="UN-0"))
    assert [row.name for row in found.rows] == ["run-0"]
    assert (found.count, found.since) == (1, None)
    monkeypatch.setattr(run_pages, "FEW", 2)
    assert world.call("list_flow_runs", body=FlowRunListQuery(search="run")).since is not None


def test_a_run_that_is_renamed_is_found_by_its_new_name(world):
    world.pool()
    run = world.run_of(world.deployment("daily"), name="old-1")
    world.call("update_flow_run", id=run.id, body=FlowRunUpdate(name="new-1"))

    def count(text):
        return world.call(
            "count_flow_runs", body=FlowRunCriteria(flow_runs=FlowRunFilter(name=TextInOrLike(like_=text)))
        )

    assert (count("old"), count("new")) == (0, 1)


def test_stems_of_which_no_run_is_left_are_taken_away(runs, monkeypatch):
    monkeypatch.setattr(name_stems, "AT_MOST", 2)
    runs.add("train-1", "clean-1", "join-1", "score-1", "beef", "\U0010ffff")
    assert runs.stems() == {"train-", "clean-", "join-", "score-", "", "\U0010ffff"}
    runs.delete(*(id for id, name in runs.names.items() if name in ("train-1", "join-1", "beef")))
    service = NameStems(runs.world.db, runs.world.limits)

    async def all_rounds():
        done = 0
        while True:
            round_ = await service.run_once()
            done += round_.done
            if round_.again_in > 60:
                return done

    assert runs.world.store.run(all_rounds()) == 2
    # That of names which are digits alone costs nothing, and stays.
    assert runs.stems() == {"clean-", "score-", "", "\U0010ffff"}


def test_a_run_that_is_made_while_its_stem_is_taken_away_is_found(postgres_world, postgres_url):
    """Who takes stems away waits for whoever is making runs, and looks again."""
    world = postgres_world
    runs = Runs(world, "task_runs")
    runs.add("train-1")
    runs.delete(*runs.names)
    service = NameStems(world.db, world.limits)
    make = """INSERT INTO task_runs (id, created, updated, name, task_key, dynamic_key)
        VALUES (gen_random_uuid(), 0, 0, 'train-2', 't', '2')"""

    async def forget():
        done = 0
        while (round_ := await service.run_once()).again_in < 60:
            done += round_.done
        return done + round_.done

    async def race():
        other = await asyncpg.connect(postgres_url)
        try:
            async with other.transaction():
                await other.execute(make)
                forgetting = asyncio.create_task(forget())
                async with asyncio.timeout(60):
                    while not await world.db.read(_somebody_waits):
                        pass
            return await forgetting
        finally:
            await other.close()

    assert world.store.run(race()) == 0
    assert runs.count("train") == 1


async def _somebody_waits(tx) -> bool:
    waiting = sa.text("SELECT count(*) AS n FROM pg_locks WHERE NOT granted").columns(
        sa.column("n", sa.Integer)
    )
    return bool(await tx.fetch_value(waiting))


def test_names_whose_stems_are_missing_are_found_by_a_check(runs):
    runs.add("train-1", "train-2", "clean-1")

    async def lose(tx):
        await tx.execute(run_name_stems.delete().where(run_name_stems.c.stem == "train-"))

    async def finding():
        return [each async for each in check(runs.world.db) if each.check == "names"]

    (found,) = runs.world.store.run(finding())
    assert found.verdict == "ok"
    runs.world.store.write(lose)
    (found,) = runs.world.store.run(finding())
    assert found.verdict == "problem"
    assert found.details == [f"{runs.kind}: the stems of 2 names are missing"]
