"""Artifacts from flows, tasks and outside: of both colours, of their runs, and as pages read them."""

import asyncio
import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from tests.engine.conftest import Colour

from penstock import flow, task
from penstock.artifacts import (
    Artifact,
    ImageArtifact,
    LinkArtifact,
    MarkdownArtifact,
    ProgressArtifact,
    TableArtifact,
    acreate_image_artifact,
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from penstock.contract.artifacts import ArtifactQuery, read_artifact, read_artifacts
from penstock.domain.errors import InvalidInput, NotFound


def kept(store, id):
    return store.call(read_artifact, id)


def shown(store, id):
    found = kept(store, id)
    return found.type, found.data


def test_artifacts_belong_to_the_runs_around_them(store, colour: Colour):
    @colour.task()
    async def load():
        return await colour.get(create_markdown_artifact("# in a task", key=key))

    @colour.flow(name=f"etl-{uuid4().hex[:8]}")
    async def etl():
        made = await colour.get(create_table_artifact([{"a": 1}], description="rows"))
        return made, await colour.get(load())

    key = f"report-{uuid4().hex[:8]}"
    in_flow, in_task = colour.run(etl)
    of_flow, of_task = kept(store, in_flow), kept(store, in_task)
    assert isinstance(in_flow, UUID)
    assert (of_flow.key, of_flow.description, of_flow.task_run_id) == (None, "rows", None)
    run = store.flow_run(of_flow.flow_run_id)
    (task_run,) = store.task_runs(run.id)
    assert (of_task.flow_run_id, of_task.task_run_id, of_task.key) == (run.id, task_run.id, key)


def test_those_of_a_child_flow_belong_to_the_child(store):
    @flow
    def child():
        return create_markdown_artifact("x")

    @task
    def calls():
        return child()

    @flow
    def parent():
        return create_markdown_artifact("y"), calls()

    above, below = (kept(store, id) for id in parent())
    assert above.flow_run_id != below.flow_run_id
    assert below.task_run_id is None


def test_outside_of_runs_artifacts_are_of_nobody_unless_it_is_said_of_whom(store):
    found = kept(store, create_image_artifact("https://example.com/a.png"))
    assert (found.type, found.data) == ("image", "https://example.com/a.png")
    assert (found.flow_run_id, found.task_run_id) == (None, None)
    run, task_run = uuid4(), uuid4()
    made = Artifact(data=1, flow_run_id=run, task_run_id=task_run, metadata_={"a": "b"}).create()
    assert (made.flow_run_id, made.task_run_id, made.metadata_) == (run, task_run, {"a": "b"})


def test_each_kind_is_formatted_as_pages_read_it(store):
    link = "https://example.com"
    assert shown(store, create_link_artifact(link)) == ("markdown", f"[{link}]({link})")
    assert shown(store, create_link_artifact(link, "here")) == ("markdown", f"[here]({link})")
    assert shown(store, create_markdown_artifact("# hi")) == ("markdown", "# hi")
    assert shown(store, create_progress_artifact(12.5)) == ("progress", 12.5)
    assert LinkArtifact(link="a").format() == "[a](a)"
    assert MarkdownArtifact(markdown="m").format() == "m"
    assert ImageArtifact(image_url="i").format() == "i"
    assert ProgressArtifact(progress=3).format() == 3.0
    assert json.loads(TableArtifact(table={"a": [1]}).format()) == {"a": [1]}
    assert json.loads(Artifact(data={"a": 1}).format()) == {"a": 1}


def test_tables_are_json_whose_columns_keep_their_order(store):
    rows = [
        {"z": 1, "a": math.nan, "m": math.inf},
        {"z": datetime(2026, 1, 2, tzinfo=UTC), "a": Decimal("1.5"), "m": UUID(int=7)},
    ]
    kind, data = shown(store, create_table_artifact(rows))
    first, second = json.loads(data)
    assert (kind, [*first]) == ("table", ["z", "a", "m"])
    assert first == {"z": 1, "a": None, "m": None}
    assert second == {"z": "2026-01-02T00:00:00Z", "a": "1.5", "m": str(UUID(int=7))}
    assert json.loads(shown(store, create_table_artifact([[1, 2], ["x", None]]))[1]) == [[1, 2], ["x", None]]
    for wrong in ("text", {"a": [object()]}):
        with pytest.raises(InvalidInput):
            create_table_artifact(wrong)


def test_progress_is_told_on_within_its_bounds(store, colour: Colour):
    @colour.flow()
    async def works():
        id = await colour.get(create_progress_artifact(0, description="loads"))
        again = await colour.get(update_progress_artifact(id, 50))
        assert again == id
        return id

    id = colour.run(works)
    assert (kept(store, id).data, kept(store, id).description) == (50.0, "loads")
    assert update_progress_artifact(id, 101, description="done") == id
    assert (kept(store, id).data, kept(store, id).description) == (100.0, "done")
    assert shown(store, create_progress_artifact(-1))[1] == 0.0
    with pytest.raises(NotFound):
        update_progress_artifact(uuid4(), 1)
    with pytest.raises(InvalidInput, match="no number"):
        update_progress_artifact(id, math.nan)


def test_a_key_that_is_none_is_refused_before_anything_is_sent(store):
    for make in (lambda: create_markdown_artifact("x", key="Report"), lambda: Artifact(key="a b")):
        with pytest.raises(InvalidInput, match=r"^key: .* lower-case letters, digits and `-`"):
            make()
    assert Artifact.get("Report") is None


def test_the_latest_of_a_key_is_got_or_made(store, colour: Colour):
    key = f"got-{uuid4().hex[:8]}"

    @colour.flow()
    async def asks():
        nothing = await colour.get(Artifact.get(key))
        made = await colour.get(Artifact.get_or_create(key, description="d", data={"a": 1}))
        again = await colour.get(Artifact.get_or_create(key, description="e", data={"a": 2}))
        other = await colour.get(MarkdownArtifact.get_or_create(f"{key}-2", markdown="m"))
        newest = await colour.get(MarkdownArtifact(markdown="n", key=key).create())
        text = await colour.get(MarkdownArtifact(markdown="n").format())
        return nothing, made, again, other, newest, await colour.get(Artifact.get(key)), text

    nothing, (made, is_new), (again, is_newer), (other, _), newest, latest, text = colour.run(asks)
    assert (nothing, is_new, is_newer, text) == (None, True, False, "n")
    assert made == again
    assert json.loads(made.data) == {"a": 1}
    assert (other.type, other.data) == ("markdown", "m")
    assert latest == newest
    assert made.flow_run_id is not None


def test_without_a_key_the_one_that_changed_last_is_got(embedded):
    assert Artifact.get() is None
    first, second = create_progress_artifact(1), create_markdown_artifact("x")
    assert Artifact.get().id == second
    update_progress_artifact(first, 2)
    assert Artifact.get().id == first
    _, is_new = Artifact.get_or_create(data=1)
    assert is_new
    assert len(embedded.call(read_artifacts, ArtifactQuery())) == 3


def test_there_is_a_form_of_each_that_is_always_awaited(store):
    @flow
    async def leaves():
        key = f"always-{uuid4().hex[:8]}"
        ids = [
            await acreate_link_artifact("l"),
            await acreate_markdown_artifact("m"),
            await acreate_table_artifact([]),
            await acreate_progress_artifact(1),
            await acreate_image_artifact("i"),
        ]
        await aupdate_progress_artifact(ids[3], 2)
        made = await Artifact(key=key, data=1).acreate()
        assert await Artifact.aget(key) == made
        assert await Artifact.aget_or_create(key) == (made, False)
        assert await Artifact(data=1).aformat() == "1"
        return ids

    ids = asyncio.run(leaves())
    assert [kept(store, id).data for id in ids] == ["[l](l)", "m", "[]", 2.0, "i"]


def test_another_client_may_be_asked(store):
    id = create_link_artifact("l", client=store.client)
    assert update_progress_artifact(id, 3, client=store.client) == id
    assert Artifact(key="told", data=1).create(store.client) == Artifact.get("told", client=store.client)
