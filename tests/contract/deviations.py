"""Where the contract differs from the reference, and why. One that is no difference any more fails a test."""

from fnmatch import fnmatchcase

DEVIATIONS = {
    # Refused at run time by the reference too, which leaves it out of its document.
    "*.limit: minimum is 0, not None": "more rows than one answer carries, or fewer than none",
    "*.limit: maximum is 200, not None": "more rows than one answer carries, or fewer than none",
    # Additions of ours: optional, and without effect for who does not know them.
    "*.lease_holder: ours alone": "asks for a lease on the run",
    "*.lease: ours alone": "the lease that was asked for",
    "*.job_variable_warnings: ours alone": "what is doubtful, told to who creates it",
    "LogCreate.id: ours alone": "lets a batch be sent twice without doubling lines",
    # One type for one thing, where the reference has two that differ in what they leave out.
    "FlowRunResponse.work_pool_*: ours alone": "`FlowRun` of a worker's poll, without the pool",
    "WorkQueueResponse.active_slots: ours alone": "`WorkQueue` of a deployment's check",
    "WorkQueueResponse.status: ours alone": "`WorkQueue` of a deployment's check",
    "WorkQueueResponse.work_pool_name: ours alone": "`WorkQueue` of a deployment's check",
    "TaskRun.*: ours alone": "`TaskRunResponse` of a page, which leaves out what `TaskRun` has",
    # Said in another way.
    "Variable*.value: one of the two takes any JSON": "the reference lists all JSON types one by one",
    "DeploymentUpdate.paused: its default is None, not False": "what a PATCH leaves out stays as it is",
    "WorkQueueUpdate.is_paused: its default is None, not False": "what a PATCH leaves out stays as it is",
    "*: only one of the two requires ?'input_type'?": "told apart by it; every client sends it",
    "IntervalSchedule.interval: is number, not string": "taken as text too: see `test_codec.py`",
    "IntervalSchedule.interval: exclusiveMinimum is None, not 0.0": "the type refuses less than a second",
    "IntervalSchedule.anchor_date: is string, not string/date-time": "may lack its zone",
    # Stricter, where the looser form could not be answered.
    "update_flow_run_labels(): only one of the two says what its values are": "labels have plain values",
}
"""Patterns of differences, as `shapes.py` words them, and the reason for each."""

ADDED_STATUSES = {
    "create_flow",
    "create_flow_run",
    "create_task_run",
    "create_deployment",
    "create_flow_run_from_deployment",
}
"""Answered with 201 when new: so does the reference, whose document names only 200."""

RAW_ANSWERS = {"download_logs"}
"""Answers that are not JSON: so are the reference's, whose document says nothing about them."""

STRICTER_BODIES = {"update_flow_run_labels"}
"""Take less than the reference says that it takes."""

FULLER_ANSWERS = {"paginate_task_runs"}
"""Always have a field that the reference leaves out, so that its own answers could not be read."""

LATER = (
    "/admin/settings",
    "/admin/storage",
    "/artifacts",
    "/automations",
    "/block_",
    "/concurrency_limits",
    "/events",
    "/flow_runs/lateness",
    "/flow_runs/{id}/graph",
    "/flow_runs/{id}/input",
    "/flow_runs/{id}/resume",
    "/observed-states",
    "/saved_searches",
    "/task_workers",
    "/templates",
    "/ui/",
    "/v2/concurrency_limits",
)
"""Parts of the reference that are not here yet."""


def is_written_down(line: str) -> bool:
    """Whether a difference is one of those above."""
    return any(fnmatchcase(line, pattern) for pattern in DEVIATIONS)
