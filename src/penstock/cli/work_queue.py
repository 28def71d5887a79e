"""`penstock work-queue`: the lanes of a work pool, by priority and with limits of their own."""

from typing import Any

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.finding import every, find_work_pool, find_work_queue
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, current_settings, open_client
from penstock.cli.upcoming import show_upcoming
from penstock.contract.filters import WorkQueueFilter
from penstock.contract.operators import TextInOrStarts
from penstock.contract.work_pools import WorkPoolQuery, read_work_pools
from penstock.contract.work_queues import (
    WorkQueueCreate,
    WorkQueueQuery,
    WorkQueueResponse,
    WorkQueueUpdate,
    create_work_queue,
    delete_work_queue_by_id,
    read_all_work_queues,
    read_work_queue_concurrency_status,
    read_work_queue_runs,
    read_work_queue_status,
    read_work_queues,
    update_work_queue_by_id,
)
from penstock.domain.errors import InvalidInput

_NAME_HELP = "Name of the queue."
pool_option = click.option(
    "--pool", "-p", metavar="POOL", help="Its pool; needed where several pools have a queue of that name."
)


@click.group("work-queue", cls=Noun)
def work_queue() -> None:
    """Manage the queues of work pools.

    Every pool has a queue `default`. Runs of queues with a lower priority number go first.
    """


@work_queue.command("create")
@argument("name", help=_NAME_HELP)
@click.option("--limit", "-l", type=click.IntRange(0), help="Runs at once at most.")
@click.option("--pool", "-p", metavar="POOL", help="Its pool; needed where there are several.")
@click.option("--priority", "-q", type=click.IntRange(1), help="1 goes first; the last by default.")
@output_option
def create(name: str, limit: int | None, pool: str | None, priority: int | None, as_json: bool) -> None:
    """Create a queue in a pool."""
    with open_client() as client:
        pool_name = _pool_to_create_in(client, pool)
        wanted = WorkQueueCreate(name=name, concurrency_limit=limit, priority=priority)
        queue = client.call(create_work_queue, pool_name, wanted)
    if as_json:
        show_json(queue)
    else:
        show(f"Created the work queue {name!r} in the pool {pool_name!r}, priority {queue.priority}.")


def _pool_to_create_in(client: CommandClient, given: str | None) -> str:
    name = given or current_settings().deployments.default_work_pool_name
    if name is not None:
        return find_work_pool(client, name).name
    pools = [pool.name for pool in every(client, read_work_pools, WorkPoolQuery())]
    if len(pools) == 1:
        return pools[0]
    if not pools:
        message = "There is no work pool to create a queue in."
        raise InvalidInput(message, hint="Make one by `penstock work-pool create NAME`.")
    message = f"Say in which pool: --pool {' | '.join(pools)}."
    raise click.UsageError(message, click.get_current_context())


def _change(name: str, pool: str | None, change: WorkQueueUpdate, told: str) -> None:
    with open_client() as client:
        queue = find_work_queue(client, name, pool)
        client.call(update_work_queue_by_id, queue.id, change)
    show(told.format(queue=f"the work queue {name!r} of the pool {queue.work_pool_name!r}"))


@work_queue.command("set-concurrency-limit")
@argument("name", help=_NAME_HELP)
@argument("limit", type=click.IntRange(0), help="Runs at once at most.")
@pool_option
def set_concurrency_limit(name: str, limit: int, pool: str | None) -> None:
    """Say how many runs of a queue may be under way at once."""
    change = WorkQueueUpdate(concurrency_limit=limit)
    _change(name, pool, change, f"At most {limit} runs of {{queue}} are under way at once.")


@work_queue.command("clear-concurrency-limit")
@argument("name", help=_NAME_HELP)
@pool_option
def clear_concurrency_limit(name: str, pool: str | None) -> None:
    """Let any number of runs of a queue be under way at once."""
    _change(name, pool, WorkQueueUpdate(concurrency_limit=None), "No limit holds for {queue}.")


@work_queue.command("pause")
@argument("name", help=_NAME_HELP)
@pool_option
def pause(name: str, pool: str | None) -> None:
    """Let workers take no more runs from a queue. Runs under way go on."""
    _change(name, pool, WorkQueueUpdate(is_paused=True), "Paused {queue}.")


@work_queue.command("resume")
@argument("name", help=_NAME_HELP)
@pool_option
def resume(name: str, pool: str | None) -> None:
    """Let workers take runs from a queue again."""
    _change(name, pool, WorkQueueUpdate(is_paused=False), "Resumed {queue}.")


@work_queue.command("inspect")
@argument("name", help=_NAME_HELP)
@pool_option
@output_option
def inspect(name: str, pool: str | None, as_json: bool) -> None:
    """Show a queue, and whether its runs are picked up in time."""
    with open_client() as client:
        queue = find_work_queue(client, name, pool)
        health = client.call(read_work_queue_status, queue.id)
    if as_json:
        show_json(queue)
        return
    fields = {key: value for key, value in msgspec.structs.asdict(queue).items() if key != "filter"}
    show_fields(fields | {"healthy": health.healthy, "late_runs": health.late_runs_count})


@work_queue.command("slots")
@argument("name", help=_NAME_HELP)
@pool_option
@output_option
def slots(name: str, pool: str | None, as_json: bool) -> None:
    """Show which runs take up a queue's concurrency limit."""
    with open_client() as client:
        queue = find_work_queue(client, name, pool)
        status = client.call(read_work_queue_concurrency_status, queue.id)
    if as_json:
        show_json(status)
        return
    limit = "no limit" if status.concurrency_limit is None else f"of {status.concurrency_limit}"
    show(f"{status.active_slots} runs under way, {limit}.")
    rows = [(run.name, run.state_name, run.start_time, run.id) for run in status.flow_runs]
    show_table(("Flow run", "State", "Since", "ID"), rows, empty="No run is under way.")


@work_queue.command("ls")
@click.option("--verbose/--no-verbose", "-v", default=False, help="Also ids and when they were polled.")
@click.option("--match", "-m", metavar="PREFIX", help="Only queues whose names begin so.")
@click.option("--pool", "-p", metavar="POOL", help="Only queues of this pool.")
@output_option
def ls(verbose: bool, match: str | None, pool: str | None, as_json: bool) -> None:
    """List work queues, by pool and priority."""
    named = WorkQueueFilter(name=TextInOrStarts(startswith_=[match])) if match else None
    query = WorkQueueQuery(work_queues=named)
    with open_client() as client:
        if pool is not None:
            find_work_pool(client, pool)
            queues = list(every(client, read_work_queues, query, pool))
        else:
            queues = list(every(client, read_all_work_queues, query))
    if as_json:
        show_json(queues)
        return
    queues.sort(key=lambda queue: (queue.work_pool_name or "", queue.priority))
    columns = ("Name", "Pool", "Priority", "Status", "Concurrency limit")
    rows = [_row(queue, verbose) for queue in queues]
    show_table((*columns, *(("ID", "Last polled") if verbose else ())), rows, empty="There are none.")


def _row(queue: WorkQueueResponse, verbose: bool) -> tuple[Any, ...]:
    status = queue.status.value if queue.status else ""
    more = (queue.id, queue.last_polled) if verbose else ()
    return queue.name, queue.work_pool_name, queue.priority, status, queue.concurrency_limit, *more


@work_queue.command("preview", context_settings={"help_option_names": ["--help"]})
@argument("name", help=_NAME_HELP)
@click.option("--hours", "-h", type=click.IntRange(1), default=1, show_default=True, help="How far ahead.")
@pool_option
@output_option
def preview(name: str, hours: int, pool: str | None, as_json: bool) -> None:
    """Show which runs of a queue are due, and which soon will be."""
    with open_client() as client:
        queue = find_work_queue(client, name, pool)
        show_upcoming(client, {str(queue.work_pool_name): [queue.name]}, hours, as_json=as_json)


@work_queue.command("delete")
@argument("name", help=_NAME_HELP)
@pool_option
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(name: str, pool: str | None, yes: bool) -> None:
    """Delete a queue."""
    settings = current_settings()
    with open_client(settings) as client:
        queue = find_work_queue(client, name, pool)
        where = f"the work queue {name!r} of the pool {queue.work_pool_name!r}"
        confirm_where_asked(f"Delete {where}?", yes=yes, settings=settings)
        client.call(delete_work_queue_by_id, queue.id)
    show(f"Deleted {where}.")


@work_queue.command("read-runs")
@argument("name", help=_NAME_HELP)
@pool_option
@output_option
def read_runs(name: str, pool: str | None, as_json: bool) -> None:
    """List the runs of a queue that are due."""
    with open_client() as client:
        queue = find_work_queue(client, name, pool)
        runs = client.call(read_work_queue_runs, queue.id)
    if as_json:
        show_json(runs)
        return
    rows = [(run.name, run.state_name, run.next_scheduled_start_time, run.id) for run in runs]
    show_table(("Flow run", "State", "Due", "ID"), rows, empty="No run of it is due.")
    note(f"Read {len(runs)} runs of the work queue {name!r}.")
