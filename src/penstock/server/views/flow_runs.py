"""Flow runs as answers show them."""

from datetime import datetime

from msgspec import convert

from penstock.contract.flow_runs import Creator, FlowRunResponse
from penstock.db.port import Row
from penstock.domain.runs import RunPolicy
from penstock.server.views.progress import progress_answer, progress_of
from penstock.server.views.states import current_state


def flow_run_answer(row: Row, now: datetime) -> FlowRunResponse:
    """A flow run, from a row of `statements.flow_runs`."""
    state = current_state(row, flow_run_id=row["id"])
    return FlowRunResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        flow_id=row["flow_id"],
        state_id=row["state_id"],
        deployment_id=row["deployment_id"],
        deployment_version=row["deployment_version"],
        work_queue_id=row["work_queue_id"],
        work_queue_name=row["work_queue_name"],
        flow_version=row["flow_version"],
        parameters=row["parameters"],
        idempotency_key=row["idempotency_key"],
        context=row["context"],
        empirical_policy=convert(row["empirical_policy"], RunPolicy),
        tags=row["tags"],
        labels=row["labels"],
        parent_task_run_id=row["parent_task_run_id"],
        state_type=state.type if state else None,
        state_name=row["state_name"],
        auto_scheduled=row["auto_scheduled"],
        infrastructure_document_id=row["infrastructure_document_id"],
        infrastructure_pid=row["infrastructure_pid"],
        created_by=convert(row["created_by"], Creator | None),
        work_pool_id=row["work_pool_id"],
        work_pool_name=row["work_pool_name"],
        state=state,
        job_variables=row["job_variables"],
        **progress_answer(progress_of(row), state, now),
    )
