"""What a step is, and which functions of ours it may name.

    - penstock.deployments.steps.git_clone:
        id: clone
        repository: https://example.com/flows.git

The prefixes `penstock.` and `prefect.` mean the same; any other dotted name is a function of the user's.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json
from penstock.domain.names import did_you_mean

_OURS = re.compile(r"(?:penstock|prefect)\.(?:.*\.)?([^.]*)")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_MODULES = ("", "core.", "pull.", "utility.")
_PREFIX = "penstock.deployments.steps."

INPUTS: dict[str, tuple[str, ...]] = {
    "git_clone": (
        "repository",
        "branch",
        "tag",
        "commit_sha",
        "include_submodules",
        "access_token",
        "credentials",
        "directories",
        "clone_directory_name",
    ),
    "set_working_directory": ("directory",),
    "run_shell_script": ("script", "directory", "env", "stream_output", "expand_env_vars", "shell"),
    "pip_install_requirements": ("directory", "requirements_file", "stream_output"),
}
"""Our steps and their inputs, in order. The functions themselves are in `steps_core`."""


class Step(msgspec.Struct, frozen=True):
    """One step of `build`, `push` or `pull`."""

    function: str
    """Its dotted name, as it was written."""
    inputs: dict[str, Json]
    id: str | None = None
    """The name under which later steps and values find its outputs: `{{ id.key }}`."""
    requires: tuple[str, ...] = ()
    """Packages that are installed first where they are missing."""

    @property
    def built_in(self) -> str | None:
        """The plain name of a step of ours; None for a function of the user's."""
        found = _OURS.fullmatch(self.function)
        return found[1] if found else None

    def unknown_inputs(self) -> Iterable[tuple[str, str]]:
        """Inputs that a step of ours does not have, each with the nearest one that it has."""
        known = INPUTS.get(self.built_in or "")
        if known is None:
            return []
        return [(name, did_you_mean(name, known)) for name in self.inputs if name not in known]


def step(function: str, **inputs: Json) -> dict[str, Json]:
    """A step of ours as it is stored and written; inputs that are None are left out."""
    return {_PREFIX + function: {name: value for name, value in inputs.items() if value is not None}}


def parse_step(value: Json) -> Step:
    """A step from its written form: a map of one dotted function name to its inputs.

    Raises `InvalidInput` for another shape, and for a function of ours that does not exist.
    """
    if not (isinstance(value, dict) and len(value) == 1):
        raise InvalidInput("a step must be a map of one function to its inputs.", field="step")
    [(function, inputs)] = value.items()
    _check_function(function)
    if not (inputs is None or isinstance(inputs, dict)):
        raise InvalidInput(f"the inputs of {function} must be a map.", field=function)
    given: dict[str, Any] = dict(inputs or {})
    step_id, requires = given.pop("id", None), given.pop("requires", None)
    if not (step_id is None or isinstance(step_id, str)):
        raise InvalidInput(f"the id of {function} must be text.", field="id")
    return Step(function, given, step_id, _requirements(function, requires))


def _check_function(function: str) -> None:
    if not _DOTTED.fullmatch(function):
        raise InvalidInput(
            f"{function[:100]!r} is not the dotted name of a function.",
            field="step",
            hint=f"Name one such as {_PREFIX}git_clone.",
        )
    found = _OURS.fullmatch(function)
    if found and not _is_ours(function, found[1]):
        hint = did_you_mean(found[1], INPUTS) or f"There are {', '.join(INPUTS)}."
        raise InvalidInput(f"there is no step {function}.", field="step", hint=hint)


def _is_ours(function: str, name: str) -> bool:
    if name not in INPUTS:
        return False
    _, _, path = function.partition(".")
    return any(path == f"deployments.steps.{module}{name}" for module in _MODULES)


def _requirements(function: str, value: Json) -> tuple[str, ...]:
    requirements = [value] if isinstance(value, str) else value or []
    if not (isinstance(requirements, list) and all(isinstance(item, str) for item in requirements)):
        raise InvalidInput(f"requires of {function} must be text or a list of texts.", field="requires")
    for item in requirements:
        if not re.match(r"[A-Za-z0-9]", item):
            raise InvalidInput(f"{item[:100]!r} is not a package to install.", field="requires")
    return tuple(requirements)
