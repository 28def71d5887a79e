"""Serving flows from this process: their runs are claimed here, and each is a process of its own.

    deployments → published → claim ⇄ (run_in_care.py) → drain → paused

It is a worker without a pool: what it waits for are the runs of its own deployments.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace

from penstock.client.client import Client, open_client
from penstock.contract.claims import ClaimAnswer, ClaimedRun, ServedClaimRequest, claim_served_flow_runs
from penstock.contract.deployments import pause_deployment
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.sdk.deployments.flow_deployment import FlowDeployment
from penstock.sdk.deployments.publishing import Published, check, publish
from penstock.sdk.deployments.server_client import served
from penstock.settings import Settings, load_settings
from penstock.workers.base import Worker, WorkerOptions
from penstock.workers.launchers.process import ProcessLauncher

_STOPS = (signal.SIGINT, signal.SIGTERM)


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How flows are served."""

    limit: int | None = None
    """The most runs at once; None: the setting `runner.process_limit`."""
    pause_on_shutdown: bool = True
    """Whether the schedules of the deployments make no runs while nobody serves them."""
    print_starting_message: bool = True


class ServedDeployments:
    """Where a runner's work comes from: the runs of its deployments."""

    def __init__(self, client: Client, deployments: Sequence[Published]) -> None:
        self._client = client
        self._ids = [each.id for each in deployments]
        self._name = f"{os.getpid()} on {socket.gethostname()}"
        self._instance = uuid4()

    async def register(self) -> None:
        """Nothing: the deployments are there."""

    async def heartbeat(self) -> None:
        """Nothing: asking for work is enough."""

    async def claim(self, limit: int, running: Sequence[UUID], wait_seconds: float) -> ClaimAnswer:
        """Runs that are due, each to be started where the flow is at home."""
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
    """The run, to be started in the directory of its code; one that pulls its code gets an empty directory."""
    directory = claim.deployment.path if claim.deployment else None
    if directory is None:
        return claim
    configuration = {**claim.job_spec.job_configuration, "working_dir": directory}
    return replace(claim, job_spec=replace(claim.job_spec, job_configuration=configuration))


async def serve(deployments: Sequence[FlowDeployment], options: ServeOptions) -> None:
    """Create the deployments, and run what is due of them until a signal ends it.

    Raises:
        InvalidInput: There is nothing to serve, or something about it cannot be used.
        ServerUnreachable: No server answers.
    """
    if not deployments:
        raise InvalidInput("There is nothing to serve.", field="deployments", hint="Give a deployment.")
    settings = load_settings()
    client = open_client(settings, os.environ, on_loop=True, origin="sdk")
    try:
        published = [await publish(each, client) for each in await check(deployments, served(client))]
        _tell_start(published, client, options)
        with ProcessLauncherOf(settings) as _:
            pass
    finally:
        client.close()
