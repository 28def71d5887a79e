"""What job variables may say about a run with `{{ ctx.… }}`."""

from typing import Any

from penstock.db.port import Row


def run_facts(row: Row) -> dict[str, Any]:
    """What job variables may say about a run, from a row of `statements.claims.due_runs`."""
    expected = row["expected_start_time"]
    facts: dict[str, Any] = {
        "flow": {"id": str(row["flow_id"]), "name": row["flow_name"]},
        "flow_run": {
            "id": str(row["id"]),
            "name": row["name"],
            "expected_start_time": expected.isoformat() if expected else None,
            "run_count": row["run_count"],
            "parameters": row["parameters"],
        },
        "work_pool": {"name": row["work_pool_name"]},
        "work_queue": {"name": row["work_queue_name"]},
    }
    if row["deployment_id"] is not None:
        facts["deployment"] = {"id": str(row["deployment_id"]), "name": row["deployment_name"]}
    return facts
