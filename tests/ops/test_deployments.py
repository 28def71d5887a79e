"""Deployments: made, replaced, edited, paused and deleted, with the runs that wait for them."""

from uuid import uuid4

import pytest
from msgspec import UNSET

from penstock.contract.deployments import (
    DeploymentBulkDelete,
    DeploymentCreate,
    DeploymentPageQuery,
    DeploymentQuery,
    DeploymentRunsQuery,
    DeploymentUpdate,
    ScheduleDeployment,
)
from penstock.contract.filters import DeploymentFilter, FlowRunFilter
from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.operators import TextInOrLike
from penstock.contract.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate
from penstock.contract.work_pools import ScheduledRunsQuery
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound, ParameterInvalid
from penstock.domain.problems import JobVariablesInvalid
from penstock.domain.schedules import CronSchedule, IntervalSchedule

HOURLY = CronSchedule(cron="0 * * * *")
DAILY = CronSchedule(cron="0 6 * * *")


def schedule(schedule=HOURLY, **given):
    return DeploymentScheduleCreate(schedule=schedule, **given)


def read(world, deployment):
    return world.call("read_deployment", id=deployment.id)


def waiting(world):
    query = FlowRunQuery(sort="NEXT_SCHEDULED_START_TIME_ASC")
    return [run for run in world.call("read_flow_runs", body=query) if run.state_type == "SCHEDULED"]


def test_a_deployment_keeps_what_it_is_given(world):
    world.pool()
    flow = world.flow()
    body = DeploymentCreate(
        name="daily",
        flow_id=flow.id,
        work_pool_name="local",
        parameters={"x": 1},
        parameter_openapi_schema={"type": "object", "properties": {"x": {"type": "integer"}}},
        tags=["a"],
        labels={"team": "data"},
        pull_steps=[{"git_clone": {"repository": "r"}}],
        entrypoint="flows.py:etl",
        path="/src",
        version="v1",
        description="every day",
        job_variables={"env.A": 1},
        concurrency_limit=3,
    )
    made = world.call("create_deployment", body=body)
    assert made.created
    shown = made.value
    for name in (
        "parameters",
        "tags",
        "labels",
        "pull_steps",
        "entrypoint",
        "path",
        "version",
        "description",
    ):
        assert getattr(shown, name) == getattr(body, name)
    assert shown.job_variables == {"env": {"A": 1}}, "dotted names are made nested on the way in"
    assert (shown.work_pool_name, shown.work_queue_name) == ("local", "default")
    assert (shown.global_concurrency_limit.limit, shown.global_concurrency_limit.active_slots) == (3, 0)
    assert read(world, shown) == shown
    assert world.call("read_deployment_by_name", flow_name="etl", deployment_name="daily") == shown


def test_a_second_one_of_the_name_takes_its_place(world):
    world.pool()
    first = world.deployment(tags=["a"], job_variables={"image": "a"}, schedules=[schedule(slug="hourly")])
    body = DeploymentCreate(name="daily", flow_id=first.flow_id, work_pool_name="local", tags=["b"])
    again = world.call("create_deployment", body=body)
    assert (again.created, again.value.id) == (False, first.id)
    assert (again.value.tags, again.value.job_variables, again.value.schedules) == (["b"], {}, [])
    assert waiting(world) == []


def test_a_pool_that_is_not_there_creates_nothing(world):
    world.pool("local")
    flow = world.flow()
    body = DeploymentCreate(name="daily", flow_id=flow.id, work_pool_name="locall")
    with pytest.raises(NotFound, match="no work pool 'locall'") as refused:
        world.call("create_deployment", body=body)
    assert refused.value.hint == "Did you mean 'local'?"
    assert world.call("count_deployments", body=DeploymentQuery()) == 0


def test_a_flow_that_is_not_there_is_said_to_be_missing(world):
    with pytest.raises(NotFound, match="no flow"):
        world.call("create_deployment", body=DeploymentCreate(name="d", flow_id=uuid4()))


def test_a_queue_that_is_named_is_made(world):
    world.pool()
    assert world.deployment(work_queue_name="fast").work_queue_name == "fast"
    assert world.call("read_work_queue", work_pool_name="local", name="fast").priority == 2


def test_job_variables_that_do_not_fit_are_refused_with_their_layer(world):
    world.pool()
    with pytest.raises(JobVariablesInvalid) as refused:
        world.deployment(job_variables={"image": 3, "env": {"A=": "x"}})
    assert {p.layer for p in refused.value.problems} == {"deployment"}
    assert {p.path for p in refused.value.problems} >= {"image"}
    assert world.call("count_deployments", body=DeploymentQuery()) == 0


def test_doubtful_job_variables_are_warned_of(world):
    world.pool()
    made = world.deployment(job_variables={"imag": "x"})
    assert [w.path for w in made.job_variable_warnings] == ["imag"]
    assert world.deployment("other").job_variable_warnings is UNSET


def test_parameters_must_fit_but_may_be_incomplete(world):
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    world.deployment("a", pool=None, parameter_openapi_schema=schema)
    with pytest.raises(ParameterInvalid, match="'x' must be integer"):
        world.deployment("b", pool=None, parameter_openapi_schema=schema, parameters={"x": "1"})


def test_an_edit_changes_what_it_says_and_is_checked_like_the_whole(world):
    world.pool()
    world.pool("other")
    made = world.deployment(tags=["a"], job_variables={"image": "a"}, description="x")

    def edit(**given):
        world.call("update_deployment", id=made.id, body=DeploymentUpdate(**given))
        return read(world, made)

    assert edit(tags=["b"]).job_variables == {"image": "a"}
    assert edit(job_variables=None).job_variables == {"image": "a"}
    assert edit(job_variables={"image": "b"}).tags == ["b"]
    assert edit(description=None).description is None
    assert edit(paused=True).paused
    for wrong in ({"job_variables": {"env": 3}}, {"job_variables": {"image": 1}, "work_pool_name": "other"}):
        with pytest.raises(JobVariablesInvalid):
            edit(**wrong)
    with pytest.raises(NotFound):
        edit(work_pool_name="nowhere")
    assert edit(work_pool_name="other").work_pool_name == "other"
    assert edit(work_queue_name="fast").work_queue_name == "fast"
    assert edit(work_pool_name=None).work_queue_id is None
    with pytest.raises(NotFound):
        world.call("update_deployment", id=uuid4(), body=DeploymentUpdate(tags=[]))


def test_runs_of_schedules_are_there_at_once(world):
    world.pool()
    made = world.deployment(
        schedules=[schedule(parameters={"y": 2}, slug="hourly")], parameters={"x": 1}, tags=["t"]
    )
    found = waiting(world)
    assert len(found) == 3
    assert [run.next_scheduled_start_time.minute for run in found] == [0, 0, 0]
    first = found[0]
    assert (first.parameters, first.tags) == ({"x": 1, "y": 2}, ["t", "auto-scheduled"])
    assert first.auto_scheduled
    assert (first.created_by.type, first.created_by.id) == ("DEPLOYMENT", made.id)
    assert first.work_queue_name == "default"


@pytest.mark.parametrize("edit", ["patch", "schedule", "delete", "add", "replace"])
def test_an_edit_takes_back_what_does_not_hold_any_more(world, edit):
    world.pool()
    made = world.deployment(schedules=[schedule(slug="hourly")])
    manual = world.run_of(made, world.later(hours=5))
    old = made.schedules[0]
    expected = {6: 3}
    if edit == "patch":
        body = DeploymentUpdate(schedules=[DeploymentScheduleUpdate(schedule=DAILY, slug="hourly")])
        world.call("update_deployment", id=made.id, body=body)
    elif edit == "schedule":
        body = DeploymentScheduleUpdate(schedule=DAILY)
        world.call("update_deployment_schedule", id=made.id, schedule_id=old.id, body=body)
    elif edit == "delete":
        world.call("delete_deployment_schedule", id=made.id, schedule_id=old.id)
        expected = {}
    elif edit == "add":
        body = [schedule(DAILY, replaces="hourly", slug="daily")]
        (answer,) = world.call("create_deployment_schedules", id=made.id, body=body)
        assert (answer.id, answer.slug) == (old.id, "daily")
    else:
        world.deployment(schedules=[schedule(DAILY, slug="hourly")])
    hours = [run.next_scheduled_start_time.hour for run in waiting(world) if run.auto_scheduled]
    assert {hour: hours.count(hour) for hour in set(hours)} == expected
    assert world.run(manual).state_name == "Scheduled"
    if edit in ("patch", "replace", "schedule"):
        assert [s.id for s in read(world, made).schedules] == [old.id]


def test_what_is_due_already_stays_when_a_schedule_is_edited(world):
    world.pool()
    made = world.deployment(schedules=[schedule(slug="hourly")])
    world.clock.advance(hours=1)
    body = DeploymentScheduleUpdate(schedule=DAILY)
    world.call("update_deployment_schedule", id=made.id, schedule_id=made.schedules[0].id, body=body)
    due = [run for run in waiting(world) if run.next_scheduled_start_time <= world.now]
    assert len(due) == 1


def test_a_paused_deployment_has_no_runs_of_schedules_until_it_is_resumed(world):
    world.pool()
    made = world.deployment(schedules=[schedule()])
    manual = world.run_of(made)
    world.call("pause_deployment", id=made.id)
    assert [run.id for run in waiting(world)] == [manual.id]
    world.call("resume_deployment", id=made.id)
    assert len(waiting(world)) == 4
    assert not read(world, made).paused


def test_an_inactive_schedule_makes_nothing(world):
    world.pool()
    made = world.deployment(schedules=[schedule(active=False)])
    assert waiting(world) == []
    assert read(world, made).schedules[0].active is False


def test_a_schedule_may_keep_fewer_runs_waiting(world):
    world.pool()
    world.deployment(schedules=[schedule(IntervalSchedule(interval=60), max_scheduled_runs=5)])
    assert len(waiting(world)) == 5


def test_more_runs_can_be_asked_for_now(world):
    world.pool()
    made = world.deployment(schedules=[schedule()])
    body = ScheduleDeployment(min_runs=10, end_time=world.later(days=3))
    world.call("schedule_deployment", id=made.id, body=body)
    assert len(waiting(world)) == 10
    world.call("schedule_deployment", id=made.id, body=body)
    assert len(waiting(world)) == 10


def test_slugs_are_unique_in_a_deployment(world):
    world.pool()
    made = world.deployment(schedules=[schedule(slug="a")])
    with pytest.raises(AlreadyExists, match="schedule 'a' already"):
        world.call("create_deployment_schedules", id=made.id, body=[schedule(slug="a")])
    with pytest.raises(AlreadyExists):
        world.deployment("other", schedules=[schedule(slug="a"), schedule(slug="a")])
    body = DeploymentUpdate(schedules=[DeploymentScheduleUpdate(slug="new")])
    with pytest.raises(InvalidInput, match="needs cron, interval or rrule"):
        world.call("update_deployment", id=made.id, body=body)
    with pytest.raises(NotFound, match="schedule of this deployment"):
        world.call("delete_deployment_schedule", id=made.id, schedule_id=uuid4())
    assert [s.slug for s in world.call("read_deployment_schedules", id=made.id)] == ["a"]


def test_a_deleted_deployment_leaves_no_run_that_could_never_start(world):
    world.pool()
    made = world.deployment(schedules=[schedule()])
    claimed, queued = world.run_of(made, world.now), world.run_of(made, world.later(hours=1))
    claim = world.claim().runs[0]
    assert claim.flow_run.id == claimed.id
    world.call("delete_deployment", id=made.id)
    assert waiting(world) == []
    state = world.run(queued).state
    assert (state.name, state.message) == (
        "Cancelled",
        "The deployment 'daily' was deleted. The run had not started.",
    )
    assert world.set_state(claimed, "RUNNING", lease=claim.lease).status == "ACCEPT"
    assert world.call("read_job_spec", id=claimed.id).frozen
    with pytest.raises(NotFound):
        read(world, made)


def test_several_are_deleted_at_once(world):
    for name in ("etl-a", "etl-b", "other"):
        world.deployment(name, pool=None)
    named = DeploymentFilter(name=TextInOrLike(like_="ETL"))
    deleted = world.call("bulk_delete_deployments", body=DeploymentBulkDelete(deployments=named)).deleted
    assert len(deleted) == 2
    page = world.call("paginate_deployments", body=DeploymentPageQuery(limit=5))
    assert ([d.name for d in page.results], page.count, page.pages) == (["other"], 1, 1)


def test_a_deployment_is_ready_while_somebody_asks_for_its_runs(world):
    world.pool()
    pooled, served = world.deployment("pooled"), world.deployment("served", pool=None)
    assert {read(world, d).status for d in (pooled, served)} == {"NOT_READY"}
    world.call("get_scheduled_flow_runs", name="local", body=ScheduledRunsQuery())
    assert (read(world, pooled).status, read(world, served).status) == ("READY", "NOT_READY")
    run = world.run_of(served)
    body = DeploymentRunsQuery(deployment_ids=[served.id], scheduled_before=world.later(seconds=10))
    (found,) = world.call("get_scheduled_flow_runs_for_deployments", body=body)
    assert found.id == run.id
    assert read(world, served).status == "READY"
    world.clock.advance(seconds=61)
    assert {read(world, d).status for d in (pooled, served)} == {"NOT_READY"}


def test_a_polling_worker_is_told_what_is_due_and_no_more_than_fits(world):
    world.pool(concurrency_limit=2)
    deployment = world.deployment()
    for minutes in range(4):
        world.run_of(deployment, world.later(minutes=minutes), name=str(minutes))

    def ask(**given):
        body = ScheduledRunsQuery(**given)
        found = world.call("get_scheduled_flow_runs", name="local", body=body)
        return [each.flow_run.name for each in found]

    assert ask() == ["0", "1"]
    assert ask(scheduled_before=world.later(seconds=30)) == ["0"]
    assert ask(scheduled_after=world.later(minutes=2)) == ["2", "3"]
    assert ask(work_queue_names=["nothing"]) == []
    assert ask(work_queue_names=[]) == ask(), "so do workers of the reference ask for all"


def test_the_queue_of_a_deployment_is_told(world):
    world.pool()
    made, served = world.deployment(), world.deployment("served", pool=None)
    assert [q.name for q in world.call("work_queue_check_for_deployment", id=made.id)] == ["default"]
    assert world.call("work_queue_check_for_deployment", id=served.id) == []


def test_an_unknown_name_is_answered_with_the_nearest(world):
    world.deployment(pool=None)
    with pytest.raises(NotFound, match="no deployment 'etl/dayly'") as refused:
        world.call("read_deployment_by_name", flow_name="etl", deployment_name="dayly")
    assert refused.value.hint == "Did you mean 'etl/daily'?"


def test_runs_of_one_deployment_are_found(world):
    world.pool()
    a, b = world.deployment("a"), world.deployment("b")
    run = world.run_of(a)
    world.run_of(b)
    query = FlowRunQuery(
        deployments=DeploymentFilter(name=TextInOrLike(any_=["a"])), flow_runs=FlowRunFilter()
    )
    assert [r.id for r in world.call("read_flow_runs", body=query)] == [run.id]
