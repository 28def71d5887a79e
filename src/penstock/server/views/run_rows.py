"""Flow runs as lists show them, and in one glance."""

from datetime import datetime

from msgspec import convert

from penstock.contract.flow_runs import Creator
from penstock.contract.run_lists import FlowRunRow
from penstock.contract.subjects import RunBrief, Subject, SubjectKind
from penstock.db.port import Row
from penstock.domain.runs import lateness, run_time_until
from penstock.domain.states import State, StateType
from penstock.server.views.progress import progress_of


def flow_run_row(row: Row, now: datetime) -> FlowRunRow:
    """A run in a list, from a row of `statements.run_lists`."""
    state, progress = _state(row), progress_of(row)
    return FlowRunRow(
        id=row["id"],
        name=row["name"],
        state_type=state.type if state else None,
        state_name=row["state_name"],
        state_message=row["state_message"],
        flow_id=row["flow_id"],
        flow_name=row["flow_name"],
        deployment_id=row["deployment_id"],
        deployment_name=row["deployment_name"],
        work_pool_name=row["work_pool_name"],
        work_queue_name=row["work_queue_name"],
        parent_task_run_id=row["parent_task_run_id"],
        run_count=row["run_count"],
        expected_start_time=row["expected_start_time"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        estimated_run_time=run_time_until(progress, state, now).total_seconds(),
        estimated_start_time_delta=lateness(progress, state, now).total_seconds(),
        tags=row["tags"],
        auto_scheduled=row["auto_scheduled"],
        created_by=convert(row["created_by"], Creator | None),
        overrides=sorted(row["job_variables"] or ()),
    )


def run_brief(row: Row, now: datetime) -> RunBrief:
    """A run in one glance, from a row that has its state and its progress."""
    state, progress = _state(row), progress_of(row)
    return RunBrief(
        id=row["id"],
        name=row["name"],
        state_type=state.type if state else None,
        state_name=row["state_name"],
        expected_start_time=row["expected_start_time"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        estimated_run_time=run_time_until(progress, state, now).total_seconds(),
    )


def run_subject(row: Row) -> Subject:
    """A run to link to, from a row that has its flow's name."""
    return Subject(kind=SubjectKind.FLOW_RUN, id=row["id"], name=row["name"], within=row["flow_name"])


def _state(row: Row) -> State | None:
    """As much of the state as times are told by."""
    if row["state_type"] is None:
        return None
    return State(
        id=row["id"],
        type=StateType(row["state_type"]),
        name=row["state_name"],
        timestamp=row["state_timestamp"],
    )
