"""Requests for flow runs: filters, orders, pages and histories."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from benchmarks.reads import rows
from benchmarks.reads.requests import Kind, Known, Which, asking, between, history, some_id


def kinds(known: Known) -> Iterator[Kind]:
    """All of them."""
    for name, which in (*_filters_by_value(known), *_filters_by_place(known)):
        yield Kind(f"flow runs, {name}", asking("/flow_runs/filter", which, sort="START_TIME_DESC"))
        yield Kind(f"flow runs, {name}: count", asking("/flow_runs/count", which))
    yield from _orders()
    yield from _pages(known)


def _of(**by: Any) -> dict[str, Any]:
    return {"flow_runs": by}


def _window(known: Known, dice: Random, days: float) -> dict[str, str]:
    end = known.now - timedelta(days=85 * dice.random() ** 2)
    return {"after_": (end - timedelta(days=days)).isoformat(), "before_": end.isoformat()}


def _filters_by_value(known: Known) -> Iterator[tuple[str, Which]]:
    live = ["RUNNING", "PENDING", "SCHEDULED"]
    yield "no filter", lambda _: {}
    yield "state type, usual", lambda _: _of(state={"type": {"any_": ["COMPLETED"]}})
    yield (
        "state type, rare",
        lambda dice: _of(state={"type": {"any_": [dice.choice(["FAILED", "CRASHED", *live])]}}),
    )
    yield "state type, none", lambda _: _of(state={"type": {"any_": ["PAUSED", "CANCELLING"]}})
    yield "state types but one", lambda _: _of(state={"type": {"not_any_": ["COMPLETED"]}})
    yield "state name, usual", lambda _: _of(state={"name": {"any_": ["Completed"]}})
    yield "state name, rare", lambda _: _of(state={"name": {"any_": [rows.RARE_STATE]}})
    yield "state name, none", lambda dice: _of(state={"name": {"any_": [f"Nowhere {dice.random()}"]}})
    yield "tags all_, usual", lambda dice: _of(tags={"all_": ["production", f"team-{dice.randrange(20)}"]})
    yield "tags all_, rare", lambda dice: _of(tags={"all_": [f"ds-{dice.randrange(2800, 3000)}"]})
    yield "tags any_, two", lambda dice: _of(tags={"any_": [f"ds-{dice.randrange(3000)}", "team-3"]})
    yield "tags all_, none", lambda dice: _of(tags={"all_": [f"nowhere-{dice.random()}"]})
    yield "name like_, usual", lambda dice: _of(name={"like_": dice.choice(["otter", "lynx", "amber"])})
    yield "name like_, rare", lambda dice: _of(name={"like_": f"-{dice.randrange(known.count // 10)}7"})
    yield "name like_, none", lambda dice: _of(name={"like_": f"nowhere{dice.randrange(10**6)}"})
    yield "name any_", lambda dice: _of(name={"any_": [dice.choice(known.runs)["name"]]})


def _filters_by_place(known: Known) -> Iterator[tuple[str, Which]]:
    yield "deployment", lambda dice: _of(deployment_id={"any_": [dice.choice(known.deployments)["id"]]})
    yield "deployment, none", lambda dice: _of(deployment_id={"any_": [some_id(dice)]})
    yield "no deployment", lambda _: _of(deployment_id={"is_null_": True})
    yield "flow", lambda dice: {"flows": {"id": {"any_": [dice.choice(known.flows)["id"]]}}}
    yield "flow name", lambda dice: {"flows": {"name": {"any_": [dice.choice(known.flows)["name"]]}}}
    yield "work pool", lambda dice: {"work_pools": {"name": {"any_": [dice.choice(known.pools)["name"]]}}}
    yield (
        "work queue",
        lambda dice: {"work_pool_queues": {"id": {"any_": [dice.choice(known.queues)["id"]]}}},
    )
    yield "queue's name", lambda dice: _of(work_queue_name={"any_": [dice.choice(known.queues)["name"]]})
    yield "queue's name, none", lambda _: _of(work_queue_name={"any_": ["nowhere"]})
    yield "an hour of starts", lambda dice: _of(start_time=_window(known, dice, 1 / 24))
    yield "a week of starts", lambda dice: _of(start_time=_window(known, dice, 7))
    yield "a day expected", lambda dice: _of(expected_start_time=_window(known, dice, 1))
    yield "a day of ends", lambda dice: _of(end_time=_window(known, dice, 1))
    yield "parent run", lambda dice: _of(parent_flow_run_id={"any_": [dice.choice(known.runs)["id"]]})
    yield "parent task", lambda dice: _of(parent_task_run_id={"any_": [dice.choice(known.tasks)["id"]]})
    yield "no parent", lambda _: _of(parent_task_run_id={"is_null_": True})
    yield "idempotency key", lambda dice: _of(idempotency_key={"any_": [_key(dice, known)]})
    yield "idempotency key, none", lambda dice: _of(idempotency_key={"any_": [f"nowhere {dice.random()}"]})
    yield (
        "200 ids",
        lambda dice: _of(
            id={"any_": [run["id"] for run in dice.sample(known.runs, min(200, len(known.runs)))]}
        ),
    )
    yield (
        "failed of a deployment, last week",
        lambda dice: _of(
            state={"type": {"any_": ["FAILED", "CRASHED"]}},
            deployment_id={"any_": [dice.choice(known.deployments)["id"]]},
            start_time=_window(known, dice, 7),
        ),
    )
    yield (
        "team, state, name",
        lambda dice: _of(
            tags={"all_": [f"team-{dice.randrange(20)}"]},
            state={"name": {"any_": ["TimedOut"]}},
            name={"like_": dice.choice(["otter", "heron"])},
        ),
    )
    yield (
        "with a failed task of a flow",
        lambda dice: {
            "flows": {"name": {"any_": [dice.choice(known.flows)["name"]]}},
            "task_runs": {"state": {"type": {"any_": ["CANCELLED"]}}},
        },
    )


def _key(dice: Random, known: Known) -> str:
    return f"scheduled {dice.randrange(known.count)}"


def _orders() -> Iterator[Kind]:
    for order in (
        "ID_DESC", "START_TIME_ASC", "EXPECTED_START_TIME_ASC", "EXPECTED_START_TIME_DESC", "NAME_ASC",
        "NAME_DESC", "NEXT_SCHEDULED_START_TIME_ASC", "END_TIME_DESC",
    ):  # fmt: skip

        def some(dice: Random) -> dict[str, Any]:
            return {"offset": dice.randrange(200)}

        yield Kind(f"flow runs, {order}", asking("/flow_runs/filter", some, sort=order))
    failed = {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    for order in ("EXPECTED_START_TIME_DESC", "NAME_ASC", "END_TIME_DESC"):
        yield Kind(f"flow runs, failed, {order}", asking("/flow_runs/filter", lambda _: failed, sort=order))


def _pages(known: Known) -> Iterator[Kind]:
    order = "EXPECTED_START_TIME_DESC"

    def deep(dice: Random) -> dict[str, Any]:
        return {"offset": 9_000 + dice.randrange(1_000)}

    def deepest(dice: Random) -> dict[str, Any]:
        return {"offset": known.count // 2 + dice.randrange(1_000)}

    yield Kind("flow runs, offset 10,000", asking("/flow_runs/filter", deep, sort=order))
    yield Kind("flow runs, offset 500,000", asking("/flow_runs/filter", deepest, sort=order))

    def page(dice: Random) -> dict[str, Any]:
        return {"page": 1 + dice.randrange(20), "limit": 50}

    yield Kind("flow runs, paginate", asking("/flow_runs/paginate", page, sort=order))
    failed = {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    yield Kind(
        "flow runs, paginate, failed",
        asking("/flow_runs/paginate", lambda dice: failed | page(dice), sort=order),
    )
    for name, days, seconds in (("a day", 1, 3600), ("a week", 7, 21_600), ("90 days", 90, 86_400)):
        yield Kind(f"flow runs, history, {name}", history("/flow_runs", known, days, seconds))
    yield Kind(
        "flow runs, history, a week of a deployment",
        asking(
            "/flow_runs/history",
            lambda dice: {
                **between(known, 7, dice),
                "history_interval_seconds": 21_600,
                "flow_runs": {"deployment_id": {"any_": [dice.choice(known.deployments)["id"]]}},
            },
        ),
    )
    yield Kind("flow runs, lateness of all", lambda _: ("POST", "/flow_runs/lateness", {}))
    yield Kind(
        "flow runs, lateness of a deployment",
        asking(
            "/flow_runs/lateness",
            lambda dice: {"flow_runs": {"deployment_id": {"any_": [dice.choice(known.deployments)["id"]]}}},
        ),
    )
    yield Kind("flow run, one", lambda dice: ("GET", f"/flow_runs/{dice.choice(known.runs)['id']}", None))
