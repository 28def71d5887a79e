"""Artifacts, variables, limits on what runs at once, and events: what flows use beside tasks."""

import asyncio
import re
import time

from prefect import flow, get_client, task
from prefect.artifacts import (
    Artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.concurrency.asyncio import concurrency as aconcurrency
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.variables import Variable


@task
def reports():
    create_markdown_artifact("# Hello", key="report", description="first")
    return create_markdown_artifact("# Hello again", key="report")


@flow
def artifacts():
    create_link_artifact("https://example.com", link_text="here", key="link")
    create_table_artifact([{"a": 1}, {"a": 2}], key="table")
    create_image_artifact("https://example.com/a.png", key="image")
    progress = create_progress_artifact(10.0, key="progress")
    update_progress_artifact(progress, 60.0)
    return reports()


async def check_artifacts(last):
    async with get_client() as client:
        newest = await Artifact.aget("report")
        assert newest.id == last and newest.data == "# Hello again", newest
        found = await client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["report"]))
        )
        assert len(found) == 2 and all(each.task_run_id for each in found)
        latest = await client.read_latest_artifacts()
        assert {each.key for each in latest} >= {"report", "link", "table", "image", "progress"}
        progress = await Artifact.aget("progress")
        assert progress.data == 60.0, progress
        await client.delete_artifact(last)
        assert (await Artifact.aget("report")).data == "# Hello"


def variables():
    Variable.set("compat_one", {"a": [1]})
    assert Variable.get("compat_one") == {"a": [1]}
    try:
        Variable.set("compat_one", 2)
    except ValueError:
        Variable.set("compat_one", 2, overwrite=True, tags=["x"])
    assert Variable.get("compat_one") == 2
    assert Variable.get("compat_none", default=7) == 7
    assert Variable.unset("compat_one") and Variable.get("compat_one") is None


running = {"now": 0, "most": 0}


@task
def limited(i):
    with concurrency("compat-limit", occupy=1, timeout_seconds=60):
        running["now"] += 1
        running["most"] = max(running["most"], running["now"])
        time.sleep(0.2)
        running["now"] -= 1
    return i


@task(tags=["compat-tag"])
def tagged(i):
    running["now"] += 1
    running["most"] = max(running["most"], running["now"])
    time.sleep(0.2)
    running["now"] -= 1
    return i


@flow
def limits():
    return [future.result() for future in limited.map(range(4))]


@flow
def tag_limits():
    return [future.result() for future in tagged.map(range(3))]


async def make_limits():
    async with get_client() as client:
        await client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name="compat-limit", limit=2)
        )
        await client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name="compat-rate", limit=2, slot_decay_per_second=20)
        )
        await client.create_concurrency_limit(tag="compat-tag", concurrency_limit=1)
        assert (await client.read_concurrency_limit_by_tag("compat-tag")).concurrency_limit == 1
        assert {each.name for each in await client.read_global_concurrency_limits()} >= {
            "compat-limit",
            "compat-rate",
        }


async def end_limits():
    async with get_client() as client:
        limit = await client.read_global_concurrency_limit_by_name("compat-limit")
        assert limit.active_slots == 0, limit
        await client.update_global_concurrency_limit("compat-limit", GlobalConcurrencyLimitUpdate(limit=5))
        assert (await client.read_global_concurrency_limit_by_name("compat-limit")).limit == 5
        await client.delete_global_concurrency_limit_by_name("compat-limit")
        await client.delete_concurrency_limit_by_tag("compat-tag")


async def afew():
    async with aconcurrency("compat-limit", occupy=2), get_client() as client:
        return (await client.read_global_concurrency_limit_by_name("compat-limit")).active_slots


def strict():
    try:
        with concurrency("compat-no-such-limit", strict=True, timeout_seconds=1):
            return "let in"
    except Exception as error:
        return f"refused: {error}"


if __name__ == "__main__":
    asyncio.run(check_artifacts(artifacts()))
    variables()
    asyncio.run(make_limits())
    assert limits() == [0, 1, 2, 3] and running["most"] == 2, running
    running["most"] = 0
    assert tag_limits() == [0, 1, 2] and running["most"] == 1, running
    began = time.monotonic()
    for _ in range(10):
        rate_limit("compat-rate")
    assert time.monotonic() - began > 0.2
    assert asyncio.run(afew()) == 2
    assert re.match("refused:.*compat-no-such-limit", strict(), re.DOTALL)
    asyncio.run(end_limits())
    print("all well")
