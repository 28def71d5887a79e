"""A realistic world for pages to show: what a small data team has on an ordinary morning.

    with build_world(server, folder) as world:
        world.runs["Failed"][0].id

Everything is made through the REST API, as its clients would; four runs are real ones, of a real worker that
stays online. Only the past can't be made by an API: `world_past.py` moves what was made to its time.
"""

import contextlib
import importlib.util
import json
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from tests.browser import world_logs, world_runs
from tests.browser.world_past import Past, rewrite
from tests.browser.world_runs import Plan, Run
from tests.browser.world_templates import BATCH, CLUSTER
from tests.cli.worker_process import WorkerProcess
from tests.e2e.runs import ended
from tests.server_process import ServerProcess

from penstock.domain.default_templates import process_template

_FLOWS = Path(__file__).parent / "flows"
ONLINE, OFFLINE = "worker-a", "batch-node-3"
"""Workers: of the pool `local`, and of the pool `batch`, last heard of three hours ago."""

_POOLS: dict[str, dict[str, Any]] = {
    "local": {"type": "process", "description": "Processes on the team's own machine."},
    "cluster-eu": {
        "type": "kubernetes",
        "description": "The cluster in Frankfurt.",
        "base_job_template": CLUSTER,
        "concurrency_limit": 20,
    },
    "batch": {
        "type": "docker",
        "description": "Overnight, on what is left over.",
        "base_job_template": BATCH,
    },
}

_DEPLOYMENTS: dict[str, dict[str, Any]] = {
    "nightly-etl/production": {
        "work_pool_name": "local",
        "description": "Loads yesterday's orders. On call: data-platform.",
        "version": "2026.11.3",
        "tags": ["production", "warehouse"],
        "parameters": {"region": "eu", "target": "warehouse.orders"},
        "job_variables": {"env": {"LOG_LEVEL": "INFO", "TZ": "Europe/Berlin"}},
        # In the hour that is left out in spring and comes twice in autumn.
        "schedules": [{"schedule": {"cron": "30 2 * * *", "timezone": "Europe/Berlin"}, "slug": "nightly"}],
        "concurrency_limit": 2,
    },
    "nightly-etl/staging": {
        "work_pool_name": "cluster-eu",
        "tags": ["staging"],
        "parameters": {"region": "us", "target": "staging.orders", "dry_run": True},
        "job_variables": {
            "image": "registry.example/shop:1.9.0-rc2",
            "namespace": "data-staging",
            "env": {"LOG_LEVEL": "DEBUG", "OLD_FLAG": None, "SAMPLE": 0.05},
        },
        "schedules": [{"schedule": {"interval": 21_600, "timezone": "UTC"}, "slug": "six-hourly"}],
    },
    "train-model/gpu": {
        "work_pool_name": "cluster-eu",
        "tags": ["ml", "expensive"],
        "parameters": {"model": {"kind": "gradient-boosting", "depth": 9, "rate": 0.05}, "seed": 11},
        "job_variables": {
            "cpu_limit": 8,
            "memory": "16Gi",
            "namespace": "ml",
            "labels": {"team": "ml"},
            "env": {
                "LOG_LEVEL": "DEBUG",
                "OLD_FLAG": None,
                "DB_PASSWORD": "{{ penstock.secrets.warehouse }}",
                "BUCKET": "{{ penstock.variables.model_bucket }}",
            },
        },
    },
    "train-model/laptop": {"work_pool_name": "local", "tags": ["ml"], "parameters": {"seed": 3}},
    "send-report/weekly": {
        "work_pool_name": "batch",
        "tags": ["report"],
        "parameters": {"recipients": ["sales@shop.example"]},
        "job_variables": {"queue": "low", "env": {"OMP_NUM_THREADS": "1"}},
        "schedules": [
            {
                "schedule": {
                    "rrule": "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=7;BYMINUTE=0",
                    "timezone": "Europe/Berlin",
                },
                "slug": "monday-and-thursday",
            }
        ],
    },
    "send-report/on-demand": {
        "work_pool_name": "local",
        "tags": ["report"],
        "description": "For whoever asks for one.",
        "paused": True,
    },
}

# `<name>` stands for the id of the flow or deployment.
_AUTOMATIONS: dict[str, dict[str, Any]] = {
    "note big orders": {
        "description": "So that somebody can look at them.",
        "tags": ["shop"],
        "trigger": {
            "type": "event",
            "match": {"prefect.resource.id": "shop.order.*"},
            "expect": ["order.placed"],
        },
        "actions": [{"type": "do-nothing"}],
    },
    # It is switched off, so that it does nothing to the runs of this world.
    "train again after a failed night": {
        "enabled": False,
        "trigger": {
            "type": "event",
            "match": {"prefect.resource.id": "prefect.flow-run.*"},
            "match_related": {
                "prefect.resource.role": "flow",
                "prefect.resource.id": "prefect.flow.<nightly-etl>",
            },
            "expect": ["prefect.flow-run.Failed", "prefect.flow-run.Crashed"],
        },
        "actions": [
            {
                "type": "run-deployment",
                "deployment_id": "<train-model/gpu>",
                "parameters": {"seed": "{{ event.resource['prefect.run-count'] | int }}"},
                "job_variables": {"env": {"FAILED_RUN": "{{ event.resource['prefect.resource.name'] }}"}},
            }
        ],
    },
}

_VARIABLES: dict[str, Any] = {
    "model_bucket": "s3://shop-models/eu",
    "feature_flags": {"new_pricing": True, "recommendations": False},
    "regions": ["eu", "us", "apac"],
    "alert_threshold": 0.02,
    "on_call": "data-platform@shop.example",
    "maintenance_window": None,
}


@dataclass
class World:
    """What there is, by name."""

    server: Any
    """The server that it is on."""
    now: datetime
    """The moment at which it was made; pictures stop the clock there."""
    flows: dict[str, str] = field(default_factory=dict)
    """Ids, by name."""
    pools: dict[str, str] = field(default_factory=dict)
    deployments: dict[str, str] = field(default_factory=dict)
    """Ids, by `flow/deployment`."""
    automations: dict[str, str] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)
    """Ids of events `order.placed`, which one of the automations answers."""
    runs: dict[str, list[Run]] = field(default_factory=dict)
    """By the name of their state when it was made; those that were made for it, newest first."""

    def run(self, state: str) -> Run:
        """A run in this state: `Completed`, `Failed`, `Crashed`, `Late`, `Running`, `AwaitingRetry`, …"""
        return self.runs[state][0]

    @property
    def big(self) -> Run:
        """A real run of 60 task runs: mapped groups, retries, a subflow; it has completed."""
        return self.runs["big"][0]

    @property
    def failed(self) -> Run:
        """A real run that failed: its log ends with a traceback, its task run failed."""
        return self.runs["real failure"][0]

    @property
    def wordy(self) -> Run:
        """A run whose log has every level, ANSI colours, folded tracebacks, long lines and odd characters."""
        return self.runs["wordy"][0]

    def wait_until_quiet(self) -> None:
        """Wait until no run has changed for some time: a page that is opened then is told of none."""
        while "hello" not in (told := self._told(look_back=15)) or "flow_runs" in told:
            time.sleep(0.5)

    def _told(self, look_back: int) -> str:
        """What the server tells at once to who begins to listen."""
        connection = self.server.connect(timeout=2.0)
        told = []
        with closing(connection), contextlib.suppress(TimeoutError):
            connection.request("GET", f"/api/live?look_back={look_back}")
            answer = connection.getresponse()
            while line := answer.readline():
                told.append(line.decode())
        return "".join(told)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the server; the answer's JSON. Anything but success is an error."""
        answer = self.server.ask(method, path, body, **headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json if answer.body else None


@contextmanager
def build_world(server: ServerProcess, folder: Path) -> Iterator[World]:
    """Make it on `server`, and keep its worker online while this is entered; takes some ten seconds."""
    world = World(server, datetime.now(UTC).replace(second=0, microsecond=0))
    _make_places(world)
    with WorkerProcess(server, "local", folder, "--name", ONLINE):
        past = _make_runs(world)
        past.heard = dict.fromkeys(world_runs.AWAY_WORKERS.values(), timedelta(hours=3))
        rewrite(server.home / "penstock.db", past)
        _make_limits(world)
        _make_events(world)
        if os.environ.get("PENSTOCK_SHOTS"):
            _hide_this_machine(world)
        yield world


def _hide_this_machine(world: World) -> None:
    """In pictures of the documentation the code is where a team would have it, not where it is here."""
    for id in world.deployments.values():
        world.ask("PATCH", f"/deployments/{id}", {"path": "/srv/shop"})


def _make_places(world: World) -> None:
    for name, pool in _POOLS.items():
        template = pool.get("base_job_template") or process_template()
        body = {"name": name, **pool, "base_job_template": template}
        world.pools[name] = world.ask("POST", "/work_pools/", body)["id"]
    world.ask(
        "POST", "/work_pools/cluster-eu/queues", {"name": "urgent", "priority": 1, "concurrency_limit": 4}
    )
    world.ask(
        "POST", "/work_pools/batch/workers/heartbeat", {"name": OFFLINE, "heartbeat_interval_seconds": 30}
    )
    for name, value in _VARIABLES.items():
        tags = ["shared"] if isinstance(value, dict | list) else []
        world.ask("POST", "/variables/", {"name": name, "value": value, "tags": tags})
    module = _load_flows()
    for full, deployment in _DEPLOYMENTS.items():
        world.deployments[full] = _deploy(world, module, full, deployment)


def _make_limits(world: World) -> None:
    """Limits with a name and of a tag: held by runs or by nobody known, waited for, switched off."""
    limits = "/v2/concurrency_limits"
    for limit in (
        {"name": "warehouse", "limit": 4},
        {"name": "orders-api", "limit": 5, "slot_decay_per_second": 0.001},
        {"name": "night-batch", "limit": 2, "active": False},
        {"name": "tag:gpu", "limit": 1},
    ):
        world.ask("POST", f"{limits}/", limit)
    run, other = world.runs["Running"][-2:]
    held = {"names": ["warehouse"], "slots": 2, "lease_duration": 86_400}
    holder = {"type": "flow_run", "id": run.id}
    world.ask("POST", f"{limits}/increment-with-lease", held | {"holder": holder})
    world.ask("POST", f"{limits}/increment", {"names": ["warehouse"], "slots": 1})
    rated = {"names": ["orders-api"], "slots": 4, "mode": "rate_limit"}
    world.ask("POST", f"{limits}/increment", rated)
    for name, state in {"fit-0": "RUNNING", "fit-1": "PENDING", "fit-2": "PENDING"}.items():
        task = {"flow_run_id": other.id, "task_key": "fit", "dynamic_key": name[-1], "name": name}
        made = world.ask("POST", "/task_runs/", task | {"tags": ["gpu"]})
        world.ask("POST", f"/task_runs/{made['id']}/set_state", {"state": {"type": state}})


def _make_events(world: World) -> None:
    """What the shop tells of, and the automations that listen."""
    for name, automation in _AUTOMATIONS.items():
        text = json.dumps(automation)
        for known, id in {**world.flows, **world.deployments}.items():
            text = text.replace(f"<{known}>", id)
        world.automations[name] = world.ask("POST", "/automations/", {"name": name, **json.loads(text)})["id"]
    for number, total in ((17, 42), (18, 1200)):
        event = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": "order.placed",
            "resource": {
                "prefect.resource.id": f"shop.order.{number}",
                "prefect.resource.name": f"order {number}",
            },
            "related": [{"prefect.resource.id": "shop.customer.3", "prefect.resource.role": "customer"}],
            "payload": {"total": total, "items": [{"sku": "A-1", "count": 2}]},
        }
        world.ask("POST", "/events", [event])
        world.orders.append(event["id"])


def _load_flows() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shop", _FLOWS / "shop.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _deploy(world: World, module: ModuleType, full: str, fields: dict[str, Any]) -> str:
    flow, _, name = full.partition("/")
    function = flow.replace("-", "_")
    if flow not in world.flows:
        world.flows[flow] = world.ask("POST", "/flows/", {"name": flow, "tags": ["shop"]})["id"]
    body = {
        "name": name,
        "flow_id": world.flows[flow],
        "entrypoint": f"shop.py:{function}",
        "path": str(_FLOWS),
        "pull_steps": [{"penstock.deployments.steps.set_working_directory": {"directory": str(_FLOWS)}}],
        "parameter_openapi_schema": getattr(module, function).parameter_openapi_schema,
        **fields,
    }
    return str(world.ask("POST", "/deployments/", body)["id"])


def _make_runs(world: World) -> Past:
    real = {
        "big": ("nightly-etl/production", {"env": {"LOG_LEVEL": "DEBUG"}}),
        "real failure": ("train-model/laptop", None),
        "real report": ("send-report/on-demand", None),
        "real rerun": ("train-model/laptop", {"env": {"SEED": "4"}}),
    }
    started = {
        label: world_runs.start(world.ask, world.deployments[of], jv) for label, (of, jv) in real.items()
    }
    past = Past(world.now)
    # Before those that stay due: it is claimed, and a claim shares its places among deployments.
    wordy = Plan(
        "Completed", "train-model/gpu", timedelta(minutes=42), timedelta(minutes=9), "talkative-heron"
    )
    world.runs["wordy"] = [_propose(world, wordy)]
    past.spans[world.run("wordy").id] = wordy.span
    for plan in world_runs.plans():
        run = _propose(world, plan)
        world.runs.setdefault(plan.state, []).append(run)
        past.spans[run.id] = plan.span
    world.ask("POST", "/logs/", world_logs.wordy(world.run("wordy").id, world.now - timedelta(minutes=42)))
    for label, run in started.items():
        done = ended(world.server, run.id, seconds=60)
        expected = "FAILED" if label in ("real failure", "real rerun") else "COMPLETED"
        assert done["state_type"] == expected, (label, done["state"])
        world.runs[label] = [Run(run.id, run.name)]
    return past


def _propose(world: World, plan: Plan) -> Run:
    run = world_runs.propose(world.ask, world.deployments[plan.deployment], plan, world.now)
    if plan.has_tasks:
        world_runs.record_tasks(world.ask, run, plan, world.now)
        world.ask("POST", "/logs/", world_logs.of_run(run.id, plan, world.now))
    return run
