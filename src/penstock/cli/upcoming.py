"""Runs that are due, or soon will be, as the `preview` commands show them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from penstock.cli.render import show_json, show_table
from penstock.cli.session import CommandClient
from penstock.contract.work_pools import ScheduledRunsQuery, WorkerFlowRunResponse, get_scheduled_flow_runs


def show_upcoming(
    client: CommandClient, queues_by_pool: Mapping[str, list[str] | None], hours: int, *, as_json: bool
) -> None:
    """Print the scheduled runs of pools by their times.

    Args:
        queues_by_pool: The pools, each with the queues that are meant; None for all of its queues.
        hours: How far ahead.
    """
    until = datetime.now(UTC) + timedelta(hours=hours)
    found: list[tuple[str, WorkerFlowRunResponse]] = []
    for pool, queues in queues_by_pool.items():
        query = ScheduledRunsQuery(work_queue_names=queues, scheduled_before=until)
        found += [(pool, run) for run in client.call(get_scheduled_flow_runs, pool, query)]
    found.sort(key=lambda each: each[1].flow_run.next_scheduled_start_time or until)
    if as_json:
        show_json([run for _, run in found])
        return
    rows = [
        (
            run.flow_run.next_scheduled_start_time,
            run.flow_run.name,
            run.flow_run.state_name,
            pool,
            run.flow_run.work_queue_name,
            run.flow_run.id,
        )
        for pool, run in found
    ]
    empty = f"No run is due within {hours} h."
    show_table(("Due", "Flow run", "State", "Pool", "Queue", "ID"), rows, empty=empty)
