"""Artifacts: versions of a key, which of them is the latest, and what goes when runs go."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.conftest import in_thread
from tests.ops.test_nth_failure import Faults, FaultyDatabase, Injected
from tests.ops.world import World

from penstock.contract.artifacts import (
    ArtifactCollectionQuery,
    ArtifactCreate,
    ArtifactQuery,
    ArtifactUpdate,
)
from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.filters import (
    ArtifactCollectionFilter,
    ArtifactFilter,
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
)
from penstock.contract.flow_runs import FlowRunBulkDelete, FlowRunCreate
from penstock.contract.operators import IdIn, IdInOrNot, TextInOrLike, TextInOrLikeOrExists, TextInOrNot
from penstock.contract.task_runs import TaskRunCreate
from penstock.domain.errors import InvalidInput, NotFound
from penstock.server.ops import OPERATIONS


def make(world, key=None, **given):
    """One artifact, a second after the one before."""
    world.clock.advance(seconds=1)
    return world.call("create_artifact", body=ArtifactCreate(key=key, **given))


def found(world, sort="ID_DESC", limit=200, offset=0, **criteria):
    return world.call("read_artifacts", body=ArtifactQuery(sort=sort, limit=limit, offset=offset, **criteria))


def collections(world, sort="KEY_ASC", limit=200, offset=0, **criteria):
    query = ArtifactCollectionQuery(sort=sort, limit=limit, offset=offset, **criteria)
    return world.call("read_latest_artifacts", body=query)


def run_of(world, flow):
    return world.call("create_flow_run", body=FlowRunCreate(flow_id=world.flow(flow).id)).value


def task_run_of(world, run, key="t"):
    body = TaskRunCreate(flow_run_id=run and run.id, task_key=key, dynamic_key=str(uuid4()), name=key)
    return world.call("create_task_run", body=body).value


def test_an_artifact_is_made_read_changed_and_deleted(world):
    data = {"rows": [{"z": 1, "a": None}], "x": "ü"}
    made = make(world, type="mine", description="# d", data=data, metadata_={"a": "b"})
    assert (made.created, made.updated, made.key, made.flow_run_id) == (world.now, world.now, None, None)
    assert world.call("read_artifact", id=made.id) == made
    world.clock.advance(seconds=1)
    world.call("update_artifact", id=made.id, body=ArtifactUpdate(data=[1]))
    changed = world.call("read_artifact", id=made.id)
    assert (changed.data, changed.description, changed.metadata_) == ([1], "# d", {"a": "b"})
    assert (changed.created, changed.updated) == (made.created, world.now)
    world.call("update_artifact", id=made.id, body=ArtifactUpdate(data=None, description=None))
    emptied = world.call("read_artifact", id=made.id)
    assert (emptied.data, emptied.description, emptied.metadata_) == (None, None, {"a": "b"})
    world.call("delete_artifact", id=made.id)
    assert found(world) == []
    for call, more in (
        ("read_artifact", {}),
        ("update_artifact", {"body": ArtifactUpdate(data=1)}),
        ("delete_artifact", {}),
    ):
        with pytest.raises(NotFound, match=f"no artifact {made.id}"):
            world.call(call, id=made.id, **more)


@pytest.mark.parametrize("key", ["", "Report", "a_b", "a b", "ä", "a\n", "x" * 1_001], ids=ascii)
def test_what_is_no_key_is_refused_by_name(sqlite_world, key):
    with pytest.raises(InvalidInput) as refused:
        make(sqlite_world, key)
    assert refused.value.field == "key"
    assert found(sqlite_world) == []


def test_long_metadata_is_cut_and_a_long_type_refused(world):
    made = make(world, metadata_={"a": "x" * 501, "b": "y" * 500})
    assert made.metadata_ == {"a": "x" * 500 + "...", "b": "y" * 500}
    world.call("update_artifact", id=made.id, body=ArtifactUpdate(metadata_={"c": "z" * 900}))
    assert world.call("read_artifact", id=made.id).metadata_ == {"c": "z" * 500 + "..."}
    with pytest.raises(InvalidInput) as refused:
        make(world, type="t" * 1_001)
    assert refused.value.field == "type"


def test_those_of_one_key_are_versions_of_a_collection(world):
    first = make(world, "report", data=1, type="table")
    (begun,) = collections(world)
    assert (begun.latest_id, begun.created, begun.data) == (first.id, world.now, 1)
    second = make(world, "report", data=2)
    make(world, "other")
    make(world)
    other, report = collections(world)
    assert (other.key, report.key) == ("other", "report")
    assert (report.id, report.created) == (begun.id, begun.created)
    assert (report.latest_id, report.data, report.type, report.updated) == (
        second.id,
        2,
        None,
        second.created,
    )
    assert world.call("read_latest_artifact", key="report") == second
    assert world.call("count_latest_artifacts", body=ArtifactCollectionQuery()) == 2
    assert world.call("count_artifacts", body=ArtifactQuery()) == 4
    with pytest.raises(NotFound, match="no artifact 'nothing'"):
        world.call("read_latest_artifact", key="nothing")


def test_a_change_of_the_latest_shows_in_its_collection(world):
    first, second = make(world, "report", data=1), make(world, "report", data=2)
    before = world.now
    world.clock.advance(seconds=5)
    world.call("update_artifact", id=first.id, body=ArtifactUpdate(data=10))
    assert [(each.data, each.updated) for each in collections(world)] == [(2, before)]
    world.call("update_artifact", id=second.id, body=ArtifactUpdate(data=20))
    assert [(each.data, each.updated) for each in collections(world)] == [(20, world.now)]


def test_where_the_latest_goes_the_one_before_takes_its_place(world):
    versions = [make(world, "report", data=number) for number in range(4)]
    begun = collections(world)[0].id
    world.call("delete_artifact", id=versions[1].id)
    assert world.call("read_latest_artifact", key="report") == versions[3]
    world.call("delete_artifact", id=versions[3].id)
    assert world.call("read_latest_artifact", key="report") == versions[2]
    world.call("delete_artifact", id=versions[2].id)
    assert [(each.id, each.latest_id) for each in collections(world)] == [(begun, versions[0].id)]
    world.call("delete_artifact", id=versions[0].id)
    assert collections(world) == []
    with pytest.raises(NotFound):
        world.call("read_latest_artifact", key="report")
    again = make(world, "report")
    assert collections(world)[0].id != begun
    assert world.call("read_latest_artifact", key="report") == again


def test_artifacts_go_with_their_flow_run(world):
    gone, stays = world.own_run(), world.own_run()
    task = task_run_of(world, gone)
    older = make(world, "report", flow_run_id=stays.id)
    make(world, "report", flow_run_id=gone.id)
    make(world, "report", flow_run_id=gone.id, task_run_id=task.id)
    make(world, "only-there", flow_run_id=gone.id)
    make(world, flow_run_id=gone.id)
    world.call("delete_flow_run", id=gone.id)
    assert found(world) == [older]
    assert [(each.key, each.latest_id) for each in collections(world)] == [("report", older.id)]
    query = FlowRunBulkDelete(flow_runs=FlowRunFilter(id=IdInOrNot(any_=[stays.id])))
    world.call("bulk_delete_flow_runs", body=query)
    assert found(world) == collections(world) == []


def test_artifacts_go_with_their_flow(world):
    run = world.own_run()
    other = run_of(world, "other")
    make(world, "report", flow_run_id=other.id)
    make(world, "report", flow_run_id=run.id)
    world.call("delete_flow", id=run.flow_id)
    assert [each.flow_run_id for each in found(world)] == [other.id]
    assert [each.flow_run_id for each in collections(world)] == [other.id]


def test_a_task_run_takes_along_only_what_no_flow_run_has(world):
    run = world.own_run()
    inside, alone = task_run_of(world, run), task_run_of(world, None)
    kept = make(world, "a", flow_run_id=run.id, task_run_id=inside.id)
    make(world, "b", task_run_id=alone.id)
    world.call("delete_task_run", id=inside.id)
    world.call("delete_task_run", id=alone.id)
    assert found(world) == [kept]
    assert [each.key for each in collections(world)] == ["a"]


def test_an_artifact_may_come_before_its_run_is_known(world):
    """Task runs are recorded in batches; the reference takes any id, too."""
    made = make(world, flow_run_id=uuid4(), task_run_id=uuid4())
    assert found(world, artifacts=ArtifactFilter(flow_run_id=IdIn(any_=[made.flow_run_id]))) == [made]


def test_artifacts_are_found_by_what_they_are(world):
    run = world.own_run()
    a = make(world, "a-one", type="table", flow_run_id=run.id)
    b = make(world, "b-one", type="markdown", task_run_id=uuid4())
    c = make(world, "b-two", type="markdown")
    d = make(world)

    def ids(**by):
        criteria = ArtifactFilter(**by)
        listed = [each.id for each in found(world, artifacts=criteria)]
        assert world.call("count_artifacts", body=ArtifactQuery(artifacts=criteria)) == len(listed)
        return listed

    key, kind = TextInOrLikeOrExists, TextInOrNot
    assert ids() == [d.id, c.id, b.id, a.id]
    assert ids(id=IdIn(any_=[a.id, d.id])) == [d.id, a.id]
    assert ids(id=IdIn(any_=[])) == []
    assert ids(key=key(any_=["a-one", "b-two"])) == [c.id, a.id]
    assert ids(key=key(like_="ONE")) == [b.id, a.id]
    assert ids(key=key(exists_=True)) == [c.id, b.id, a.id]
    assert ids(key=key(exists_=False)) == [d.id]
    assert ids(flow_run_id=IdIn(any_=[run.id])) == [a.id]
    assert ids(task_run_id=IdIn(any_=[b.task_run_id])) == [b.id]
    assert ids(type=kind(any_=["markdown"])) == [c.id, b.id]
    assert ids(type=kind(not_any_=["markdown"])) == [d.id, a.id]
    assert ids(operator="or_", type=kind(any_=["table"]), key=key(any_=["b-two"])) == [c.id, a.id]


def test_artifacts_are_found_by_their_runs(world):
    world.pool()
    deployment = world.deployment()
    body = DeploymentFlowRunCreate(name="mine")
    run = world.call("create_flow_run_from_deployment", id=deployment.id, body=body).value
    other = run_of(world, "other")
    task = task_run_of(world, other, key="load")
    of_run = make(world, "a", flow_run_id=run.id)
    of_task = make(world, "b", flow_run_id=other.id, task_run_id=task.id)
    make(world, "c")

    def ids(**criteria):
        listed = [each.id for each in found(world, **criteria)]
        heads = [each.latest_id for each in collections(world, sort="KEY_DESC", **criteria)]
        assert heads == listed
        assert world.call("count_artifacts", body=ArtifactQuery(**criteria)) == len(listed)
        query = ArtifactCollectionQuery(**criteria)
        assert world.call("count_latest_artifacts", body=query) == len(listed)
        return listed

    named = TextInOrLike
    assert ids(flow_runs=FlowRunFilter(name=named(any_=["mine"]))) == [of_run.id]
    assert ids(flows=FlowFilter(name=named(any_=["other"]))) == [of_task.id]
    assert ids(flows=FlowFilter(name=named(like_="t"))) == [of_task.id, of_run.id]
    assert ids(deployments=DeploymentFilter(name=named(any_=["daily"]))) == [of_run.id]
    assert ids(task_runs=TaskRunFilter(name=named(any_=["load"]))) == [of_task.id]
    both = {
        "flows": FlowFilter(name=named(any_=["etl"])),
        "task_runs": TaskRunFilter(id=IdIn(any_=[task.id])),
    }
    assert ids(**both) == []


def test_collections_are_found_by_their_latest(world):
    run = uuid4()
    make(world, "a", type="table", flow_run_id=run)
    a = make(world, "a", type="markdown")
    b = make(world, "b", type="table", flow_run_id=run, task_run_id=uuid4())

    def keys(**by):
        criteria = ArtifactCollectionFilter(**by)
        listed = [each.key for each in collections(world, artifacts=criteria)]
        query = ArtifactCollectionQuery(artifacts=criteria)
        assert world.call("count_latest_artifacts", body=query) == len(listed)
        return listed

    assert keys() == ["a", "b"]
    assert keys(type=TextInOrNot(any_=["table"])) == ["b"]
    assert keys(type=TextInOrNot(not_any_=["table"])) == ["a"]
    assert keys(flow_run_id=IdIn(any_=[run])) == ["b"]
    assert keys(task_run_id=IdIn(any_=[b.task_run_id])) == ["b"]
    assert keys(latest_id=IdIn(any_=[a.id])) == ["a"]
    assert keys(key=TextInOrLikeOrExists(any_=["b"], exists_=True)) == ["b"]
    assert keys(key=TextInOrLikeOrExists(exists_=False)) == []


@pytest.mark.parametrize("sort", ["CREATED_DESC", "UPDATED_DESC", "ID_DESC", "KEY_DESC", "KEY_ASC"])
def test_artifacts_stand_in_each_order_in_pages_that_add_up(world, sort):
    made = [make(world, key) for key in ("b", "a", None, "c", None, "a")]
    world.clock.advance(seconds=1)
    world.call("update_artifact", id=made[1].id, body=ArtifactUpdate(data=1))
    b, a, none, c, none_again, a_again = (each.id for each in made)
    expected = {
        "CREATED_DESC": [a_again, none_again, c, none, a, b],
        "UPDATED_DESC": [a, a_again, none_again, c, none, b],
        "ID_DESC": [a_again, none_again, c, none, a, b],
        "KEY_DESC": [c, b, a_again, a, none_again, none],
        "KEY_ASC": [a, a_again, b, c, none_again, none],
    }[sort]
    assert [each.id for each in found(world, sort)] == expected
    for size in (1, 3, 4):
        pages = [found(world, sort, limit=size, offset=offset) for offset in range(0, 9, size)]
        assert [each.id for page in pages for each in page] == expected
    heads = [each.key for each in collections(world, sort)]
    assert heads == {"KEY_DESC": ["c", "b", "a"], "KEY_ASC": ["a", "b", "c"]}.get(
        sort, {"UPDATED_DESC": ["a", "c", "b"]}.get(sort, ["c", "a", "b"])
    )
    assert [each.key for each in collections(world, sort, limit=1, offset=1)] == [heads[1]]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(["a", "b", None]), st.sampled_from([None, 0, 1])),
        st.tuples(st.just("delete"), st.integers(0, 20)),
        st.tuples(st.just("delete run"), st.integers(0, 1)),
        st.tuples(st.just("delete flow")),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_made_and_deleted_each_key_shows_its_newest(sqlite_world, steps):
    world = sqlite_world
    for left in found(world):
        world.call("delete_artifact", id=left.id)
    runs, model = {0: None, 1: None}, []
    for step, *what in steps:
        if step == "make":
            key, number = what
            if number is not None and runs[number] is None:
                runs[number] = run_of(world, f"flow-{number}")
            model.append(
                (make(world, key, flow_run_id=runs[number].id if number is not None else None), number)
            )
        elif step == "delete" and model:
            gone, _ = model.pop(what[0] % len(model))
            world.call("delete_artifact", id=gone.id)
        elif step in ("delete run", "delete flow"):
            number = what[0] if what else 0
            if runs[number] is not None:
                run, runs[number] = runs[number], None
                call, id = (
                    ("delete_flow_run", run.id) if step == "delete run" else ("delete_flow", run.flow_id)
                )
                world.call(call, id=id)
                model = [each for each in model if each[1] != number]
        newest = {each.key: each.id for each, _ in model if each.key is not None}
        assert {each.key: each.latest_id for each in collections(world)} == newest
        assert {each.id for each in found(world)} == {each.id for each, _ in model}


@pytest.mark.parametrize("when", ["before", "after"])
def test_whatever_fails_nothing_is_half_done(served_world, when):
    """Each thing in turn that is said to the database, until nothing is left to fail."""
    world, sane = served_world, served_world.db
    older = make(world, "report", data=1)

    def insists(faults, act, unchanged):
        """Does it until it works; meanwhile all is as it was."""
        while True:
            try:
                world.db = FaultyDatabase(sane, faults)
                return act()
            except Injected:
                world.db = sane
                assert collections(world)[0].latest_id == unchanged
            finally:
                world.db = sane

    for at in range(1, 30):
        faults = Faults(at, when)
        made = insists(faults, lambda: make(world, "report", data=2), older.id)
        assert {each.id for each in found(world)} == {older.id, made.id}
        assert collections(world)[0].latest_id == made.id
        gone = made.id
        insists(faults, lambda: world.call("delete_artifact", id=gone), gone)  # noqa: B023 - called at once
        assert [each.id for each in found(world)] == [older.id]
        assert collections(world)[0].latest_id == older.id
        if faults.at:
            return
    raise AssertionError("the story has no end")


def test_those_who_delete_and_make_at_once_leave_each_key_a_latest(served_world):
    """On PostgreSQL each in a transaction of its own, and on several servers."""
    world = served_world
    keys = ("a", "b")

    async def race():
        made = [
            await world.acall("create_artifact", body=ArtifactCreate(key=key))
            for key in keys
            for _ in range(30)
        ]
        kept = [made[0], made[30]]
        gone = [each for each in made if each not in kept]
        work = [world.acall("delete_artifact", id=each.id) for each in reversed(gone)]
        more = [
            world.acall("create_artifact", body=ArtifactCreate(key=key)) for key in keys for _ in range(10)
        ]
        order = [*work[:20], *more, *work[20:]]
        await asyncio.gather(*order)

    world.store.run(race())
    there = {each.id: each.key for each in found(world)}
    heads = {each.key: each.latest_id for each in collections(world)}
    assert heads.keys() == set(keys)
    assert {key: there[id] for key, id in heads.items()} == {key: key for key in keys}
    assert len(there) == 22
    for id in there:
        world.call("delete_artifact", id=id)
    assert collections(world) == []


def test_what_is_newest_may_go_while_it_becomes_the_latest(postgres):
    """Another server deletes the version before between the look for it and its promotion."""
    world = World(postgres)
    oldest, older, latest = (make(world, "report") for _ in range(3))

    async def act(db):
        delete = OPERATIONS["delete_artifact"].function
        await db.write(lambda tx: delete(tx, world.me, id=older.id))

    def meanwhile():
        in_thread(lambda: asyncio.run(elsewhere()))

    async def elsewhere():
        db = world.store.open()
        await db.start()
        await act(db)
        await db.close()

    class Watched:
        """A transaction; once the newest version was looked for, something happens elsewhere."""

        def __init__(self, tx):
            self._tx, self._is_first = tx, True

        def __getattr__(self, name):
            return getattr(self._tx, name)

        async def fetch_value(self, statement, params=None):
            value = await self._tx.fetch_value(statement, params)
            if self._is_first:
                self._is_first = False
                meanwhile()
            return value

    delete = OPERATIONS["delete_artifact"].function
    world.store.write(lambda tx: delete(Watched(tx), world.me, id=latest.id))
    assert [(each.key, each.latest_id) for each in collections(world)] == [("report", oldest.id)]
