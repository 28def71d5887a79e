"""What is wrong with several deployments, told at once and not one a try."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from penstock.domain.errors import InvalidInput, PenstockError, Unavailable


class DeploymentsInvalid(InvalidInput):
    """Several deployments cannot be created. `problems` says why, one error each."""

    code = "deployments-invalid"

    def __init__(self, problems: Sequence[PenstockError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Gathering:
    """Keeps the errors of a loop over deployments until its end."""

    def __init__(self) -> None:
        self._problems: list[tuple[str, PenstockError]] = []

    @contextmanager
    def about(self, name: str) -> Iterator[None]:
        """Keep an error that is raised about the deployment `name`; that no server answers is about all."""
        try:
            yield
        except Unavailable:
            raise
        except PenstockError as error:
            self._problems.append((name, error))

    def raise_problems(self, *, alone: bool) -> None:
        """Raise what was kept: the error itself, or, if there are several, `DeploymentsInvalid`.

        Args:
            alone: Whether there is only one deployment, which need not be named.
        """
        if not self._problems:
            return
        if not alone:
            for name, error in self._problems:
                error.message = f"{name}: {error.message}"
        if len(self._problems) > 1:
            raise DeploymentsInvalid([error for _, error in self._problems])
        raise self._problems[0][1]
