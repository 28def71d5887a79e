"""The task run that stands for a child flow run in its parent, so that the parent's record shows it."""

from datetime import UTC, datetime
from uuid import UUID

from penstock.contract.task_runs import TaskInputs, TaskRun, TaskRunPolicy
from penstock.domain.states import State as DomainState
from penstock.domain.states import StateDetails, StateType
from penstock.sdk.context import FlowRunContext
from penstock.sdk.ids import new_record_id
from penstock.sdk.states import State


class ParentTaskRun:
    """The child flow run's place in its parent."""

    def __init__(self, parent: FlowRunContext, flow_name: str, flow_key: str, inputs: TaskInputs) -> None:
        now = datetime.now(UTC)
        key = parent.key_of_call(flow_key)
        self._recorder = parent.session.recorder
        self._child: UUID | None = None
        self._run = TaskRun(
            id=new_record_id(now),
            created=now,
            updated=now,
            name=f"{flow_name}-{key}",
            flow_run_id=parent.flow_run.id,
            task_key=flow_key,
            dynamic_key=key,
            empirical_policy=TaskRunPolicy(),
            task_inputs=inputs,
            flow_run_run_count=parent.flow_run.run_count,
        )

    @property
    def id(self) -> UUID:
        """Of the task run."""
        return self._run.id

    def begin(self, child: UUID) -> None:
        """The child flow run `child` has begun."""
        self._child = child
        self._enter(State(type=StateType.RUNNING))

    def end(self, state: DomainState) -> None:
        """The child flow run has ended in `state`."""
        self._enter(State(type=state.type, name=state.name, message=state.message))

    def _enter(self, state: DomainState) -> None:
        state.state_details = StateDetails(
            flow_run_id=self._run.flow_run_id, task_run_id=self._run.id, child_flow_run_id=self._child
        )
        self._recorder.record(self._run, state)
