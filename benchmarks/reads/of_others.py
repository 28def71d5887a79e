"""Requests for task runs, logs, events and other nouns, and for what pages ask."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from benchmarks.reads import rows
from benchmarks.reads.requests import Ask, Kind, Known, Which, asking, between, history


def kinds(known: Known) -> Iterator[Kind]:
    """All of them."""
    for some in (_task_runs, _logs, _others, _pages_of_the_reference, _own_pages, _events):
        yield from some(known)


def _task_runs(known: Known) -> Iterator[Kind]:
    def of(**by: Any) -> dict[str, Any]:
        return {"task_runs": by}

    def whose(dice: Random) -> dict[str, Any]:
        return of(flow_run_id={"any_": [dice.choice(known.tasks)["flow_run_id"]]})

    some: list[tuple[str, Which]] = [
        ("no filter", lambda _: {}),
        ("of a flow run", whose),
        ("of the wide run", lambda _: of(flow_run_id={"any_": [known.wide]})),
        ("state type, usual", lambda _: of(state={"type": {"any_": ["COMPLETED"]}})),
        (
            "state type, rare",
            lambda dice: of(state={"type": {"any_": [dice.choice(["FAILED", "CANCELLED"])]}}),
        ),
        ("state type, none", lambda _: of(state={"type": {"any_": ["RUNNING", "PAUSED"]}})),
        ("state name, rare", lambda _: of(state={"name": {"any_": [rows.RARE_STATE]}})),
        ("name like_, usual", lambda dice: of(name={"like_": dice.choice(["extract", "train"])})),
        ("name like_, rare", lambda dice: of(name={"like_": f"-{dice.randrange(known.count)}77"})),
        ("name like_, none", lambda dice: of(name={"like_": f"nowhere{dice.randrange(10**6)}"})),
        ("tags all_", lambda dice: of(tags={"all_": [f"ds-{dice.randrange(3000)}"]})),
        ("tags all_, none", lambda dice: of(tags={"all_": [f"nowhere-{dice.random()}"]})),
        ("of a flow", lambda dice: {"flows": {"id": {"any_": [dice.choice(known.flows)["id"]]}}}),
        (
            "of a deployment",
            lambda dice: {"deployments": {"id": {"any_": [dice.choice(known.deployments)["id"]]}}},
        ),
    ]
    for name, which in some:
        yield Kind(f"task runs, {name}", asking("/task_runs/filter", which, sort="EXPECTED_START_TIME_DESC"))
        yield Kind(f"task runs, {name}: count", asking("/task_runs/count", which))
    for order in ("ID_DESC", "NAME_ASC", "END_TIME_DESC", "DURATION_DESC", "NEXT_SCHEDULED_START_TIME_ASC"):
        yield Kind(f"task runs, {order}", asking("/task_runs/filter", lambda _: {}, sort=order))
        yield Kind(f"task runs, of a flow run, {order}", asking("/task_runs/filter", whose, sort=order))
    yield Kind("task runs, history, a day", history("/task_runs", known, 1, 3600))
    yield Kind(
        "task runs, history, of a flow run",
        asking(
            "/task_runs/history",
            lambda dice: {**between(known, 90, dice), "history_interval_seconds": 86_400, **whose(dice)},
        ),
    )


def _logs(known: Known) -> Iterator[Kind]:
    def of(**by: Any) -> dict[str, Any]:
        return {"logs": by}

    def whose(dice: Random) -> dict[str, Any]:
        return {"any_": [dice.choice(known.tasks)["flow_run_id"]]}

    path = "/logs/filter"
    up, down = "TIMESTAMP_ASC", "TIMESTAMP_DESC"
    yield Kind("logs, of a run", asking(path, lambda dice: of(flow_run_id=whose(dice)), sort=up))
    long = {"any_": [known.long]}
    yield Kind("logs, of the long run", asking(path, lambda _: of(flow_run_id=long), sort=down))
    yield Kind(
        "logs, of the long run, errors",
        asking(path, lambda _: of(flow_run_id=long, level={"ge_": 40}), sort=up),
    )
    yield Kind(
        "logs, of the long run, offset 100,000",
        asking(path, lambda _: of(flow_run_id=long) | {"offset": known.count // 10}, sort=up),
    )
    yield Kind(
        "logs, of a task run",
        asking(path, lambda dice: of(task_run_id={"any_": [dice.choice(known.tasks)["id"]]}), sort=up),
    )
    yield Kind("logs, newest", asking(path, lambda _: {}, sort=down))
    yield Kind("logs, newest errors", asking(path, lambda _: of(level={"ge_": 40}), sort=down))
    yield Kind("logs, newest, no level has it", asking(path, lambda _: of(level={"ge_": 50}), sort=down))
    yield Kind("logs, usual word", asking(path, lambda _: of(text={"query": "warehouse"}), sort=down))
    yield Kind(
        "logs, of a run, rare word",
        asking(path, lambda dice: of(flow_run_id=whose(dice), text={"query": rows.NEEDLE}), sort=up),
    )
    yield Kind("logs, rare word among all", asking(path, lambda _: of(text={"query": rows.NEEDLE}), sort=up))


def _others(known: Known) -> Iterator[Kind]:
    def team(dice: Random) -> dict[str, Any]:
        return {"tags": {"all_": [f"team-{dice.randrange(20)}"]}}

    yield Kind("deployments", asking("/deployments/filter", lambda dice: {"offset": dice.randrange(400)}))
    yield Kind("deployments, by tag", asking("/deployments/filter", lambda dice: {"deployments": team(dice)}))
    yield Kind(
        "deployments, by run state",
        asking("/deployments/filter", lambda _: {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}),
    )
    yield Kind(
        "deployment, one", lambda dice: ("GET", f"/deployments/{dice.choice(known.deployments)['id']}", None)
    )
    yield Kind("deployment, by name", lambda dice: _by_name(dice))
    yield Kind("flows", asking("/flows/filter", lambda dice: {"offset": dice.randrange(200)}))
    yield Kind("flows, by tag", asking("/flows/filter", lambda dice: {"flows": team(dice)}))
    yield Kind(
        "flows, by run state",
        asking("/flows/filter", lambda _: {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}}),
    )
    yield Kind("work pools", asking("/work_pools/filter", lambda _: {}))
    yield Kind(
        "work pool's queues",
        lambda dice: ("POST", f"/work_pools/{dice.choice(known.pools)['name']}/queues/filter", {}),
    )
    yield Kind(
        "work queue's status",
        lambda dice: ("GET", f"/work_queues/{dice.choice(known.queues)['id']}/status", None),
    )
    yield Kind("graph of the wide run", lambda _: ("GET", f"/flow_runs/{known.wide}/graph-v2", None))
    yield Kind("graph of the wide run, v1", lambda _: ("GET", f"/flow_runs/{known.wide}/graph", None))
    yield Kind(
        "graph of a run",
        lambda dice: ("GET", f"/flow_runs/{dice.choice(known.tasks)['flow_run_id']}/graph-v2", None),
    )
    yield Kind("observed states", lambda _: ("GET", "/observed-states", None))


def _by_name(dice: Random) -> tuple[str, str, Any]:
    number = dice.randrange(rows.DEPLOYMENTS)
    return "GET", f"/deployments/name/flow-{number % rows.FLOWS}/deployment-{number}", None


def _pages_of_the_reference(known: Known) -> Iterator[Kind]:
    def flows(dice: Random) -> dict[str, Any]:
        return {"flow_ids": [flow["id"] for flow in dice.sample(known.flows, 25)]}

    def runs(dice: Random) -> dict[str, Any]:
        return {"flow_run_ids": [run["id"] for run in dice.sample(known.runs, 50)]}

    def dashboard(_: Random) -> dict[str, Any]:
        return {"task_runs": {"start_time": {"after_": (known.now - timedelta(days=1)).isoformat()}}}

    yield Kind("/ui flows/count-deployments", asking("/ui/flows/count-deployments", flows))
    yield Kind("/ui flows/next-runs", asking("/ui/flows/next-runs", flows))
    yield Kind("/ui flow_runs/count-task-runs", asking("/ui/flow_runs/count-task-runs", runs))
    yield Kind(
        "/ui flow_runs/history",
        asking(
            "/ui/flow_runs/history",
            lambda _: {
                "limit": 200,
                "flow_runs": {
                    "expected_start_time": {
                        "after_": (known.now - timedelta(days=7)).isoformat(),
                        "before_": known.now.isoformat(),
                    }
                },
            },
        ),
    )
    yield Kind("/ui task_runs/dashboard/counts, a day", asking("/ui/task_runs/dashboard/counts", dashboard))
    yield Kind("/ui task_runs/count, a day", asking("/ui/task_runs/count", dashboard))
    yield Kind("/ui task_runs/count, all", asking("/ui/task_runs/count", lambda _: {}))
    yield Kind(
        "/ui task_runs/{id}", lambda dice: ("GET", f"/ui/task_runs/{dice.choice(known.tasks)['id']}", None)
    )


def _own_pages(known: Known) -> Iterator[Kind]:
    def ours(name: str, ask: Ask) -> Kind:
        return Kind(f"pages: {name}", ask, is_for_peer=False)

    def listed(**body: Any) -> Ask:
        return lambda _: ("POST", "/flow_runs/list", body)

    yield ours("Home", lambda _: ("GET", "/overview", None))
    yield ours("Home, work pools", lambda _: ("GET", "/overview/work_pools", None))
    yield ours("Home, workers", lambda _: ("POST", "/overview/workers", {}))
    yield ours("Runs", listed())
    yield ours("Runs, failed", listed(flow_runs={"state": {"type": {"any_": ["FAILED"]}}}))
    yield ours(
        "Runs, search", lambda dice: ("POST", "/flow_runs/list", {"search": f"otter-{dice.randrange(1000)}"})
    )
    yield ours(
        "Runs, tag",
        lambda dice: (
            "POST",
            "/flow_runs/list",
            {"flow_runs": {"tags": {"all_": [f"ds-{dice.randrange(3000)}"]}}},
        ),
    )
    week = {"start": (known.now - timedelta(days=7)).isoformat(), "end": known.now.isoformat()}
    yield ours("Runs, histogram of a week", lambda _: ("POST", "/flow_runs/histogram", week))
    yield ours("a run", lambda dice: ("GET", f"/flow_runs/{dice.choice(known.runs)['id']}/detail", None))
    yield ours(
        "a run's timeline",
        lambda dice: ("GET", f"/flow_runs/{dice.choice(known.tasks)['flow_run_id']}/timeline", None),
    )
    yield ours("a timeline of 10,000 tasks", lambda _: ("GET", f"/flow_runs/{known.wide}/timeline", None))
    yield ours(
        "a long log, its end", lambda _: ("POST", f"/flow_runs/{known.long}/log_window", {"tail": True})
    )
    yield ours(
        "a long log, anywhere",
        lambda dice: (
            "POST",
            f"/flow_runs/{known.long}/log_window",
            {"position": dice.randrange(known.count)},
        ),
    )
    yield ours("a long log, its facets", lambda _: ("GET", f"/flow_runs/{known.long}/log_facets", None))
    yield ours("Deployments", lambda _: ("POST", "/deployments/list", {}))
    yield ours("Flows", lambda _: ("POST", "/flows/list", {}))
    yield ours("search", lambda dice: ("POST", "/search", {"text": f"otter-{dice.randrange(1000)}"}))


def _events(known: Known) -> Iterator[Kind]:
    def page(**filter_: Any) -> Ask:
        return lambda _: ("POST", "/events/filter", {"filter": filter_, "limit": 50})

    def whose(part: str, noun: str, those: list[dict[str, Any]]) -> Ask:
        def ask(dice: Random) -> tuple[str, str, Any]:
            by = {"occurred": month, part: {"id": [f"prefect.{noun}.{dice.choice(those)['id']}"]}}
            return "POST", "/events/filter", {"limit": 50, "filter": by}

        return ask

    since = (known.now - timedelta(days=30)).isoformat()
    month = {"since": since, "until": known.now.isoformat()}
    day = {"since": (known.now - timedelta(days=1)).isoformat(), "until": known.now.isoformat()}
    yield Kind("events, newest", page())
    yield Kind("events, a day", page(occurred=day))
    yield Kind("events, by name", page(occurred=month, event={"name": ["prefect.flow-run.Failed"]}))
    yield Kind("events, by prefix", page(occurred=month, event={"prefix": ["prefect.flow-run."]}))
    yield Kind("events, by prefix, none", page(occurred=month, event={"prefix": ["nowhere."]}))
    yield Kind("events, of a deployment", whose("any_resource", "deployment", known.deployments))
    yield Kind("events, of a flow run", whose("resource", "flow-run", known.runs))
    yield Kind(
        "events, count by day",
        lambda _: ("POST", "/events/count-by/day", {"filter": {"occurred": month}}),
    )
    yield Kind(
        "events, count by name, a day",
        lambda _: ("POST", "/events/count-by/event", {"filter": {"occurred": day}}),
    )
