"""`penstock task-run`: single calls of tasks."""

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.finding import every, find_task_run
from penstock.cli.log_lines import LinePrinter, of_task_run
from penstock.cli.log_options import LogChoice, log_options, show_logs
from penstock.cli.render import show_fields, show_json, show_table
from penstock.cli.session import open_client
from penstock.contract.filters import TaskRunFilter, TaskRunSort, TaskRunStateFilter
from penstock.contract.operators import StateTypeIn, TextIn, TextInOrLike
from penstock.contract.task_runs import TaskRunQuery, read_task_runs
from penstock.domain.states import StateType

_ID_HELP = "Id of the run, or its name if no other has it."
_STATE_TYPES = click.Choice([type.value for type in StateType], case_sensitive=False)
_HIDDEN = ("state", "empirical_policy", "task_inputs")


@click.group("task-run", cls=Noun)
def task_run() -> None:
    """Look at task runs."""


@task_run.command("ls")
@click.option("--task-run-name", multiple=True, metavar="NAME", help="Only of this name; several times.")
@click.option("--limit", type=click.IntRange(1), default=15, show_default=True, help="How many at most.")
@click.option("--state", multiple=True, metavar="NAME", help="Only in a state of this name: Cached, …")
@click.option("--state-type", multiple=True, type=_STATE_TYPES, help="Only in a state of this type.")
@output_option
def ls(
    task_run_name: tuple[str, ...],
    limit: int,
    state: tuple[str, ...],
    state_type: tuple[str, ...],
    as_json: bool,
) -> None:
    """List task runs, the latest first."""
    chosen = TaskRunFilter(
        name=TextInOrLike(any_=list(task_run_name)) if task_run_name else None,
        state=_state_filter(state, state_type),
    )
    query = TaskRunQuery(sort=TaskRunSort.EXPECTED_START_TIME_DESC, task_runs=chosen)
    with open_client() as client:
        runs = list(every(client, read_task_runs, query, most=limit))
    if as_json:
        show_json(runs)
        return
    rows = [
        (run.id, run.name, run.state_name, run.start_time or run.expected_start_time, run.flow_run_id)
        for run in runs
    ]
    show_table(("ID", "Name", "State", "When", "Flow run"), rows, empty="There are none such.")


def _state_filter(names: tuple[str, ...], types: tuple[str, ...]) -> TaskRunStateFilter | None:
    if not names and not types:
        return None
    return TaskRunStateFilter(
        name=TextIn(any_=list(names)) if names else None,
        type=StateTypeIn(any_=[StateType(type) for type in types]) if types else None,
    )


@task_run.command("inspect")
@argument("id", metavar="ID", help=_ID_HELP)
@output_option
def inspect(id: str, as_json: bool) -> None:
    """Show all that is known of a task run; with --json the API's own document."""
    with open_client() as client:
        run = find_task_run(client, id)
    if as_json:
        show_json(run)
        return
    fields = msgspec.structs.asdict(run)
    shown = {
        key: value for key, value in fields.items() if key not in _HIDDEN and value not in (None, [], {})
    }
    if run.state and run.state.message:
        shown["state_message"] = run.state.message
    show_fields(shown)


@task_run.command("logs", context_settings={"help_option_names": ["--help"]})
@argument("id", metavar="ID", help=_ID_HELP)
@log_options
@output_option
def logs(id: str, choice: LogChoice, as_json: bool) -> None:
    """Print the log of a task run: all of it, its head or its tail."""
    with open_client() as client:
        run = find_task_run(client, id)
        show_logs(client, of_task_run(run.id), choice, LinePrinter(client, {}), as_json=as_json)
