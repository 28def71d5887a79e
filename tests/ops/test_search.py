"""Go to anything: the best match first, by names and by ids, and only so many."""

from uuid import uuid4

import pytest

from penstock.contract.search import MAX_OF_A_KIND, SearchQuery
from penstock.contract.task_runs import TaskRunCreate
from penstock.contract.variables import VariableCreate
from penstock.db.statements import search as statements
from penstock.server import run_pages


def found(world, text):
    return world.call("search", body=SearchQuery(text=text)).found


def told(world, text):
    return [(each.subject.kind, each.subject.name, each.subject.within) for each in found(world, text)]


@pytest.fixture
def etl(world):
    world.pool("etl-pool"), world.queue("etl-queue", pool="etl-pool")
    world.call("create_variable", body=VariableCreate(name="etl_region", value="eu"))
    return world.deployment("etl", pool="etl-pool", description="Loads.\nEvery day.")


def test_all_kinds_are_found_the_best_first(world, etl):
    run = world.run_of(etl, name="the-etl-run")
    assert told(world, "ETL") == [
        ("flow", "etl", None),
        ("deployment", "etl", "etl"),
        ("work_pool", "etl-pool", None),
        ("work_queue", "etl-queue", "etl-pool"),
        ("variable", "etl_region", None),
        ("flow_run", "the-etl-run", "etl"),
    ]
    details = {each.subject.kind: each.detail for each in found(world, "etl")}
    assert (details["deployment"], details["work_pool"], details["flow"]) == ("Loads.", "process", None)
    (by_name,) = found(world, "the-etl")
    assert (by_name.state_type, by_name.subject.id) == ("SCHEDULED", run.id)
    assert by_name.detail == "2026-03-29 00:59 UTC"


def test_runs_and_tasks_are_found_by_the_beginning_of_an_id(world, etl):
    run = world.run_of(etl)
    task = world.call(
        "create_task_run",
        body=TaskRunCreate(id=uuid4(), flow_run_id=run.id, task_key="t", dynamic_key="0", name="task"),
    ).value
    for digits in (8, 14, 36):
        assert ("flow_run", run.name, "etl") in told(world, str(run.id)[:digits])
    for digits in (13, 36):
        assert told(world, str(task.id)[:digits]) == [("task_run", "task", run.name)]


def test_anything_is_found_by_its_whole_id(world, etl):
    assert told(world, str(etl.id)) == [("deployment", "etl", "etl")]
    assert told(world, f" {str(etl.flow_id).upper()} ") == [("flow", "etl", None)]
    assert told(world, str(etl.work_queue_id)) == [("work_queue", "default", "etl-pool")]
    assert told(world, str(uuid4())) == []


@pytest.mark.parametrize("text", ["  ", "%", "nothing like it", "\\"])
def test_what_is_not_there_is_not_found(world, etl, text):
    assert told(world, text) == []


def test_so_many_of_a_kind_and_no_more(world, etl):
    for number in range(MAX_OF_A_KIND + 2):
        world.flow(f"same-{number}")
        world.run_of(etl, due=world.later(minutes=number), name=f"same-{number}")
    kinds = [each.subject.kind for each in found(world, "same")]
    assert kinds == ["flow"] * MAX_OF_A_KIND + ["flow_run"] * MAX_OF_A_KIND
    assert found(world, "same")[-MAX_OF_A_KIND].subject.name == f"same-{MAX_OF_A_KIND + 1}"


def test_only_the_newest_runs_are_looked_through_where_many_have_it(world, etl, monkeypatch):
    monkeypatch.setattr(statements, "NEWEST_RUNS", 1)
    world.run_of(etl, name="older-run")
    world.run_of(etl, due=world.later(hours=1), name="newer-run")
    every = [("flow_run", "newer-run", "etl"), ("flow_run", "older-run", "etl")]
    assert told(world, "er-run") == every
    assert told(world, "older") == every[1:]
    monkeypatch.setattr(run_pages, "FEW", 1)
    assert told(world, "er-run") == [("flow_run", "newer-run", "etl")]
