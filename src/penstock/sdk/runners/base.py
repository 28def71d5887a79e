"""What a task runner is: something that runs submitted tasks, and gives a future for each."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from penstock.contract.task_runs import TaskInputs
from penstock.sdk.engine.colours import Colour
from penstock.sdk.engine.upstream import inputs_from, is_dependency
from penstock.sdk.futures import Future, FutureList
from penstock.sdk.mapping import split

if TYPE_CHECKING:
    from penstock.sdk.tasks import Task


class TaskRunner(ABC):
    """Runs the tasks that one flow run submits.

    A flow is given one as a pattern; each of its runs gets a `duplicate`.
    """

    @property
    def name(self) -> str:
        """For people: `threadpool`."""
        return type(self).__name__.removesuffix("TaskRunner").lower()

    @abstractmethod
    def duplicate(self) -> Self:
        """Another one that is configured the same."""

    @abstractmethod
    def submit(
        self,
        task: "Task[..., Any]",
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: TaskInputs | None = None,
    ) -> Future[Any]:
        """Run a task when all that its arguments and `wait_for` hold of futures is done.

        Args:
            dependencies: Where the arguments come from, for the record; found out where it is left out.
        """

    def map(
        self, task: "Task[..., Any]", parameters: dict[str, Any], wait_for: Iterable[Any] | None = None
    ) -> FutureList[Any]:
        """Run a task once for each element of its parameters; see `mapping.split`."""
        waited = None if wait_for is None else list(wait_for)
        whole = inputs_from({name: value for name, value in parameters.items() if is_dependency(value)})
        return FutureList(
            [
                self.submit(task, each, waited, {**inputs_from(each, waited), **whole} if whole else None)
                for each in split(parameters)
            ]
        )

    @abstractmethod
    async def finish(self, colour: Colour) -> None:
        """Wait until all that was submitted has ended."""

    @abstractmethod
    async def abandon(self, colour: Colour, *, at_once: bool) -> None:
        """The flow has failed: drop what has not begun, and wait for the rest.

        Args:
            at_once: End the rest too.
        """
