"""What flows start that an automation started: real flows, a real worker, and a loop that is seen."""

from tests.faults.processes import eventually

CAUSE = {
    "prefect.resource.role": "cause",
    "prefect.resource.name": "starter",
    "penstock.automation.depth": "1",
}


def _events(site, name):
    answer = site.ask("POST", "/events/filter", {"filter": {"event": {"name": [name]}}, "limit": 50})
    return answer["events"]


def test_runs_that_flows_start_name_the_automation_behind_them(site):
    silent, begets = site.deploy("silent"), site.deploy("begets")
    run = {"type": "run-deployment", "deployment_id": begets, "parameters": {"deployment": silent}}
    body = {"name": "starter", "trigger": {"type": "event", "expect": ["go"]}, "actions": [run]}
    made = site.ask("POST", "/automations/", body)["id"]
    site.worker()
    go = {
        "id": "019b8f60-0a11-7b22-8c33-9d44ae55bf66",
        "event": "go",
        "occurred": "2026-01-05T07:13:23Z",
        "resource": {"prefect.resource.id": "it"},
    }
    site.ask("POST", "/events", [go])
    completed = eventually(
        lambda: len(found := _events(site, "prefect.flow-run.Completed")) == 4 and found, site.outputs
    )
    causes = [part for each in completed for part in each["related"] if "penstock.automation.depth" in part]
    cause = {"prefect.resource.id": f"prefect.automation.{made}", **CAUSE}
    assert sorted(causes, key=str) == sorted(
        [cause] * 3 + [cause | {"prefect.resource.role": "creator"}], key=str
    )
