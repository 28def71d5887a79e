"""Log lines, variables and flows."""

import csv
import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from penstock.contract.filters import FlowFilter, LogFilter, VariableFilter
from penstock.contract.flows import FlowBulkDelete, FlowCreate, FlowPageQuery, FlowQuery, FlowUpdate
from penstock.contract.logs import LogCreate, LogQuery
from penstock.contract.operators import (
    AtLeastAtMost,
    Between,
    IdIn,
    IdInOrNull,
    TagsAll,
    TextInOrLike,
    TextSearch,
)
from penstock.contract.variables import VariableCreate, VariableQuery, VariableUpdate
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound, TooLarge
from penstock.domain.ids import new_id

SECOND = timedelta(seconds=1)


def line(world, message, *, level=20, name="penstock.flow_runs", **given):
    given.setdefault("timestamp", world.now)
    return LogCreate(name=name, level=level, message=message, **given)


def messages(world, sort="TIMESTAMP_ASC", **filter):
    query = LogQuery(logs=LogFilter(**filter), sort=sort)
    return [found.message for found in world.call("read_logs", body=query)]


def test_lines_are_kept_in_the_order_of_their_times(world):
    run = uuid4()
    lines = [
        line(world, str(number), timestamp=world.now + (5 - number) * SECOND, flow_run_id=run)
        for number in range(3)
    ]
    world.call("create_logs", body=lines)
    assert messages(world) == ["2", "1", "0"]
    assert messages(world, "TIMESTAMP_DESC") == ["0", "1", "2"]
    found = world.call("read_logs", body=LogQuery(limit=1))[0]
    assert (found.level, found.name, found.flow_run_id, found.created) == (20, lines[0].name, run, world.now)


def test_a_line_with_an_id_is_kept_once(world):
    sent = line(world, "once", id=new_id(world.now))
    world.call("create_logs", body=[sent, line(world, "other")])
    world.call("create_logs", body=[sent])
    assert sorted(messages(world)) == ["once", "other"]


def test_nothing_that_is_printed_stops_a_batch(world):
    sent = [
        line(world, "nul \0"),
        line(world, "x" * 70_000),
        line(world, "🌙 ö \ud83d"),
        line(world, "", level=2**60),
    ]
    world.call("create_logs", body=sent)
    kept = messages(world)
    assert {"nul �", "🌙 ö �", ""} <= set(kept)
    cut = max(kept, key=len)
    assert cut.startswith("x" * 65_536)
    assert cut.endswith("… [4464 more characters were cut off]")


def test_a_batch_has_a_bound(world):
    with pytest.raises(TooLarge, match="at most 10000"):
        world.call("create_logs", body=[line(world, "x")] * 10_001)
    world.call("create_logs", body=[])


def test_lines_are_found_by_level_time_run_and_words(world):
    run, task = uuid4(), uuid4()
    sent = [
        line(world, "Connection reset", level=40, flow_run_id=run),
        line(world, "retrying the connection", level=20, flow_run_id=run, task_run_id=task),
        line(world, "50% done", level=10, timestamp=world.now + SECOND, flow_run_id=run),
        line(world, "debug noise", level=10, name="other", timestamp=world.now + 2 * SECOND),
    ]
    world.call("create_logs", body=sent)
    assert set(messages(world, level=AtLeastAtMost(ge_=20))) == {sent[0].message, sent[1].message}
    assert set(messages(world, level=AtLeastAtMost(ge_=11, le_=30))) == {sent[1].message}
    assert messages(world, timestamp=Between(after_=world.now + SECOND)) == ["50% done", "debug noise"]
    assert len(messages(world, flow_run_id=IdIn(any_=[run]))) == 3
    assert messages(world, task_run_id=IdInOrNull(any_=[task])) == [sent[1].message]
    assert len(messages(world, task_run_id=IdInOrNull(is_null_=True))) == 3

    def search(query):
        return set(messages(world, text=TextSearch(query=query)))

    assert search("connection") == {sent[0].message, sent[1].message}
    assert search('"connection reset" noise') == {sent[0].message, sent[3].message}
    assert search("connection -retrying") == {sent[0].message}
    assert search("+connection +retrying") == {sent[1].message}
    assert search("50%") == {"50% done"}
    assert search("other !nothing") == {"debug noise"}
    assert len(search("")) == 4


def downloaded(world, run):
    """The table of a run's lines."""
    file = world.call("download_logs", id=run.id)
    assert file.name == f"{run.name}.csv"
    return list(csv.reader(io.StringIO(world.store.run(file.whole()).decode())))


def test_lines_of_a_run_are_downloaded_as_a_table(world):
    run = world.own_run()
    world.call(
        "create_logs", body=[line(world, 'two\nlines, "quoted"', flow_run_id=run.id), line(world, "other")]
    )
    table = downloaded(world, run)
    assert table[0] == ["timestamp", "level", "flow_run_id", "task_run_id", "message"]
    assert table[1] == [world.now.isoformat(), "INFO", str(run.id), "", 'two\nlines, "quoted"']
    assert len(table) == 2
    with pytest.raises(NotFound):
        world.call("download_logs", id=uuid4())


def test_a_long_log_is_downloaded_whole_and_in_order(sqlite_world):
    """Also where many lines were written at one time."""
    world = sqlite_world
    run = world.own_run()
    start = world.now
    for batch in range(2):
        lines = [
            line(
                world,
                f"{batch} {number}",
                flow_run_id=run.id,
                id=UUID(int=batch * 10_000 + number + 1),
                timestamp=start + timedelta(seconds=(batch * 6_000 + number) // 4_000),
            )
            for number in range(6_000)
        ]
        world.call("create_logs", body=lines[::-1])
    table = downloaded(world, run)
    expected = [f"{batch} {number}" for batch in range(2) for number in range(6_000)]
    assert [row[4] for row in table[1:]] == expected


def test_lines_go_with_their_run(world):
    run = world.own_run()
    world.call("create_logs", body=[line(world, "x", flow_run_id=run.id), line(world, "stays")])
    world.call("delete_flow_run", id=run.id)
    assert messages(world) == ["stays"]


def test_a_variable_is_made_read_changed_and_deleted(world):
    made = world.call(
        "create_variable", body=VariableCreate(name="region", value={"a": [1, None]}, tags=["t"])
    )
    assert world.call("read_variable", id=made.id) == made
    assert world.call("read_variable_by_name", name="region") == made
    with pytest.raises(AlreadyExists, match="'region'"):
        world.call("create_variable", body=VariableCreate(name="region", value=1))
    world.call("update_variable", id=made.id, body=VariableUpdate(value=None))
    world.call("update_variable_by_name", name="region", body=VariableUpdate(name="zone", tags=None))
    after = world.call("read_variable", id=made.id)
    assert (after.name, after.value, after.tags) == ("zone", None, ["t"])
    other = world.call("create_variable", body=VariableCreate(name="other", value=1))
    with pytest.raises(AlreadyExists):
        world.call("update_variable", id=other.id, body=VariableUpdate(name="zone"))
    world.call("delete_variable_by_name", name="zone")
    world.call("delete_variable", id=other.id)
    assert world.call("count_variables", body=VariableQuery()) == 0
    for call, given in (
        ("read_variable", {"id": made.id}),
        ("read_variable_by_name", {"name": "zone"}),
        ("delete_variable", {"id": made.id}),
        ("delete_variable_by_name", {"name": "zone"}),
    ):
        with pytest.raises(NotFound):
            world.call(call, **given)


def test_variables_are_found_by_name_and_tags(world):
    for name, tags in (("a_one", ["x"]), ("b_one", ["x", "y"]), ("c_two", [])):
        world.call("create_variable", body=VariableCreate(name=name, value=1, tags=tags))

    def names(**filter):
        found = world.call("read_variables", body=VariableQuery(variables=VariableFilter(**filter)))
        return [variable.name for variable in found]

    assert names() == ["a_one", "b_one", "c_two"]
    assert names(name=TextInOrLike(like_="ONE")) == ["a_one", "b_one"]
    assert names(tags=TagsAll(all_=["x", "y"])) == ["b_one"]
    assert names(tags=TagsAll(is_null_=True)) == ["c_two"]
    assert names(name=TextInOrLike(like_="_")) == ["a_one", "b_one", "c_two"]
    assert names(name=TextInOrLike(like_="%")) == []


def test_a_flow_is_known_by_its_name(world):
    first = world.call("create_flow", body=FlowCreate(name="etl", tags=["a"], labels={"x": 1}))
    again = world.call("create_flow", body=FlowCreate(name="etl"))
    assert (first.created, again.created) == (True, False)
    assert first.value == again.value
    world.clock.advance(seconds=1)
    world.call("update_flow", id=first.value.id, body=FlowUpdate(tags=["b"]))
    now = world.call("read_flow_by_name", name="etl")
    assert (now.tags, now.labels, now.updated) == (["b"], {"x": 1}, world.now)
    assert world.call("read_flow", id=now.id) == now
    with pytest.raises(InvalidInput):
        world.call("create_flow", body=FlowCreate(name="\x01"))


def test_a_flow_goes_with_its_runs_and_deployments(world):
    world.pool()
    deployment = world.deployment()
    run = world.run_of(deployment)
    world.call("delete_flow", id=deployment.flow_id)
    for call, id in (
        ("read_flow_run", run.id),
        ("read_deployment", deployment.id),
        ("read_flow", deployment.flow_id),
    ):
        with pytest.raises(NotFound):
            world.call(call, id=id)
    for call in ("delete_flow", "update_flow"):
        body = {"body": FlowUpdate(tags=[])} if call == "update_flow" else {}
        with pytest.raises(NotFound):
            world.call(call, id=deployment.flow_id, **body)


def test_flows_are_listed_by_page_and_deleted_together(world):
    for name in ("c", "a", "b"):
        world.flow(name)
    page = world.call("paginate_flows", body=FlowPageQuery(limit=2, page=2))
    assert ([flow.name for flow in page.results], page.count, page.pages) == (["c"], 3, 2)
    query = FlowQuery(sort="NAME_DESC", limit=2, offset=1)
    assert [flow.name for flow in world.call("read_flows", body=query)] == ["b", "a"]
    named = FlowFilter(name=TextInOrLike(any_=["a", "c"]))
    assert len(world.call("bulk_delete_flows", body=FlowBulkDelete(flows=named)).deleted) == 2
    assert world.call("count_flows", body=FlowQuery()) == 1
