"""Running steps, one after the other, each with the outputs of those before it."""

import importlib
import inspect
import logging
import re
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock.domain.errors import InvalidInput, PenstockError
from penstock.domain.json_values import Json
from penstock.domain.templates import KEEP, MISSING, Fill, Placeholder, PlaceholderKind, substitute
from penstock.sdk.deployments import steps_core
from penstock.sdk.deployments.step_functions import INPUTS, Step, parse_step
from penstock.sdk.deployments.step_outputs import output
from penstock.sdk.deployments.steps_core import Log

_BUILT_IN: Mapping[str, Callable[..., dict[str, str]]] = {name: getattr(steps_core, name) for name in INPUTS}
_LOGGED = ("run_shell_script", "pip_install_requirements")
_logger = logging.getLogger("penstock.deployments")


class StepFailed(PenstockError):
    """A step of `build`, `push` or `pull` failed. `step` says which; its cause is chained."""

    code = "step-failed"

    def __init__(self, message: str, step: Step, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.step = step


def run_steps(
    steps: Sequence[Json],
    *,
    environ: Mapping[str, str],
    references: Fill | None = None,
    outputs: Mapping[str, Json] | None = None,
    log: Log = _logger.info,
) -> dict[str, Json]:
    """Run steps in order, and give all their outputs: by key, the last one wins, and by id.

    Args:
        steps: As they are written: see `parse_step`.
        environ: What fills `{{ $NAME }}`, as text; a name that is not set is empty.
        references: What fills `{{ penstock.secrets.x }}` and the like; None leaves them as they are.
        outputs: Those of steps that ran before.
        log: Where steps say what they do.

    Raises:
        InvalidInput: A step cannot be read. None has run then.
        StepFailed: A step failed; those after it did not run.
    """
    known: dict[str, Json] = dict(outputs or {})
    for number, step in enumerate([parse_step(value) for value in steps], 1):
        result = _run_step(step, number, known, environ, references, log)
        known |= result
        if step.id:
            known[step.id] = result
    return known


def pull_code(
    steps: Sequence[Json],
    *,
    environ: Mapping[str, str],
    references: Fill | None = None,
    log: Log = _logger.info,
) -> Path:
    """Run pull steps, and say where the code then is: the last `directory` that one gave, else here."""
    outputs = run_steps(steps, environ=environ, references=references, log=log)
    directory = outputs.get("directory")
    return Path(directory).resolve() if isinstance(directory, str) else Path.cwd()


def _run_step(
    step: Step,
    number: int,
    outputs: Mapping[str, Json],
    environ: Mapping[str, str],
    references: Fill | None,
    log: Log,
) -> dict[str, Json]:
    log(f"Step {number}: {step.function}")
    try:
        inputs = _fill(step.inputs, outputs, environ, references)
        missing = [text for text in step.requires if not _is_installed(text)]
        if missing:
            steps_core.install(missing, log)
        given = {**inputs, "log": log} if step.built_in in _LOGGED else inputs
        result = _call(_function(step), given)
    except Exception as error:
        name = f"{step.function} (id {step.id})" if step.id else step.function
        said, hint = f"{type(error).__name__}: {error}", None
        if isinstance(error, PenstockError):
            said, hint = error.message, error.hint
        raise StepFailed(f"Step {number}, {name}, failed: {said}", step, hint=hint) from error
    return {str(key): value for key, value in result.items()} if isinstance(result, Mapping) else {}


def _fill(
    value: Json, outputs: Mapping[str, Json], environ: Mapping[str, str], references: Fill | None
) -> dict[str, Json]:
    """Inputs with everything filled in that is known now; a single pass, so nothing is filled twice."""

    def fill(placeholder: Placeholder) -> Json:
        if placeholder.kind is PlaceholderKind.ENVIRONMENT:
            found = environ.get(placeholder.name, MISSING if placeholder.filter else "")
        elif placeholder.kind is PlaceholderKind.REFERENCE:
            found = references(placeholder) if references else KEEP
        elif placeholder.kind is PlaceholderKind.VARIABLE:
            found = output(placeholder.name, outputs)
        else:
            return KEEP
        if found is MISSING and placeholder.filter != "default":
            why = placeholder.argument or "no step before has such an output"
            raise InvalidInput(f"{placeholder.text} has no value: {why}.", field="inputs")
        return found

    filled: dict[str, Json] = substitute(value, fill)
    return filled


def _is_installed(requirement: str) -> bool:
    """Whether a package is there. Whether its version is the one that is asked for, pip knows better."""
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    if name is None or name[0] != requirement.strip():
        return False
    from importlib import metadata  # here and not above: flow processes run steps, and few require packages

    try:
        metadata.distribution(name[0])
    except metadata.PackageNotFoundError:
        return False
    return True


def _function(step: Step) -> Callable[..., Any]:
    if step.built_in is not None:
        return _BUILT_IN[step.built_in]
    module, _, name = step.function.rpartition(".")
    importlib.invalidate_caches()
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        hint = "Name the package that has it under requires."
        raise InvalidInput(
            f"{step.function} cannot be imported: {error}.", field="step", hint=hint
        ) from error
    if not callable(function):
        raise InvalidInput(f"{step.function} is not a function.", field="step")
    return function  # type: ignore[no-any-return]


def _call(function: Callable[..., Any], inputs: Mapping[str, Json]) -> Any:
    try:
        inspect.signature(function).bind(**inputs)
    except TypeError as error:
        raise InvalidInput(f"its inputs do not fit: {error}.", field="step") from None
    except ValueError:
        pass  # built in C, without a signature
    result = function(**inputs)
    return _wait_for(result) if inspect.isawaitable(result) else result


def _wait_for(result: Awaitable[Any]) -> Any:
    """The result of an async step, in a thread of its own: there may be an event loop in this one."""
    import asyncio  # here and not above: flow processes run steps, and few of those are async

    box: list[Any] = []

    async def finish() -> Any:
        return await result

    def drive() -> None:
        try:
            box.append((asyncio.run(finish()), None))
        except BaseException as error:
            box.append((None, error))

    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
    value, error = box[0]
    if error is not None:
        raise error
    return value
