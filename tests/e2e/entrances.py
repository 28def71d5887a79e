"""Every way by which job variables come in, made alike: variables in, text and what was made out.

Whoever adds an entrance adds it to `ENTRANCES`, and it is held to what the others are held to.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import UNSET
from tests.server_process import Answer, ServerProcess

from penstock.cli import root
from penstock.cli.exits import ExitCode
from penstock.deployments import run_deployment
from penstock.domain.errors import InvalidInput
from penstock.domain.problems import Problem
from penstock.flows import Flow

FLOW = """
from penstock import flow

@flow
def work(count: int = 1): ...
"""


class Said(NamedTuple):
    """What an entrance answered."""

    text: str
    """The refusal, or the warnings, as people see them."""
    deployment: str | None = None
    """The deployment that was made or changed."""
    run: str | None = None
    """The run that was made or changed."""
    is_accepted: bool = True


def refused(text: str) -> Said:
    return Said(text, is_accepted=False)


class Site:
    """A pool with a deployment and a run that waits, and a folder with the flow."""

    def __init__(self, server: ServerProcess, pool: str, template: Any) -> None:
        self.server, self.pool, self.template = server, pool, template
        body = {"name": pool, "type": "process", "base_job_template": template}
        assert server.ask("POST", "/work_pools/", body).status == 201
        self.flow_id = server.ask("POST", "/flows/", {"name": "work"}).json["id"]
        body = {"name": pool, "flow_id": self.flow_id, "work_pool_name": pool}
        self.deployment = server.ask("POST", "/deployments/", body).json["id"]
        self.run = server.ask("POST", f"/deployments/{self.deployment}/create_flow_run", {}).json["id"]
        self.folder, self.capsys = Path(), None

    def at(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> "Site":
        """Work in `folder`, which is the working directory."""
        self.folder, self.capsys = folder, capsys
        (folder / "flows.py").write_text(FLOW)
        return self

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return self.server.ask(method, path, body)

    def census(self) -> list[Any]:
        """All that a refusal must leave as it is."""
        counts = [
            self.ask("POST", f"/{kind}/count", {}).json for kind in ("flows", "deployments", "flow_runs")
        ]
        return [*counts, self._stored("deployments", self.deployment), self._stored("flow_runs", self.run)]

    def _stored(self, kind: str, id: str) -> Any:
        return self.ask("GET", f"/{kind}/{id}").json["job_variables"]

    def reset(self) -> None:
        """Take back what was changed about the deployment and the run that all tests share."""
        self.ask("PATCH", f"/deployments/{self.deployment}", {"job_variables": {}})
        self.ask("PATCH", f"/flow_runs/{self.run}", {"job_variables": {}})

    def write(self, name: str, document: Any) -> None:
        (self.folder / name).write_text(json.dumps(document))

    def project(self, **work_pool: Any) -> None:
        """Write a deployment file with one deployment in the pool."""
        entry = {"name": "made", "entrypoint": "flows.py:work", "work_pool": {"name": self.pool, **work_pool}}
        self.write("penstock.yaml", {"deployments": [entry]})

    def type(self, *arguments: str) -> tuple[bool, str, str]:
        """Type a command: whether it went well, and what it printed to either stream."""
        assert self.capsys is not None
        self.capsys.readouterr()
        code = root.run(list(arguments))
        out, err = self.capsys.readouterr()
        assert code in (ExitCode.OK, ExitCode.USAGE), out + err
        return code == ExitCode.OK, out, err

    def warnings_of(self, run: str) -> str:
        """What the run itself says about its job variables."""
        job = self.ask("GET", f"/flow_runs/{run}/job_spec").json["explanation"]["job"]
        return told(job.get("warnings", []))


def told(problems: list[dict[str, Any]]) -> str:
    return "\n".join(str(Problem(**each)) for each in problems)


def _answered(answer: Answer, **made: str) -> Said:
    if answer.status == 422:
        assert answer.json["code"] == "job-variables-invalid"
        assert answer.json["detail"] == told(answer.json["data"]), "the same for programs"
        return refused(answer.json["detail"])
    assert answer.status in (200, 201, 204), answer.body
    return Said(told(answer.json.get("job_variable_warnings", [])) if answer.body else "", **made)


# Into a deployment.


def yaml_file(site: Site, variables: Any) -> Said:
    site.project(job_variables=variables)
    return _deployed(site, "deploy", "--all", "--json")


def deploy_option(site: Site, variables: Any) -> Said:
    site.project()
    return _deployed(site, "deploy", "--all", "--job-variable", json.dumps(variables), "--json")


def _deployed(site: Site, *arguments: str) -> Said:
    is_well, out, err = site.type(*arguments)
    return Said(err, deployment=json.loads(out)[0]["id"]) if is_well else refused(err)


def flow_deploy(site: Site, variables: Any) -> Said:
    flow = Flow.from_source(str(site.folder), "flows.py:work")
    try:
        made = flow.deploy("made", site.pool, job_variables=variables)
    except InvalidInput as error:
        return refused(str(error))
    return Said(site.capsys.readouterr().err, deployment=str(made))


def post_deployment(site: Site, variables: Any) -> Said:
    body = {"name": "made", "flow_id": site.flow_id, "work_pool_name": site.pool, "job_variables": variables}
    answer = site.ask("POST", "/deployments/", body)
    return _answered(answer, deployment=answer.json.get("id"))


def patch_deployment(site: Site, variables: Any) -> Said:
    answer = site.ask("PATCH", f"/deployments/{site.deployment}", {"job_variables": variables})
    return _answered(answer, deployment=site.deployment)


# Into a run.


def run_option(site: Site, variables: Any) -> Said:
    name = f"work/{site.pool}"
    is_well, out, err = site.type("deployment", "run", name, "-jv", json.dumps(variables), "--json")
    return Said(err, run=json.loads(out)["id"]) if is_well else refused(err)


def dry_run(site: Site, variables: Any) -> Said:
    return _explained(
        site, "deployment", "run", f"work/{site.pool}", "-jv", json.dumps(variables), "--dry-run"
    )


def explain(site: Site, variables: Any) -> Said:
    return _explained(site, "deployment", "explain", f"work/{site.pool}", "-jv", json.dumps(variables))


def offline(site: Site, variables: Any) -> Said:
    site.write("pool.json", site.template)
    site.write("run.json", variables)
    return _explained(site, "resolve", "--pool", "pool.json", "--run", "run.json")


def _explained(site: Site, *arguments: str) -> Said:
    is_well, out, err = site.type(*arguments)
    return Said(out + err, is_accepted=is_well)


def run_in_code(site: Site, variables: Any) -> Said:
    try:
        run = run_deployment(f"work/{site.pool}", timeout=0, job_variables=variables)
    except InvalidInput as error:
        return refused(str(error))
    warnings = () if run.job_variable_warnings is UNSET else run.job_variable_warnings
    return Said("\n".join(map(str, warnings)), run=str(run.id))


def post_run(site: Site, variables: Any) -> Said:
    answer = site.ask("POST", f"/deployments/{site.deployment}/create_flow_run", {"job_variables": variables})
    return _answered(answer, run=answer.json.get("id"))


def post_runs(site: Site, variables: Any) -> Said:
    path = f"/deployments/{site.deployment}/create_flow_run/bulk"
    [made] = site.ask("POST", path, [{"job_variables": variables}]).json["results"]
    if made["status"] == "FAILED":
        return refused(made["error"])
    return Said(told(made.get("job_variable_warnings", [])), run=made["flow_run_id"])


def post_run_of_flow(site: Site, variables: Any) -> Said:
    body = {"flow_id": site.flow_id, "work_pool_name": site.pool, "job_variables": variables}
    answer = site.ask("POST", "/flow_runs/", body)
    return _answered(answer, run=answer.json.get("id"))


def patch_run(site: Site, variables: Any) -> Said:
    return _answered(site.ask("PATCH", f"/flow_runs/{site.run}", {"job_variables": variables}), run=site.run)


def post_resolve(site: Site, variables: Any) -> Said:
    path = f"/deployments/{site.deployment}/resolve"
    explanation = site.ask("POST", path, {"job_variables": variables}).json
    if explanation["errors"]:
        return refused(told(explanation["errors"]))
    return Said(told(explanation["job"].get("warnings", [])))


ENTRANCES: dict[str, tuple[str, Callable[[Site, Any], Said]]] = {
    "a deployment file": ("deployment", yaml_file),
    "penstock deploy -jv": ("deployment", deploy_option),
    "flow.deploy()": ("deployment", flow_deploy),
    "POST deployment": ("deployment", post_deployment),
    "PATCH deployment": ("deployment", patch_deployment),
    "penstock deployment run -jv": ("run", run_option),
    "penstock deployment run --dry-run": ("run", dry_run),
    "penstock deployment explain": ("run", explain),
    "penstock resolve": ("run", offline),
    "run_deployment()": ("run", run_in_code),
    "POST create_flow_run": ("run", post_run),
    "POST create_flow_run/bulk": ("run", post_runs),
    "POST flow_runs": ("run", post_run_of_flow),
    "PATCH flow_run": ("run", patch_run),
    "POST resolve": ("run", post_resolve),
}
"""Of which layer what comes in there is, and the way in."""

WITHOUT_ANSWER = {"PATCH deployment", "PATCH flow_run"}
"""Are answered by 204, as the interface says: warnings are read where the job is explained."""
