"""Which flows, runs, deployments, … a query is about: one filter per noun, and the orders of answers.

A query takes filters of several nouns at once; `{"flows": {"name": {"any_": ["etl"]}}}` on flow runs means
"runs of the flow named etl". Field and operator names are those of the reference.
"""

from enum import StrEnum
from uuid import UUID

from msgspec import field

from penstock.contract.forms import Document
from penstock.contract.operators import (
    AtLeastAtMost,
    AtLeastAtMostOrNull,
    Before,
    Between,
    BetweenOrNull,
    CreatorIn,
    Equals,
    Exists,
    IdIn,
    IdInOrNot,
    IdInOrNull,
    IsNull,
    Like,
    Operator,
    ParentIn,
    StateTypeIn,
    StateTypeInOrNot,
    TagsAll,
    TagsAllOrAny,
    TextIn,
    TextInOrLike,
    TextInOrLikeOrExists,
    TextInOrNot,
    TextInOrNull,
    TextInOrStarts,
    TextsAll,
    TextSearch,
)
from penstock.contract.statuses import WorkerStatus


class FlowFilter(Document):
    """Flows."""

    operator: Operator = Operator.AND
    id: IdInOrNot | None = None
    deployment: IsNull | None = None
    name: TextInOrLike | None = None
    tags: TagsAll | None = None


class FlowRunStateFilter(Document):
    """The state that a flow run is in."""

    operator: Operator = Operator.AND
    type: StateTypeInOrNot | None = None
    name: TextInOrNot | None = None


class FlowRunFilter(Document):
    """Flow runs."""

    operator: Operator = Operator.AND
    id: IdInOrNot | None = None
    name: TextInOrLike | None = None
    tags: TagsAllOrAny | None = None
    deployment_id: IdInOrNull | None = None
    work_queue_name: TextInOrNull | None = None
    state: FlowRunStateFilter | None = None
    flow_version: TextIn | None = None
    start_time: BetweenOrNull | None = None
    """When it started, or, if it has not, when it is expected to."""
    end_time: BetweenOrNull | None = None
    expected_start_time: Between | None = None
    next_scheduled_start_time: Between | None = None
    parent_flow_run_id: ParentIn | None = None
    parent_task_run_id: IdInOrNull | None = None
    idempotency_key: TextInOrNot | None = None
    created_by: CreatorIn | None = None


class TaskRunStateFilter(Document):
    """The state that a task run is in."""

    operator: Operator = Operator.AND
    type: StateTypeIn | None = None
    name: TextIn | None = None


class FlowRunOfTaskFilter(IdInOrNull):
    """The flow run of a task run; `is_null_: true` finds tasks that were called outside flows."""

    is_null_: bool | None = False


class TaskRunFilter(Document):
    """Task runs."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    name: TextInOrLike | None = None
    tags: TagsAll | None = None
    state: TaskRunStateFilter | None = None
    start_time: BetweenOrNull | None = None
    end_time: BetweenOrNull | None = None
    expected_start_time: Between | None = None
    subflow_runs: Exists | None = None
    flow_run_id: FlowRunOfTaskFilter | None = None


class DeploymentFilter(Document):
    """Deployments."""

    operator: Operator = Operator.AND
    id: IdInOrNot | None = None
    name: TextInOrLike | None = None
    flow_or_deployment_name: Like | None = None
    paused: Equals | None = None
    tags: TagsAllOrAny | None = None
    work_queue_name: TextIn | None = None
    concurrency_limit: AtLeastAtMostOrNull | None = None


class WorkPoolFilter(Document):
    """Work pools."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    name: TextIn | None = None
    type: TextIn | None = None


class WorkQueueFilter(Document):
    """Work queues."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    name: TextInOrStarts | None = None


class WorkerStatusFilter(Document):
    """Whether a worker is heard of."""

    any_: list[WorkerStatus] | None = None
    not_any_: list[WorkerStatus] | None = None


class WorkerFilter(Document):
    """Workers."""

    operator: Operator = Operator.AND
    last_heartbeat_time: Between | None = None
    status: WorkerStatusFilter | None = None


class TaskRunOfLogFilter(Document):
    """The task run that wrote a line; `is_null_: true` finds what was written outside tasks."""

    any_: list[UUID] | None = None
    is_null_: bool | None = None


class LogFilter(Document):
    """Log lines."""

    operator: Operator = Operator.AND
    level: AtLeastAtMost | None = None
    timestamp: Between | None = None
    flow_run_id: IdIn | None = None
    task_run_id: TaskRunOfLogFilter | None = None
    text: TextSearch | None = None


class VariableFilter(Document):
    """Variables."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    name: TextInOrLike | None = None
    tags: TagsAll | None = None


class ArtifactFilter(Document):
    """Artifacts."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    key: TextInOrLikeOrExists | None = None
    flow_run_id: IdIn | None = None
    task_run_id: IdIn | None = None
    type: TextInOrNot | None = None


class ArtifactCollectionFilter(Document):
    """The latest artifacts of their keys."""

    operator: Operator = Operator.AND
    latest_id: IdIn | None = None
    key: TextInOrLikeOrExists | None = None
    flow_run_id: IdIn | None = None
    task_run_id: IdIn | None = None
    type: TextInOrNot | None = None


class AutomationFilter(Document):
    """Automations."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    name: TextIn | None = None
    created: Before | None = None
    tags: TagsAllOrAny | None = None


class BlockTypeFilter(Document):
    """Types of blocks."""

    name: Like | None = None
    slug: TextIn | None = None


class BlockSchemaFilter(Document):
    """Schemas of blocks."""

    operator: Operator = Operator.AND
    block_type_id: IdIn | None = None
    block_capabilities: TextsAll | None = None
    id: IdIn | None = None
    version: TextIn | None = None


class BlockDocumentFilter(Document):
    """Block documents."""

    operator: Operator = Operator.AND
    id: IdIn | None = None
    is_anonymous: Equals | None = field(default_factory=lambda: Equals(eq_=False))
    block_type_id: IdIn | None = None
    name: TextInOrLike | None = None


class NamedSort(StrEnum):
    """Orders of things that have names: flows, deployments, variables, automations."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class LogSort(StrEnum):
    """Orders of log lines."""

    TIMESTAMP_ASC = "TIMESTAMP_ASC"
    TIMESTAMP_DESC = "TIMESTAMP_DESC"


class FlowRunSort(StrEnum):
    """Orders of flow runs."""

    ID_DESC = "ID_DESC"
    START_TIME_ASC = "START_TIME_ASC"
    START_TIME_DESC = "START_TIME_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"


class TaskRunSort(StrEnum):
    """Orders of task runs."""

    ID_DESC = "ID_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"
    DURATION_DESC = "DURATION_DESC"
    DURATION_ASC = "DURATION_ASC"
