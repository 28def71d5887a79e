"""A launcher at work: jobs of any configuration, what they print, and a limit on every wait.

@staged
async def test_something(stage):
    job = await stage.start("echo hello; exit 3")
    assert await stage.end(job) == Exit(code=3)
"""

import asyncio
import functools
import shlex
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.contract.claims import ClaimedRun
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.leases import LeaseGrant
from penstock.domain.ids import new_id
from penstock.domain.job_spec import JobSpec
from penstock.domain.runs import RunPolicy
from penstock.workers.launcher import Exit, Job, Launcher, RunningJob

LONGEST_TEST = 60.0


class Stage:
    """A launcher, and the jobs that a test starts with it."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self.launcher, self.folder = launcher, folder
        self.lines: list[str] = []
        """What jobs printed, as it was handed on."""

    async def start(self, script: str | None = None, **more: Any) -> RunningJob:
        """Start a job that is a shell script. More: `environment`, `unset`, `output`, configuration."""
        return await self.launcher.start(self.job(script, **more))

    def job(
        self,
        script: str | None = None,
        *,
        environment: dict[str, str] | None = None,
        unset: tuple[str, ...] = (),
        output: Callable[[str], None] | None = None,
        **configuration: Any,
    ) -> Job:
        """What `start` starts."""
        if script is not None:
            configuration["command"] = shlex.join(["sh", "-c", script])
        return Job(
            claim=claim(),
            configuration=configuration,
            environment=environment or {},
            unset_environment=unset,
            output=output or self.lines.append,
        )

    async def end(self, job: RunningJob, seconds: float = 20.0) -> Exit:
        """How a job ends; it has to within `seconds`."""
        return await asyncio.wait_for(job.wait(), seconds)

    async def run(self, script: str | None = None, **more: Any) -> Exit:
        """Start a job, and wait for its end."""
        return await self.end(await self.start(script, **more))

    def program(self, name: str, source: str) -> str:
        """A Python program, and the command that runs it."""
        path = self.folder / f"{name}.py"
        path.write_text(source)
        return shlex.join([sys.executable, str(path)])

    async def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait until something is true, and return it."""
        async with asyncio.timeout(seconds):
            while not (found := condition()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found


def staged(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test on an event loop, with its stage's launcher entered."""

    @functools.wraps(test)
    def run(stage: Stage, **more: Any) -> None:
        async def scenario() -> None:
            async with asyncio.timeout(LONGEST_TEST), stage.launcher:
                await test(stage=stage, **more)

        asyncio.run(scenario())

    return run


def claim() -> ClaimedRun:
    """A run as a worker claims it."""
    now = datetime.now(UTC)
    run = FlowRunResponse(
        id=new_id(now),
        created=now,
        updated=now,
        name="a-run",
        flow_id=new_id(now),
        empirical_policy=RunPolicy(),
    )
    spec = JobSpec(hash="", template_version="", variables={}, job_configuration={"env": {}})
    lease = LeaseGrant(id=new_id(now), expires=now, renew_every_seconds=15.0)
    return ClaimedRun(flow_run=run, flow_name="a-flow", job_spec=spec, lease=lease)
