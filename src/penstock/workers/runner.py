"""Serving flows from this process: their runs are claimed here, and each is a process of its own.

    check → publish → claim ⇄ (run_in_care.py) → drain → pause

It is a worker without a pool: what it waits for are the runs of its own deployments.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TextIO
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace

from penstock.client.client import Client, open_client
from penstock.contract.claims import ClaimAnswer, ClaimedRun, ServedClaimRequest, claim_served_flow_runs
from penstock.contract.deployments import pause_deployment
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.sdk.deployments.diagnostics import Diagnostic, Severity
from penstock.sdk.deployments.entrypoints import is_loading
from penstock.sdk.deployments.flow_deployment import FlowDeployment, pulls_code
from penstock.sdk.deployments.publishing import Published, check, publish
from penstock.sdk.deployments.server_client import served
from penstock.sdk.logging import get_logger
from penstock.settings import Settings, load_settings
from penstock.workers.base import Worker, WorkerOptions
from penstock.workers.launchers.process import ProcessLauncher

_STOPS = (signal.SIGINT, signal.SIGTERM)

_NO_JOB_VARIABLES = Diagnostic(
    severity=Severity.WARNING,
    message="job_variables have no effect on what is served: there is no infrastructure but this machine.",
    hint="Set the environment of this process, or deploy to a work pool.",
)


class ServeOptions(msgspec.Struct, frozen=True):
    """How flows are served."""

    limit: int | None = None
    """The most runs at once; None: the setting `runner.process_limit`."""
    pause_on_shutdown: bool = True
    """Whether the schedules make no runs while nobody serves them."""
    print_starting_message: bool = True


class ServedDeployments:
    """The source of a runner's work: the runs of its deployments."""

    def __init__(self, client: Client, deployments: Sequence[Published]) -> None:
        self._client = client
        self._ids = [each.id for each in deployments]
        self._name = f"{os.getpid()} on {socket.gethostname()}"
        self._instance = uuid4()

    async def register(self) -> None:
        """Nothing: the deployments are there."""

    async def heartbeat(self) -> None:
        """Nothing: that their runs are asked for is enough."""

    async def claim(self, limit: int, running: Sequence[UUID], wait_seconds: float) -> ClaimAnswer:
        """Runs that are due, each to be started where its code is."""
        request = ServedClaimRequest(
            runner_name=self._name,
            runner_id=self._instance,
            deployment_ids=self._ids,
            limit=limit,
            running=list(running),
            wait_seconds=wait_seconds,
        )
        answer = await self._client.call(claim_served_flow_runs, request)
        return ClaimAnswer(runs=[_at_home(claim) for claim in answer.runs], cancelling=answer.cancelling)


def _at_home(claim: ClaimedRun) -> ClaimedRun:
    """The run, to be started in the directory of its code; one that pulls its code gets an empty one."""
    directory = claim.deployment.path if claim.deployment else None
    if directory is None:
        return claim
    configuration = {**claim.job_spec.job_configuration, "working_dir": directory}
    return replace(claim, job_spec=replace(claim.job_spec, job_configuration=configuration))


def serve(
    deployments: Sequence[FlowDeployment], options: ServeOptions, settings: Settings | None = None
) -> None:
    """`aserve`, where no event loop runs. A file that is only loaded serves nothing.

    Raises:
        InvalidInput: An event loop runs here.
    """
    if is_loading():
        get_logger("runner").warning(
            "serve() does nothing in a file that is only loaded, to find a flow in it. "
            'Put it under `if __name__ == "__main__":`.'
        )
        return
    if asyncio._get_running_loop() is not None:
        raise InvalidInput(
            "serve() would block the event loop that runs here.", hint="Write `await aserve(…)`."
        )
    asyncio.run(aserve(deployments, options, settings))


async def aserve(
    deployments: Sequence[FlowDeployment], options: ServeOptions, settings: Settings | None = None
) -> None:
    """Create the deployments, and run what is due of them until a signal ends it.

    The first SIGINT or SIGTERM lets the runs under way end, for a while; a second one ends them.

    Args:
        settings: Those in force when left out.

    Raises:
        InvalidInput: There is nothing to serve, or something about it cannot be used.
        ServerUnreachable: No server answers.
    """
    if not deployments:
        raise InvalidInput("There is nothing to serve.", field="deployments", hint="Give a deployment.")
    settings = settings or load_settings()
    limit = settings.runner.process_limit if options.limit is None else options.limit
    client = open_client(settings, os.environ, on_loop=True)
    try:
        checked = await check([_served(each) for each in deployments], served(client))
        published = [await publish(each, client) for each in checked]
        worker = Worker(
            ProcessLauncher(),
            client,
            WorkerOptions(pool="", name=f"runner-{socket.gethostname()}-{os.getpid()}", limit=limit),
            _say,
            ServedDeployments(client, published),
        )
        with _stopping(worker):
            # Not before: whoever reads how to stop it may do so at once.
            _tell_start(published, client, options)
            await worker.run()
        if options.pause_on_shutdown:
            await _pause(published, client)
    finally:
        client.close()


def _served(deployment: FlowDeployment) -> FlowDeployment:
    """The deployment without a pool; code of this machine is used where it is."""
    plan = replace(deployment.plan, work_pool_name=None, work_queue_name=None)
    if plan.job_variables:
        plan = replace(plan, job_variables={}, warnings=(*plan.warnings, _NO_JOB_VARIABLES))
    if not pulls_code(plan.pull_steps):
        plan = replace(plan, pull_steps=[], path=str(plan.directory))
    return FlowDeployment(plan, deployment.flow)


def _tell_start(published: Sequence[Published], client: Client, options: ServeOptions) -> None:
    for each in published:
        for warning in each.warnings:
            _write(sys.stderr, f"Warning: {each.name}: {warning}")
        if options.print_starting_message:
            _write(sys.stdout, f"Serving {each.name} ({each.id}) at {client.api_url}.")
            _write(sys.stdout, *(f"  {command}" for command in each.next_steps))
    if options.print_starting_message:
        _write(sys.stdout, "Ctrl-C stops it.")


async def _pause(published: Sequence[Published], client: Client) -> None:
    try:
        for each in published:
            await client.call(pause_deployment, each.id)
            _say(f"The schedules of {each.name} are paused until it is served again.")
    except PenstockError as error:
        _say(f"The schedules could not be paused: {error}")


@contextmanager
def _stopping(worker: Worker) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop a worker, the first one politely. Only the main thread hears them."""
    loop = asyncio.get_running_loop()
    heard: list[signal.Signals] = []

    def handler(number: signal.Signals) -> Callable[[], None]:
        def stop() -> None:
            if not heard:
                _say(f"{number.name}: finishing the runs under way. Once more ends them.")
            heard.append(number)
            worker.stop()

        return stop

    try:
        for number in _STOPS:
            loop.add_signal_handler(number, handler(number))
    except (RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        for number in _STOPS:
            loop.remove_signal_handler(number)


def _say(text: str) -> None:
    _write(sys.stdout, f"{datetime.now().astimezone():%H:%M:%S} | {text}")


def _write(stream: TextIO, *lines: str) -> None:
    stream.writelines(f"{line}\n" for line in lines)
    stream.flush()
