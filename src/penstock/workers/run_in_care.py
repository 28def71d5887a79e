"""One claimed run in a worker's care: launch its job, wait for the end, see that the server knows it."""

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from penstock import __version__, tracing
from penstock.client.client import Client
from penstock.contract.claims import ClaimedRun, LaunchReport, end_run_token, report_launch
from penstock.contract.events import as_sent, create_events
from penstock.contract.flow_runs import SetFlowRunState, read_flow_run, set_flow_run_state
from penstock.contract.leases import LeaseRelease, release_flow_run
from penstock.domain.errors import Conflict, NotFound, PenstockError, Unavailable
from penstock.domain.states import StateCreate, StateType
from penstock.domain.worker_events import executed, worker_labels
from penstock.workers.job_credentials import shown, taken_away
from penstock.workers.launcher import Exit, Job, Launcher, LaunchInterrupted, RunningJob
from penstock.workers.outcomes import proposal_after, status_code
from penstock.workers.references import bind

_LAST_WORDS_SECONDS: Final = 2.0
"""For what is good to know and worth no waiting: a worker that is told to stop must not wait for a server."""


class RunInCare:
    """A run from its claim to the end of its job."""

    def __init__(
        self, launcher: Launcher, client: Client, claim: ClaimedRun, worker: str, say: Callable[[str], None]
    ) -> None:
        self._launcher, self._claim, self._worker, self._say = launcher, claim, worker, say
        self._client = client.holding(claim.lease.id)
        self._job: RunningJob | None = None
        self._grace = math.inf
        self._stops: set[asyncio.Task[None]] = set()
        self.run_id = claim.flow_run.id
        self.label = f"run {claim.flow_run.name!r} ({claim.flow_run.id})"

    @property
    def stopping(self) -> bool:
        """Whether the job was told to end."""
        return self._grace < math.inf

    async def see_through(self) -> None:
        """Launch the job and stay with it until it has ended and the run's state says so."""
        try:
            self._job = await self._launch()
        except LaunchInterrupted as error:
            await self.give_back(str(error))
        except Exception as error:  # whatever a launcher, or what it stands on, raises
            await self._propose(StateCreate(type=StateType.CRASHED, message=f"Could not be started: {error}"))
        else:
            await self._stay_with(self._job)

    async def _stay_with(self, job: RunningJob) -> None:
        if self.stopping:
            self.stop_soon(self._grace)
        report = asyncio.create_task(self._report(job))
        exit = await job.wait()
        await report
        if not exit.settled:
            await self._settle(exit)
        await self._tell_end(job, exit)
        await self._end_token()

    def stop_soon(self, grace_seconds: float) -> None:
        """Have the job end, politely for `grace_seconds`. Returns at once; may be called again, to hurry."""
        self._grace = min(self._grace, grace_seconds)
        if self._job is not None:
            stop = asyncio.create_task(self._job.stop(grace_seconds))
            self._stops.add(stop)
            stop.add_done_callback(self._stops.discard)

    async def give_back(self, reason: str) -> None:
        """Return the run to its queue, as if it had never been claimed, unless it was started after all."""
        self._say(f"Giving back {self.label}: {reason}")
        try:
            body = LeaseRelease(lease_id=self._claim.lease.id, reason=reason)
            await self._client.call(release_flow_run, self.run_id, body)
        except (Unavailable, Conflict, NotFound):
            return  # it runs; or the claim's lease ends by itself, and the run is queued again

    async def _launch(self) -> RunningJob:
        token = self._claim.token
        spec = await bind(self._client.patient(), self._claim.job_spec)
        job = Job(
            claim=self._claim,
            configuration=spec.job_configuration,
            environment={**self._identity(), **shown(token), **spec.environment},
            unset_environment=(*spec.unset_environment, *taken_away(token)),
            output=self._print,
        )
        job_started = await self._launcher.start(job)
        self._say(f"Started {self.label} as {job_started.identifier}.")
        return job_started

    def _identity(self) -> dict[str, str]:
        """What tells a job which run it is, under our names and the reference's."""
        run, claim = self._claim.flow_run, self._claim
        facts = {
            "FLOW_RUN_ID": str(run.id),
            "FLOW_ID": str(run.flow_id),
            "FLOW_NAME": claim.flow_name,
            "DEPLOYMENT_ID": str(run.deployment_id or ""),
            "DEPLOYMENT_NAME": claim.deployment.name if claim.deployment else "",
            "WORKER_NAME": self._worker,
        }
        identity = {
            f"{prefix}__{name}": value for name, value in facts.items() for prefix in ("PENSTOCK", "PREFECT")
        }
        url = self._client.api_url or ""
        made_in = run.labels.get(tracing.LABEL)
        return {
            **identity,
            **({tracing.VARIABLE: str(made_in)} if made_in else {}),
            "PENSTOCK__LEASE": str(claim.lease.id),
            "PENSTOCK_API_URL": url,
            "PREFECT_API_URL": url,
        }

    def _print(self, line: str) -> None:
        self._say(f"{self._claim.flow_run.name} | {line}")

    async def _report(self, job: RunningJob) -> None:
        report = LaunchReport(
            identifier=job.identifier, started_as=dict(job.started_as), worker_name=self._worker
        )
        try:
            await self._client.patient().call(report_launch, self.run_id, report)
        except PenstockError as error:
            self._say(f"What was started for {self.label} could not be recorded: {error}")

    async def _tell_end(self, job: RunningJob, exit: Exit) -> None:
        """An event of the pool's: runs that are in none have no worker. It is worth no waiting."""
        run, deployment = self._claim.flow_run, self._claim.deployment
        if run.work_pool_id is None:
            return
        event = executed(
            self._claim.lease.id,
            worker_labels(self._worker, self._launcher.type, __version__),
            [
                ("deployment", run.deployment_id, deployment.name if deployment else None),
                ("flow", run.flow_id, self._claim.flow_name),
                ("flow-run", run.id, run.name),
                ("work-pool", run.work_pool_id, run.work_pool_name),
            ],
            identifier=job.identifier,
            code=status_code(exit),
            occurred=datetime.now(UTC),
        )
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self._client.call(create_events, [as_sent(event)])
        except (PenstockError, TimeoutError) as error:
            self._say(f"How the job of {self.label} ended could not be told as an event: {error}")

    async def _end_token(self) -> None:
        """The job has said all that it had to say."""
        if self._claim.token is None:
            return
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self._client.call(end_run_token, self.run_id, self._claim.lease.id)
        except (PenstockError, TimeoutError) as error:
            self._say(f"The token of {self.label} is good for some minutes yet: {error}")

    async def _settle(self, exit: Exit) -> None:
        """The job ended and did not say how its run did: find out what the server knows, and say the rest."""
        try:
            run = await self._client.patient().call(read_flow_run, self.run_id)
        except PenstockError as error:
            self._say(f"{self.label}: how it stands could not be found out: {error}")
            return
        if (proposal := proposal_after(exit, run.state)) is not None:
            await self._propose(proposal)

    async def _propose(self, proposal: StateCreate) -> None:
        self._say(f"{self.label} {proposal.type.value.lower()}: {proposal.message}")
        body = SetFlowRunState(state=proposal)
        try:
            await self._client.patient().call(set_flow_run_state, self.run_id, body)
        except PenstockError as error:
            self._say(f"{self.label}: {error}")
