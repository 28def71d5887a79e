"""`penstock worker`: take what is due in a work pool, and see it through."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.command import Noun, nearest
from penstock.cli.documents import read_base_job_template
from penstock.cli.exits import ExitCode
from penstock.cli.finding import every, find_work_pool
from penstock.cli.render import note, show
from penstock.cli.session import CommandClient, current_settings, open_client, with_server
from penstock.contract.work_pools import WorkPoolQuery, read_work_pools
from penstock.domain.errors import NotFound
from penstock.settings import Settings

if TYPE_CHECKING:
    from penstock.workers.base import Worker, WorkerOptions

_STOPS = (signal.SIGINT, signal.SIGTERM)


@click.group("worker", cls=Noun)
def worker() -> None:
    """Start a worker, which runs what is due in a work pool."""


@worker.command("start")
@click.option("--name", "-n", metavar="NAME", help="What it is called; by default a name of its own.")
@click.option("--pool", "-p", metavar="POOL", help="The work pool that it serves.")
@click.option(
    "--work-queue", "-q", multiple=True, metavar="QUEUE", help="Only this queue of the pool; several times."
)
@click.option("--type", "-t", metavar="TYPE", help="What it starts: process, …; as its pool by default.")
@click.option(
    "--prefetch-seconds",
    type=click.IntRange(0),
    expose_value=False,
    help="Accepted, and not needed: the server tells a worker the moment a run is due.",
)
@click.option("--run-once/--no-run-once", default=False, help="Run what is due now, and end.")
@click.option("--limit", "-l", type=click.IntRange(1), help="Runs at once at most.")
@click.option(
    "--install-policy",
    type=click.Choice(["always", "if-not-present", "never", "prompt"]),
    expose_value=False,
    help="Accepted; a worker never installs packages by itself.",
)
@click.option(
    "--base-job-template",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Template of the pool, where it is created.",
)
@click.option(
    "--create-pool-if-not-found/--no-create-pool-if-not-found",
    default=True,
    show_default=True,
    help="Create the pool, if there is none and --type is given.",
)
def start(
    *,
    name: str | None,
    pool: str | None,
    work_queue: tuple[str, ...],
    type: str | None,
    run_once: bool,
    limit: int | None,
    base_job_template: Path | None,
    create_pool_if_not_found: bool,
) -> ExitCode:
    """Start a worker. Ctrl-C, or SIGTERM, gives its runs 20 seconds to finish; a second one none.

    A worker that is away loses no run: what it has not claimed waits, and what it has started goes on.

    \b
    Examples:
      penstock worker start --pool local
      penstock worker start --pool local --type process --limit 4 --work-queue urgent
    """
    from penstock.workers.base import WorkerOptions, default_name
    from penstock.workers.registry import load_launcher

    settings = current_settings()
    chosen = pool or settings.deployments.default_work_pool_name
    if chosen is None:
        message = "Say which work pool it serves: --pool NAME."
        raise click.UsageError(message, click.get_current_context())
    with open_client(settings) as client:
        kind = type or _type_of_pool(client, chosen)
    options = WorkerOptions(
        pool=chosen,
        name=name or default_name(),
        queues=work_queue,
        limit=limit,
        create_pool=create_pool_if_not_found,
        run_once=run_once,
        heartbeat_seconds=settings.worker.heartbeat_seconds,
        base_job_template=read_base_job_template(str(base_job_template)) if base_job_template else None,
    )
    asyncio.run(_serve(with_server(settings), load_launcher(kind)(), options))
    note(f"The worker {options.name!r} has ended.")
    return ExitCode.OK


def _type_of_pool(client: CommandClient, name: str) -> str:
    try:
        return find_work_pool(client, name).type
    except NotFound:
        known = [pool.name for pool in every(client, read_work_pools, WorkPoolQuery())]
    message = f"There is no work pool {name!r}.{nearest(name, known)}"
    raise NotFound(message, hint=f"To create it, say of which type: --pool {name} --type process.")


async def _serve(settings: Settings, launcher: Any, options: "WorkerOptions") -> None:
    """Work until a signal, or the end of what is due, ends it."""
    from penstock.client.client import open_client as open_any_client
    from penstock.workers.base import Worker

    client = open_any_client(settings, os.environ, on_loop=True, origin="worker")
    try:
        worker = Worker(launcher, client, options, _say)
        with _Stopping(worker):
            await worker.run()
    finally:
        client.close()


def _say(text: str) -> None:
    show(f"{datetime.now().astimezone():%H:%M:%S} | {text}")


class _Stopping:
    """Lets SIGINT and SIGTERM stop a worker: the first one politely."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._is_asked = False

    def __enter__(self) -> None:
        for number in _STOPS:
            self._loop.add_signal_handler(number, self._on_signal(number))

    def __exit__(self, *failure: object) -> None:
        for number in _STOPS:
            self._loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> Callable[[], None]:
        def stop() -> None:
            if not self._is_asked:
                _say(f"{number.name}: finishing the runs under way. Once more ends them.")
            self._is_asked = True
            self._worker.stop()

        return stop
