"""Windows on a log: any stretch of it by place, whatever the times of its lines; where words are in it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from penstock.contract.log_windows import LogHitQuery, LogLineFilter, LogWindowQuery
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import TaskRunCreate
from penstock.db.statements import logs as statements
from penstock.db.tables import logs
from penstock.domain.errors import InvalidInput, NotFound
from penstock.server import log_facets

START = datetime(2026, 3, 1, tzinfo=UTC)


def line_of(run, number, **given):
    given.setdefault("timestamp", START + timedelta(seconds=number))
    given.setdefault("level", 20)
    given.setdefault("message", f"line {number}")
    return LogCreate(id=UUID(int=number), name=given.pop("name", "flow"), flow_run_id=run.id, **given)


def write(world, *lines):
    world.call("create_logs", body=list(lines))


def window(world, run, **given):
    return world.call("read_log_window", id=run.id, body=LogWindowQuery(**given))


def numbers(answer):
    return [line.id.int for line in answer.lines]


def hits(world, run, text, **given):
    found = world.call("find_log_lines", id=run.id, body=LogHitQuery(text=text, **given))
    return found.positions, found.complete


@pytest.fixture
def run(world):
    """A run with 40 lines, beside another one that writes at the same times."""
    run, other = world.own_run(), world.own_run()
    write(world, *(line_of(run, number) for number in range(1, 41)))
    write(world, *(line_of(other, number) for number in range(101, 121)))
    return run


@pytest.mark.parametrize(
    ("asked", "position", "first", "last"),
    [
        ({}, 0, 1, 10),
        ({"position": 5}, 5, 6, 15),
        ({"position": 17}, 17, 18, 27),
        ({"position": 30}, 30, 31, 40),
        ({"position": 38}, 38, 39, 40),
        ({"tail": True}, 30, 31, 40),
        ({"line": UUID(int=20)}, 14, 15, 24),
        ({"line": UUID(int=2)}, 0, 1, 10),
        ({"line": UUID(int=40)}, 34, 35, 40),
    ],
)
def test_a_stretch_is_found_by_place_by_line_and_from_the_end(world, run, asked, position, first, last):
    answer = window(world, run, limit=10, **asked)
    assert (answer.position, answer.total) == (position, 40)
    assert numbers(answer) == [*range(first, last + 1)]


def test_past_the_end_there_is_nothing(world, run):
    answer = window(world, run, position=400)
    assert (answer.position, answer.total, answer.lines) == (40, 40, [])
    empty = world.own_run()
    for asked in ({}, {"tail": True}, {"position": 3}):
        assert window(world, empty, **asked).lines == []


def test_what_is_not_there_is_named(world, run):
    with pytest.raises(NotFound, match="log line"):
        window(world, run, line=uuid4())
    with pytest.raises(NotFound, match="log line"):
        window(world, run, line=UUID(int=101))
    for name, body in (("read_log_window", LogWindowQuery()), ("find_log_lines", LogHitQuery(text="x"))):
        with pytest.raises(NotFound, match="flow run"):
            world.call(name, id=uuid4(), body=body)
    with pytest.raises(NotFound, match="flow run"):
        world.call("read_log_facets", id=uuid4())


def test_one_place_is_asked_for_at_a_time():
    for both in ({"tail": True, "position": 0}, {"line": uuid4(), "tail": True}):
        with pytest.raises(ValueError, match="one of position, line and tail"):
            LogWindowQuery(**both)


def test_lines_of_one_time_stand_by_their_ids_in_every_window(world):
    run = world.own_run()
    ids = [7, 3, 300, 12, 1, 255, 256, 2, 9, 4]
    write(world, *(line_of(run, number, timestamp=START + timedelta(seconds=number % 2)) for number in ids))
    order = sorted(ids, key=lambda number: (number % 2, number))
    for position in range(len(ids)):
        assert numbers(window(world, run, position=position, limit=3)) == order[position : position + 3]
        found = window(world, run, line=UUID(int=order[position]), limit=1)
        assert (found.position, numbers(found)) == (position, [order[position]])


def test_lines_are_counted_as_they_come(world):
    """New ones and late ones, with a filter and without, while what was there before is not counted again."""
    run = world.own_run()
    errors = LogLineFilter(min_level=40)

    def totals():
        totals = window(world, run).total, window(world, run, filter=errors).total
        assert world.call("read_flow_run_detail", id=run.id).log_count == totals[0]
        return totals

    def ago(seconds):
        return world.clock.now - timedelta(seconds=seconds)

    assert totals() == (0, 0)
    write(world, line_of(run, 1, timestamp=ago(90)), line_of(run, 2, timestamp=ago(1), level=40))
    assert totals() == (2, 1)
    world.clock.advance(seconds=5)
    write(world, line_of(run, 3, timestamp=ago(0), level=40))
    assert totals() == (3, 2)
    write(world, line_of(run, 4, timestamp=ago(3600), level=40))
    assert totals() == (4, 3)
    for more in range(3):
        world.clock.advance(seconds=45)
        write(world, line_of(run, 100 + more, timestamp=ago(30)))
        assert totals() == (5 + more, 3)
    assert numbers(window(world, run, tail=True, limit=2)) == [101, 102]


def test_a_window_shows_what_its_filter_finds(world):
    run = world.own_run()
    task = world.call(
        "create_task_run",
        body=TaskRunCreate(flow_run_id=run.id, task_key="load", dynamic_key="0", name="load-0"),
    ).value
    unknown = uuid4()
    write(
        world,
        line_of(run, 1, level=10, name="etl"),
        line_of(run, 2, level=30, message="Disk NEARLY full, 90%"),
        line_of(run, 3, task_run_id=task.id, name="etl"),
        line_of(run, 4, task_run_id=unknown, level=40, message="disk full"),
        line_of(run, 5, level=40, name="etl", message="given up"),
    )

    def found(**given):
        return numbers(window(world, run, filter=LogLineFilter(**given)))

    assert found() == [1, 2, 3, 4, 5]
    assert found(min_level=30) == [2, 4, 5]
    assert found(loggers=["etl"]) == [1, 3, 5]
    assert found(loggers=[]) == []
    assert found(task_run_ids=[task.id]) == [3]
    assert found(task_run_ids=[task.id, unknown]) == [3, 4]
    assert found(outside_tasks=True, min_level=40) == [5]
    assert found(text="DISK") == [2, 4]
    assert found(text="90% nothing") == [2]
    assert found(text="9_%") == []
    assert found(text="etl -given") == [1, 3]
    answer = window(world, run, filter=LogLineFilter(min_level=30), tail=True, limit=2)
    assert (numbers(answer), answer.position, answer.total) == ([4, 5], 1, 3)
    # A line that the filter does not find is where it would be.
    assert window(world, run, filter=LogLineFilter(min_level=30), line=UUID(int=3), limit=1).position == 1
    assert window(world, run).task_names == {str(task.id): "load-0"}


def test_tasks_of_other_runs_are_not_this_run_s(world):
    run, other = world.own_run(), world.own_run()
    task = uuid4()
    write(world, line_of(run, 1, task_run_id=task), line_of(other, 2, task_run_id=task))
    assert numbers(window(world, run, filter=LogLineFilter(task_run_ids=[task]))) == [1]


def test_words_are_found_by_the_places_of_their_lines(world):
    run = world.own_run()
    words = ["start", "a needle", "hay", "hay", "A NEEDLE again", "hay", "needle"]
    write(world, *(line_of(run, number, message=word) for number, word in enumerate(words, 1)))
    assert hits(world, run, "needle") == ([1, 4, 6], True)
    assert hits(world, run, "needle", limit=2) == ([1, 4], False)
    assert hits(world, run, "needle", limit=3) == ([1, 4, 6], True)
    assert hits(world, run, "start") == ([0], True)
    assert hits(world, run, "nothing") == ([], True)
    assert hits(world, run, "needle", filter=LogLineFilter(text="-hay")) == ([1, 2, 3], True)


def test_what_there_is_to_filter_by_is_counted(world):
    run = world.own_run()
    write(
        world,
        *(line_of(run, number, level=20, name="etl") for number in range(1, 4)),
        line_of(run, 4, level=35, name="http"),
        line_of(run, 5, level=40, name="etl"),
    )
    told = world.call("read_log_facets", id=run.id)
    assert (told.total, told.levels, told.loggers) == (5, {20: 3, 35: 1, 40: 1}, {"etl": 4, "http": 1})
    assert [*told.loggers] == ["etl", "http"]
    none = world.call("read_log_facets", id=world.own_run().id)
    assert (none.total, none.levels, none.loggers) == (0, {}, {})


def test_levels_and_loggers_are_counted_as_lines_come_and_go(world, monkeypatch):
    """New ones, late ones, and those that another server took or deleted; few loggers or very many."""
    run = world.own_run()
    expected = []

    def more(number, seconds, level, name, through=write):
        expected.append((level, name))
        through(world, line_of(run, number, level=level, name=name, timestamp=ago(seconds)))

    def ago(seconds):
        return world.clock.now - timedelta(seconds=seconds)

    def told():
        answer = world.call("read_log_facets", id=run.id)
        levels, names = (Counter(each[place] for each in expected) for place in (0, 1))
        assert (answer.total, answer.levels, answer.loggers) == (len(expected), levels, names)
        assert [*answer.levels] == sorted(answer.levels)

    def elsewhere(world, line):
        names = {*LogCreate.__struct_fields__} - {"worker_id"}
        row = {name: getattr(line, name) for name in names}
        world.store.write(lambda tx: tx.execute_many(statements.keep(), [row | {"created": tx.now}]))

    for most in (1_000, 1):
        monkeypatch.setattr(log_facets, "_MOST_LOGGERS", most)
        told()
        more(most + 1, 90, 20, "etl")
        more(most + 2, 1, 40, "http")
        told()
        more(most + 3, 3600, 35, "etl")
        told()
        more(most + 4, 1800, 35, "http", elsewhere)
        world.clock.advance(seconds=11)
        told()
        for _ in range(5):
            world.clock.advance(seconds=45)
            told()
        more(most + 5, 0, 20, "etl")
        told()
        world.store.write(lambda tx: tx.execute(logs.delete().where(logs.c.flow_run_id == run.id)))
        expected.clear()
        world.clock.advance(seconds=11)
        told()


def test_so_many_words_are_looked_for_at_once(world, run):
    many = " ".join(f"w{number}" for number in range(99))
    assert hits(world, run, f"{many} 7", filter=LogLineFilter(text=f"{many} line"))[0] == [6, 16, 26, 36]
    with pytest.raises(InvalidInput, match="More than 100 words"):
        hits(world, run, f"{many} more still")
