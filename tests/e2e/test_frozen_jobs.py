"""What a run is launched with is frozen by the claim: until then it follows every edit, after it none.

The worker here is a claim by hand, so that the moment of the claim is the test's to choose.
"""

import re
from uuid import uuid4

import pytest
from tests.e2e.runs import job_of

from penstock.cli.exits import ExitCode
from penstock.domain.default_templates import process_template

REQUIRED = {"region": {"type": "string"}}


class Story:
    """A pool with a default, a deployment that overrides, and runs of it."""

    def __init__(self, server, command, name):
        self.server, self.command, self.pool = server, command, name
        self.flow = f"flow-{name}"
        body = {"name": name, "type": "process", "base_job_template": self.template(LEVEL="pool")}
        assert self.ask("POST", "/work_pools/", body, 201)
        flow_id = self.ask("POST", "/flows/", {"name": self.flow}, 201)["id"]
        body = {"name": "d", "flow_id": flow_id, "work_pool_name": name, "job_variables": {"env": {"D": "1"}}}
        self.deployment = self.ask("POST", "/deployments/", body, 201)["id"]

    def ask(self, method, path, body=None, status=200):
        answer = self.server.ask(method, path, body)
        assert answer.status == status, answer.body
        return answer.json if answer.body else None

    def template(self, *, required=(), **env):
        template = process_template()
        template["variables"]["properties"] |= REQUIRED
        template["variables"]["properties"]["env"]["default"] = env
        template["variables"]["required"] = list(required)
        template["job_configuration"]["region"] = "{{ region }}"
        return template

    def edit_pool(self, **changed):
        self.ask("PATCH", f"/work_pools/{self.pool}", {"base_job_template": self.template(**changed)}, 204)

    def edit_deployment(self, job_variables):
        self.ask("PATCH", f"/deployments/{self.deployment}", {"job_variables": job_variables}, 204)

    def run(self, job_variables=None):
        body = {"job_variables": job_variables or {}}
        return self.ask("POST", f"/deployments/{self.deployment}/create_flow_run", body, 201)["id"]

    def claim(self):
        body = {"worker_name": "by hand", "worker_id": str(uuid4()), "limit": 10}
        return self.ask("POST", f"/work_pools/{self.pool}/claim", body)["runs"]

    def environment(self, run):
        return job_of(self.server, run)["explanation"]["job"]["job_configuration"]["env"]

    def hash(self, run):
        return job_of(self.server, run)["explanation"]["job"]["hash"]

    def dry_run(self, *arguments):
        return self.command(*("deployment", "run", f"{self.flow}/d", "--dry-run", "--json"), *arguments).json[
            "job"
        ]


@pytest.fixture
def story(server, command, unique):
    return Story(server, command, unique("pool"))


def test_a_queued_run_follows_edits_and_a_claimed_one_does_not(story):
    run = story.run({"env.R": "1"})
    assert story.environment(run) == {"LEVEL": "pool", "D": "1", "R": "1"}
    assert "would get if a worker claimed it now" in story.command("flow-run", "explain", run).out
    story.edit_pool(LEVEL="edited", NEW="pool")
    story.edit_deployment({"env": {"D": "2"}})
    story.ask("PATCH", f"/flow_runs/{run}", {"job_variables": {"env.R": "2"}}, 204)
    now = {"LEVEL": "edited", "NEW": "pool", "D": "2", "R": "2"}
    assert story.environment(run) == now and not job_of(story.server, run)["frozen"]

    [claimed] = story.claim()
    assert claimed["job_spec"]["job_configuration"]["env"] == now
    story.edit_pool(LEVEL="too late")
    story.edit_deployment({})
    frozen = job_of(story.server, run)
    assert frozen["frozen"] and frozen["explanation"]["job"] == claimed["job_spec"]
    told = story.command("flow-run", "explain", run).out
    assert "frozen when a worker claimed it" in told and "LEVEL=edited" in told
    refused = story.ask("PATCH", f"/flow_runs/{run}", {"job_variables": {}}, 409)
    assert "its job variables can't be changed any more" in refused["detail"]

    story.ask("DELETE", f"/deployments/{story.deployment}", status=204)
    story.ask("DELETE", f"/work_pools/{story.pool}", status=204)
    assert job_of(story.server, run) == frozen, "it needs neither of them any more"


def test_the_hash_of_a_dry_run_is_that_of_the_run(story):
    over = ("-jv", "env.R=1", "-jv", "working_dir=/srv")
    tried = story.dry_run(*over)
    run = story.command("deployment", "run", f"{story.flow}/d", *over, "--json").json["id"]
    over_rest = story.run({"working_dir": "/srv", "env": {"R": "1"}})
    hashes = {tried["hash"], story.hash(run), story.hash(over_rest)}
    hashes |= {claim["job_spec"]["hash"] for claim in story.claim()}
    body = {"job_variables": {"env.R": "1", "working_dir": "/srv"}}
    hashes.add(story.ask("POST", f"/deployments/{story.deployment}/resolve", body)["job"]["hash"])
    hashes.add(story.hash(run))
    assert len(hashes) == 1
    assert story.dry_run("-jv", "env.R=2")["hash"] not in hashes
    assert tried["origins"] == {"run": "cli"}
    said = {
        run: job_of(story.server, run)["explanation"]["job"]["origins"]["run"] for run in (run, over_rest)
    }
    assert said == {run: "cli", over_rest: "rest"}, "who said it is kept, and is no part of the hash"


def test_what_a_worker_started_is_shown_and_where_it_differs_the_run_says_so(story):
    run = story.run({"command": "python -m penstock.engine"})
    [claimed] = story.claim()
    started = {"command": ["bash", "-c", "other"], "pid": 4711, "host": "h", "image_digest": "sha256:0"}
    report = {"identifier": "h:4711", "started_as": started}
    lease = {"X_Penstock_Lease": claimed["lease"]["id"]}
    assert story.server.ask("POST", f"/flow_runs/{run}/launch_report", report, **lease).status == 204
    job = job_of(story.server, run)
    assert job["launch"]["started_as"] == started
    assert [(each["path"], each["after"]) for each in job["differences"]] == [("command", started["command"])]
    told = story.command("flow-run", "explain", run).out
    assert re.search(r"Started as h:4711", told) and "image_digest" in told
    assert 'command: the job says python -m penstock.engine; started was ["bash"' in told
    assert story.ask("GET", f"/flow_runs/{run}")["infrastructure_pid"] == "h:4711"

    same = story.run({"command": "python -m penstock.engine"})
    [claimed] = story.claim()
    report = {"identifier": "h:1", "started_as": {"command": ["python", "-m", "penstock.engine"]}}
    lease = {"X_Penstock_Lease": claimed["lease"]["id"]}
    assert story.server.ask("POST", f"/flow_runs/{same}/launch_report", report, **lease).status == 204
    assert job_of(story.server, same)["differences"] == []


def test_what_is_required_is_missed_at_the_run_and_not_before(story):
    story.edit_pool(required=["region"])
    story.edit_deployment({"env": {"D": "2"}})
    path = f"/deployments/{story.deployment}/create_flow_run"
    refused = story.ask("POST", path, {}, 422)
    assert refused["detail"] == "region: is required. No layer sets it."
    told = story.command("deployment", "run", f"{story.flow}/d", code=ExitCode.USAGE).err
    assert "region: is required. No layer sets it." in told
    assert story.ask("POST", path, {"job_variables": {"region": "eu"}}, 201)
    story.edit_deployment({"region": "us"})
    assert story.ask("POST", path, {}, 201)


def test_an_edit_that_breaks_a_queued_run_ends_it_with_the_reason_before_anything_is_started(story):
    run = story.run()
    story.edit_pool(required=["region"])
    told = story.command("flow-run", "explain", run, code=ExitCode.USAGE).out
    assert "region: is required" in told
    assert story.claim() == []
    state = story.ask("GET", f"/flow_runs/{run}")["state"]
    assert state["type"] == "CRASHED"
    assert f"do not fit the work pool {story.pool!r} now: region: is required" in state["message"]


def test_a_pools_edit_tells_which_deployments_it_changes_before_it_is_saved(story, tmp_path):
    story.edit_deployment({"env": {"LEVEL": "deployment"}})
    body = {"base_job_template": story.template(LEVEL="edited", NEW="x", required=["region"])}
    [impact] = story.ask("POST", f"/work_pools/{story.pool}/impact", body)
    assert impact["name"] == f"{story.flow}/d"
    assert "env.NEW" in [change["path"] for change in impact["changes"]]
    assert "env.LEVEL" in impact["overrides"]


def test_a_retried_run_is_resolved_anew(story):
    run = story.run()
    [claimed] = story.claim()
    lease = {"X_Penstock_Lease": claimed["lease"]["id"]}
    failed = {"state": {"type": "CRASHED"}}
    assert story.server.ask("POST", f"/flow_runs/{run}/set_state", failed, **lease).json["status"] == "ACCEPT"
    story.edit_pool(LEVEL="edited")
    assert story.environment(run)["LEVEL"] == "pool", "what it got"
    story.command("flow-run", "retry", run)
    assert not job_of(story.server, run)["frozen"] and story.environment(run)["LEVEL"] == "edited"
    [again] = story.claim()
    assert again["flow_run"]["id"] == run
    assert (
        again["job_spec"]["job_configuration"]["env"]["LEVEL"] == "edited" == story.environment(run)["LEVEL"]
    )
