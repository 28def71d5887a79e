"""Where the contract differs from the reference, and why. One that is no difference any more fails a test."""

from fnmatch import fnmatchcase

DEVIATIONS = {
    # Refused at run time by the reference too, which leaves it out of its document.
    "*.limit: minimum is 0, not None": "more rows than one answer carries, or fewer than none",
    "*.limit: maximum is 200, not None": "more rows than one answer carries, or fewer than none",
    # Additions of ours: optional, and without effect for who does not know them.
    "*.lease_holder: ours alone": "asks for a lease on the run",
    "*.parent_flow_run_id: ours alone": "the run whose code makes this one",
    "*.lease: ours alone": "the lease that was asked for",
    "FlowRunResume.message: ours alone": "why it goes on, for its history",
    "DeploymentCreate.triggers: ours alone": "its automations, written with it or not at all",
    "WorkerHeartbeat.sent_at: ours alone": "what the clock of a worker says",
    "WorkerResponse.clock_ahead_seconds: ours alone": "how wrong that is",
    "*.job_variable_warnings: ours alone": "what is doubtful, told to who creates it",
    "DeploymentSchedule*.catch_up: ours alone": "what becomes of runs that nobody took in time",
    "DeploymentSchedule*.max_lateness_seconds: ours alone": "how late its runs may start",
    "LogCreate.id: ours alone": "lets a batch be sent twice without doubling lines",
    "LogCreate.worker_id: ours alone": "its own workers send it, and lose their lines where it is refused",
    # What the reference means too where it states no default.
    "*.limit: its default is 200, not None": "a page is 200 rows where nothing is said",
    "EventTrigger.posture: its default is Reactive, not None": "most triggers are",
    "RunDeployment.schedule_after: its default is 0.0, not None": "at once",
    "IntervalSchedule.anchor_date: its default is *": "else each request would have its own ticks",
    # One type for one thing, where the reference has two that differ in what they leave out.
    "FlowRunResponse.work_pool_*: ours alone": "`FlowRun` of a worker's poll, without the pool",
    "WorkQueueResponse.active_slots: ours alone": "`WorkQueue` of a deployment's check",
    "WorkQueueResponse.status: ours alone": "`WorkQueue` of a deployment's check",
    "WorkQueueResponse.work_pool_name: ours alone": "`WorkQueue` of a deployment's check",
    "TaskRun.*: ours alone": "`TaskRunResponse` of a page, which leaves out what `TaskRun` has",
    "SchemaValueError.index: ours alone": "of an item; of a property it has the other",
    "SchemaValueError.property: may be absent": "where it has an index",
    "Automation.owner_resource: ours alone": "the reference takes it and does not show it",
    "AutomationUpdate.seen: ours alone": "refuses an edit of what somebody changed since",
    "Automation.stopped: ours alone": "why the server stopped it, where it did",
    "RunDeployment.*: ours alone": "of the run: name, tags, queue, key",
    "CallWebhook.*: ours alone": "a URL instead of a block",
    "MetricTrigger*": "the reference stores them and does not describe them",
    "*rigger*: has more alternatives": "metric triggers",
    # Said in another way.
    "*: uniqueItems is None, not True": "a name that is said twice is the same name",
    "Deployment*.version_info: only one of the two says what fields it has": "kept whole, `type` checked",
    "*Trigger.id: null is answered": "every trigger that is kept has one",
    "CallWebhook.block_document_id: null is answered": "where it has a URL instead",
    "*: only one of the two requires ?'type'?": "told apart by it; every client sends it",
    "CallWebhook: only one of the two requires *": "it may have a URL instead of a block",
    "*Trigger: only one of the two requires *": "told apart by their fields too, as people write them",
    "*Trigger.within: is number, not string": "taken as text too: see `test_automation_bodies.py`",
    "*Trigger.within: minimum is 0, not None": "nothing happens within less than no time",
    "EventTrigger.within: its default is 0.0, not PT0S": "the same",
    "BlockDocumentFilter.is_anonymous: its default is None, not *": "it is the same one, made anew each time",
    "RunDeployment.schedule_after: is number, not string": "text too: see `test_automation_bodies.py`",
    "EventTrigger.posture: its values are *": "`Metric` is refused when it is saved",
    "validate_*template(): its default is None, not ": "what is left out is empty",
    "Variable*.value: one of the two takes any JSON": "the reference lists all JSON types one by one",
    "DeploymentUpdate.paused: its default is None, not False": "what a PATCH leaves out stays as it is",
    "WorkQueueUpdate.is_paused: its default is None, not False": "what a PATCH leaves out stays as it is",
    "*: only one of the two requires ?'input_type'?": "told apart by it; every client sends it",
    "IntervalSchedule.interval: is number, not string": "taken as text too: see `test_codec.py`",
    "IntervalSchedule.interval: exclusiveMinimum is None, not 0.0": "the type refuses less than a second",
    "IntervalSchedule.anchor_date: is string, not string/date-time": "may lack its zone",
    # Stricter: a misspelt field would be passed over, and the trigger match everything.
    "*Trigger: unknown fields are treated otherwise": "refused",
    "*FlowRun*: unknown fields are treated otherwise": "refused",
    "Pause*: unknown fields are treated otherwise": "refused",
    "Resume*: unknown fields are treated otherwise": "refused",
    "RunDeployment: unknown fields are treated otherwise": "refused",
    "DoNothing: unknown fields are treated otherwise": "refused",
    "CallWebhook: unknown fields are treated otherwise": "refused",
    "SendNotification: unknown fields are treated otherwise": "refused",
    # Stricter, where the looser form could not be answered.
    "TagLimitCreate.concurrency_limit: minimum is 0, not None": "fewer than no slots",
    "*Slots*.slots: maximum is 1000000000, not None": "sums of more are no number that databases know",
    "ConcurrencyLimitV2*: maximum is 1000000000, not None": "sums of more are no number that databases know",
    "update_flow_run_labels(): only one of the two says what its values are": "labels have plain values",
}
"""Patterns of differences, as `shapes.py` words them, and the reason for each."""

ADDED_STATUSES = {
    "create_flow",
    "create_flow_run",
    "create_task_run",
    "create_deployment",
    "create_flow_run_from_deployment",
    "create_saved_search",
    "create_tag_limit",
    "resume_flow_run",
    "set_flow_run_state",
    "set_task_run_state",
}
"""Answered with 201 when new, or when a run entered a state: so does the reference, whose document names
only 200."""

OTHER_STATUSES = {"create_artifact": {201}}
"""The statuses that the reference really answers with, where its document names another."""

RAW_ANSWERS = {"download_logs", "read_flow_run_input", "validate_automation_template", "validate_template"}
"""Answers of which the reference's document says nothing."""

STRICTER_BODIES = {"update_flow_run_labels"}
"""Take less than the reference says that it takes."""

FULLER_ANSWERS = {"paginate_task_runs"}
"""Always have a field that the reference leaves out, so that its own answers could not be read."""

CUT = {"GET /admin/settings": "the settings of another program; ours are answered under their own names"}
"""Answers whose fields were left out of `reference.json`, and why."""

NOT_COMPARED = {"SchemaValueIndexError": "one type of ours stands for it and `SchemaValuePropertyError`"}
"""Schemas of the reference that nothing of ours is compared with, and why."""


def is_written_down(line: str) -> bool:
    """Whether a difference is one of those above."""
    return any(fnmatchcase(line, pattern) for pattern in DEVIATIONS)
