"""`penstock flow-run`: executions of flows, from their creation to their last state."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from uuid import UUID

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.explanation import (
    code_of,
    compare,
    show_comparison,
    show_explanation,
    shown_value,
)
from penstock.cli.finding import every, find_flow_run, flow_names
from penstock.cli.flow_run_resume import resume
from penstock.cli.log_lines import LinePrinter, of_flow_run
from penstock.cli.log_options import LogChoice, log_options, show_logs
from penstock.cli.pages import page_url
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import confirm_where_asked, current_settings, open_client, server_url
from penstock.cli.watching import Wait, follow_logs, watch
from penstock.contract.filters import FlowFilter, FlowRunFilter, FlowRunSort, FlowRunStateFilter
from penstock.contract.flow_runs import (
    FlowRunQuery,
    FlowRunResponse,
    SetFlowRunState,
    delete_flow_run,
    read_flow_runs,
    set_flow_run_state,
)
from penstock.contract.job_variables import RunJob, read_job_spec
from penstock.contract.operators import StateTypeInOrNot, TextInOrLike, TextInOrNot
from penstock.contract.run_details import read_flow_run_detail
from penstock.contract.states import (
    OrchestrationResult,
    SetStateStatus,
    State,
    StateAcceptDetails,
    StateCreate,
)
from penstock.domain.errors import Conflict
from penstock.domain.names import did_you_mean
from penstock.domain.run_scopes import in_words
from penstock.domain.states import STATE_NAMES, StateType

_ID_HELP = "Id of the run, or its name if no other has it."
_STATE_TYPES = click.Choice([type.value for type in StateType], case_sensitive=False)


@click.group("flow-run", cls=Noun)
def flow_run() -> None:
    """Follow, explain, cancel, resume and retry flow runs."""


flow_run.add_command(resume)


@flow_run.command("ls")
@click.option("--flow-name", multiple=True, metavar="NAME", help="Only runs of this flow; several times.")
@click.option("--limit", type=click.IntRange(1), default=15, show_default=True, help="How many at most.")
@click.option("--state", multiple=True, metavar="NAME", help="Only in a state of this name: Late, …")
@click.option("--state-type", multiple=True, type=_STATE_TYPES, help="Only in a state of this type.")
@output_option
def ls(
    flow_name: tuple[str, ...],
    limit: int,
    state: tuple[str, ...],
    state_type: tuple[str, ...],
    as_json: bool,
) -> None:
    """List flow runs, the latest first.

    \b
    Examples:
      penstock flow-run ls --state-type FAILED --state-type CRASHED
      penstock flow-run ls --flow-name some-work --state Late --json
    """
    query = FlowRunQuery(
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        flows=FlowFilter(name=TextInOrLike(any_=list(flow_name))) if flow_name else None,
        flow_runs=_in_states(state, state_type),
    )
    with open_client() as client:
        runs = list(every(client, read_flow_runs, query, most=limit))
        names = {} if as_json else flow_names(client, (run.flow_id for run in runs))
    for name in state if not runs else ():
        if name not in STATE_NAMES and (near := did_you_mean(name, STATE_NAMES)):
            note(f"{name} is no name that Penstock gives a state. {near}")
    if as_json:
        show_json(runs)
        return
    rows = [
        (
            run.id,
            names.get(run.flow_id, "?"),
            run.name,
            run.state_name,
            run.start_time or run.expected_start_time,
        )
        for run in runs
    ]
    show_table(("ID", "Flow", "Name", "State", "When"), rows, empty="There are none such.")


def _in_states(names: tuple[str, ...], types: tuple[str, ...]) -> FlowRunFilter | None:
    if not names and not types:
        return None
    state = FlowRunStateFilter(
        name=TextInOrNot(any_=list(names)) if names else None,
        type=StateTypeInOrNot(any_=[StateType(type) for type in types]) if types else None,
    )
    return FlowRunFilter(state=state)


@flow_run.command("inspect")
@argument("id", metavar="ID", help=_ID_HELP)
@output_option
def inspect(id: str, as_json: bool) -> None:
    """Show all that is known of a flow run; with --json the API's own document."""
    with open_client() as client:
        run = find_flow_run(client, id)
        if as_json:
            show_json(run)
            return
        detail = client.call(read_flow_run_detail, run.id)
    fields = _fields(run) | {"flow": detail.flow.name}
    if detail.token_scopes is not None:
        fields["token"] = in_words(detail.token_scopes)
    show_fields(fields | {"url": page_url(client.settings, "runs", run.id)})


def _fields(run: FlowRunResponse) -> dict[str, object]:
    hidden = ("state", "empirical_policy", "context", "infrastructure_document_id", "lease")
    fields = msgspec.structs.asdict(run)
    shown = {key: value for key, value in fields.items() if key not in hidden and value not in (None, [], {})}
    if run.state and run.state.message:
        shown["state_message"] = run.state.message
    if run.created_by:
        shown["created_by"] = run.created_by.display_value or run.created_by.type
    return {key: value for key, value in shown.items() if value is not msgspec.UNSET}


@flow_run.command("delete")
@argument("id", metavar="ID", help=_ID_HELP)
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(id: str, yes: bool) -> None:
    """Delete a flow run with its task runs, states and logs."""
    settings = current_settings()
    with open_client(settings) as client:
        run = find_flow_run(client, id)
        confirm_where_asked(f"Delete the flow run {run.name!r} ({run.id})?", yes=yes, settings=settings)
        client.call(delete_flow_run, run.id)
    show(f"Deleted the flow run {run.name!r} ({run.id}).")


@flow_run.command("cancel")
@argument("id", metavar="ID", help=_ID_HELP)
@output_option
def cancel(id: str, as_json: bool) -> None:
    """Cancel a flow run. One that has not started is cancelled at once; else its worker ends it."""
    with open_client() as client:
        run = find_flow_run(client, id)
        wanted = StateCreate(type=StateType.CANCELLING, message="Cancelled by the command line.")
        result = client.call(set_flow_run_state, run.id, SetFlowRunState(state=wanted))
    state = _entered(run, result)
    if as_json:
        show_json(result)
    elif state.type is StateType.CANCELLED:
        show(f"The flow run {run.name!r} is cancelled; nothing of it had started.")
    else:
        show(f"The flow run {run.name!r} is being cancelled; whoever runs it ends it.")
        note(f"See it end by `penstock flow-run watch {run.id}`.")


@flow_run.command("retry")
@argument("id_or_name", metavar="ID-OR-NAME", help=_ID_HELP)
@click.option(
    "--entrypoint",
    "-e",
    metavar="FILE:FLOW",
    help="Run it in this process with this code, and wait; for a run that no worker would take.",
)
@output_option
def retry(id_or_name: str, entrypoint: str | None, as_json: bool) -> int | None:
    """Run a flow run that has ended again, with the same parameters and job variables.

    What its infrastructure gets is resolved anew when a worker takes it. A run without a deployment is
    run here, with --entrypoint.

    \b
    Examples:
      penstock flow-run retry brisk-otter
      penstock flow-run retry brisk-otter --entrypoint flows.py:some_work
    """
    if entrypoint is not None:
        _check_entrypoint(entrypoint)
    with open_client() as client:
        run = find_flow_run(client, id_or_name)
        if run.state is None or not run.state.is_terminal:
            message = (
                f"The flow run {run.name!r} is {run.state_name}; only one that has ended can be retried."
            )
            raise Conflict(message, hint=f"Cancel it first: `penstock flow-run cancel {run.id}`.")
        wanted = StateCreate(
            type=StateType.SCHEDULED, name="AwaitingRetry", message="Retried by the command line."
        )
        # Nobody but this process takes a run that has no deployment, so the rule against it may be skipped.
        body = SetFlowRunState(state=wanted, force=entrypoint is not None)
        result = client.call(set_flow_run_state, run.id, body)
    _entered(run, result)
    if entrypoint is not None:
        return _in_this_process(lambda engine: engine.run_from(run.id, entrypoint))
    if as_json:
        show_json(result)
        return None
    pool = f" a worker of the pool {run.work_pool_name!r}" if run.work_pool_name else " whoever serves it"
    show(f"The flow run {run.name!r} is scheduled again, for{pool}.")
    note(f"Watch it by `penstock flow-run watch {run.id}`.")
    return None


def _check_entrypoint(text: str) -> None:
    """Find its file before anything is changed. Raises `InvalidInput`, `NotFound`."""
    from penstock.sdk.deployments.entrypoints import find_file, parse_entrypoint

    entrypoint = parse_entrypoint(text)
    if entrypoint.file:
        find_file(entrypoint, Path.cwd())


def _entered(run: FlowRunResponse, result: OrchestrationResult) -> State:
    """The state that a run is in after a proposal. Raises `Conflict` where nothing came of it."""
    if result.status in (SetStateStatus.ACCEPT, SetStateStatus.REJECT) and result.state is not None:
        return result.state
    reason = None if isinstance(result.details, StateAcceptDetails) else result.details.reason
    message = f"The flow run {run.name!r} was not changed: {reason or f'it is {run.state_name}.'}"
    raise Conflict(message)


@flow_run.command("logs", context_settings={"help_option_names": ["--help"]})
@argument("id", metavar="ID", help=_ID_HELP)
@log_options
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
@output_option
def logs(*, id: str, choice: LogChoice, follow: bool, as_json: bool) -> int | None:
    """Print the log of a flow run and its task runs: all of it, its head or its tail.

    \b
    Examples:
      penstock flow-run logs brisk-otter --tail -n 50
      penstock flow-run logs 01998d2c-5a6e-7d07-8d29-4a1c4d9a4f7d --follow
    """
    choice = choice.for_following() if follow else choice
    with open_client() as client:
        run = find_flow_run(client, id)
        printer = LinePrinter(client, {run.id: run.name}, as_json_lines=follow and as_json)
        if follow:
            return follow_logs(client, run, choice, printer)
        empty = _nothing_logged(run)
        show_logs(client, of_flow_run(run.id), choice, printer, as_json=as_json, empty=empty)
    return None


def _nothing_logged(run: FlowRunResponse) -> str:
    """What happened to a run whose log is empty: one that could not even be started has none."""
    said = f": {run.state.message}" if run.state and run.state.message else "."
    return f"Nothing was logged. The flow run {run.name!r} is {run.state_name}{said}"


@flow_run.command("watch")
@argument("id", metavar="ID", help=_ID_HELP)
@click.option("--timeout", type=click.FloatRange(0), metavar="SECONDS", help="Stop watching after this.")
@output_option
def watch_(id: str, timeout: float | None, as_json: bool) -> int:
    """Print a flow run's states and log lines as they come, until it ends.

    The exit code is 0 only if the run ends as Completed. Ctrl-C stops watching, not the run.
    """
    with open_client() as client:
        return watch(client, find_flow_run(client, id), Wait(timeout=timeout), as_json=as_json)


@flow_run.command("explain")
@argument("id", metavar="ID", help=_ID_HELP)
@output_option
def explain(id: str, as_json: bool) -> int:
    """Show which layer set each job variable of a flow run, and what it was launched with.

    Before a worker has claimed the run, it shows what the run would get now.
    """
    with open_client() as client:
        run = find_flow_run(client, id)
        job = client.call(read_job_spec, run.id)
    if as_json:
        document = msgspec.to_builtins(job)
        show_json(document.pop("explanation") | document)
        return code_of(job.explanation)
    show(_when(run, job))
    code = show_explanation(job.explanation)
    _show_launch(job)
    return code


def _when(run: FlowRunResponse, job: RunJob) -> str:
    if job.frozen:
        since = f" at {job.frozen_at.astimezone():%Y-%m-%d %H:%M:%S}" if job.frozen_at else ""
        return f"What the flow run {run.name!r} got, frozen when a worker claimed it{since}:\n"
    return f"What the flow run {run.name!r} would get if a worker claimed it now:\n"


def _show_launch(job: RunJob) -> None:
    if job.launch is msgspec.UNSET:
        return
    show(f"\nStarted as {job.launch.identifier}:")
    for name, value in job.launch.started_as.items():
        show(f"  {name}: {shown_value(value)}")
    for change in job.differences:
        before, after = (
            "nothing" if value is msgspec.UNSET else shown_value(value)
            for value in (change.before, change.after)
        )
        show(f"  ⚠ {change.path}: the job says {before}; started was {after}")


@flow_run.command("diff")
@argument("a", help="Id or name of a run.")
@argument("b", help="Id or name of another.")
@output_option
def diff(a: str, b: str, as_json: bool) -> None:
    """Compare what two flow runs were launched with: which job variables differ, and who set them."""
    with open_client() as client:
        runs = [find_flow_run(client, each) for each in (a, b)]
        jobs = [client.call(read_job_spec, run.id).explanation.job for run in runs]
    comparison = compare(jobs[0], jobs[1])
    show_comparison(comparison, (runs[0].name, runs[1].name), as_json=as_json)


@flow_run.command("execute")
@argument("id", required=False, type=click.UUID, envvar="PENSTOCK__FLOW_RUN_ID", help="Id of the run.")
def execute(id: UUID | None) -> int:
    """Run a flow run in this process; by default the one that PENSTOCK__FLOW_RUN_ID names.

    This is what a worker's process does. The exit code is 0 if the run completed, or was not to be run.
    """
    return _in_this_process(lambda engine: engine.main([str(id)] if id else []))


def _in_this_process(start: Callable[[ModuleType], int]) -> int:
    """Let the engine run a flow run here. It reads its settings from the environment, as elsewhere."""
    from penstock.sdk.engine import main as engine

    settings = current_settings()
    os.environ["PENSTOCK_API_URL"] = server_url(settings)
    os.environ["PENSTOCK_PROFILE"] = settings.profile
    return start(engine)
