"""What a kind of infrastructure must be able to do: start a job, tell how it ended, stop it.

A package adds a kind of its own by an entry point in the group `penstock.launchers`; the built-in ones are
registered in the same way (see `registry.py`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import msgspec

from penstock.contract.claims import ClaimedRun
from penstock.domain.errors import PenstockError

OutputSink = Callable[[str], None]
"""Takes one line that a job printed, without its line feed."""


class LaunchFailed(PenstockError):
    """A job could not be started."""

    code = "launch-failed"


class LaunchInterrupted(LaunchFailed):
    """A job was being started when what starts it was lost: whether it runs is not known."""

    code = "launch-interrupted"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run, resolved to the last value: what a launcher starts.

    `configuration` is the pool's `job_configuration` with every placeholder and reference filled in;
    `environment` is all that the pool, the deployment and the run set, as text, plus what tells the job which
    run it is. Neither has been through a shell, and neither may go through one.
    """

    claim: ClaimedRun
    configuration: Mapping[str, Any]
    environment: Mapping[str, str]
    unset_environment: tuple[str, ...] = ()
    """Variables that the job must not inherit from where it is started."""
    output: OutputSink


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended.

    `code` is its exit code; `signal` the number of the signal that ended it, where it was one; both are None
    where nobody could tell.
    `reported` says that the code comes from our own engine, which exits with 0 only after the server accepted
    the run's final state.
    """

    code: int | None = None
    signal: int | None = None
    reported: bool = False
    reason: str | None = None
    """What the infrastructure says, e.g. `OOMKilled`."""

    @property
    def settled(self) -> bool:
        """Whether the run's final state is known to be recorded."""
        return self.reported and self.code == 0


class RunningJob(ABC):
    """A job that was started."""

    @property
    @abstractmethod
    def identifier(self) -> str:
        """What finds it again on its infrastructure, e.g. `host:4711`."""

    @property
    @abstractmethod
    def started_as(self) -> Mapping[str, Any]:
        """What was really started (`command`, `pid`, `host`, `image_digest`, …), as the run will show it."""

    @abstractmethod
    async def wait(self) -> Exit:
        """Return when the job has ended and all its output was handed on."""

    @abstractmethod
    async def stop(self, grace_seconds: float) -> None:
        """Ask the job, and all that it started, to end; after `grace_seconds`, end it.

        Returns when it has ended. A second call may be more impatient than the first; one that comes after
        the end does nothing.
        """


class Launcher(ABC):
    """Starts jobs of one kind. An async context manager: a worker enters it once, for all its jobs."""

    type: ClassVar[str]
    """The pool type that it serves."""
    description: ClassVar[str]

    @classmethod
    @abstractmethod
    def base_job_template(cls) -> dict[str, Any]:
        """The template that a new pool of this type gets."""

    @abstractmethod
    async def start(self, job: Job) -> RunningJob:
        """Start `job`.

        Raises:
            LaunchFailed: Says what could not be done, and why.
            LaunchInterrupted: The job may have been started or not.
        """

    async def __aenter__(self) -> Self:
        """Make ready to start jobs."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Let go of what `__aenter__` took. Jobs that still run go on."""
        return
