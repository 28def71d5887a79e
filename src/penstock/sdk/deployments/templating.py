"""What is filled in where `deploy` runs: environment variables, and the outputs of build and push steps.

References (`{{ penstock.secrets.x }}` and the like) are never filled here: they stay in what is stored, and
are resolved in the worker just before launch.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from penstock.domain.json_values import Json, Path
from penstock.domain.names import did_you_mean
from penstock.domain.problems import Problem, join_path
from penstock.domain.templates import (
    PlaceholderKind,
    Use,
    expand_environment,
    placeholders,
)
from penstock.sdk.deployments.diagnostics import Diagnostic, Reporter


class Filled(NamedTuple):
    """A value after a pass, and what there is to say about it."""

    value: Json
    diagnostics: tuple[Diagnostic, ...] = ()


def fill_environment(
    value: Json, environ: Mapping[str, str], base: Path, report: Reporter, *, strict: bool = False
) -> Filled:
    """Fill every `{{ $NAME }}` with text.

    Args:
        value: What is written at `base` in the document.
        environ: The environment variables.
        base: Where `value` stands, for messages.
        report: Makes the messages.
        strict: Refuse names that are not set, instead of warning.
    """
    expansion = expand_environment(value, environ, strict=strict)
    paths = {join_path(path): path for path in _text_paths(value)}

    def where(problem: Problem) -> Path:
        return base + paths.get(problem.path, ())

    errors = [report.error(where(problem), problem.message, problem.hint) for problem in expansion.errors]
    warnings = [
        report.warning(where(problem), problem.message, problem.hint) for problem in expansion.warnings
    ]
    return Filled(expansion.value, (*errors, *warnings))


def _text_paths(value: Json, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text_paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _text_paths(item, (*path, index))


def unknown_outputs(
    value: Json,
    base: Path,
    report: Reporter,
    *,
    step_ids: Collection[str],
    has_steps: bool,
    environ: Mapping[str, str],
) -> Iterator[Diagnostic]:
    """Warn of placeholders that no step can fill: they stay as they are written.

    Args:
        value: What is written at `base`.
        base: Where it stands, for messages.
        report: Makes the messages.
        step_ids: The ids of the steps that will have run.
        has_steps: Whether any will have, so that a plain `{{ key }}` may be one of their outputs.
        environ: Environment variables, one of which may have been meant.
    """
    for use in placeholders(value):
        if use.placeholder.kind is PlaceholderKind.VARIABLE and not _may_be_filled(use, step_ids, has_steps):
            name = use.placeholder.name
            meant = f"Did you mean {{{{ ${name} }}}}?" if name in environ else _similar(name, step_ids)
            message = f"{use.placeholder.text} is no output of a step here, and stays as it is written."
            yield report.warning(base + use.path, message, meant)


def _may_be_filled(use: Use, step_ids: Collection[str], has_steps: bool) -> bool:
    head, dot, _ = use.placeholder.name.partition(".")
    return head in step_ids if dot else has_steps or use.placeholder.filter is not None


def _similar(name: str, step_ids: Collection[str]) -> str:
    return did_you_mean(name.partition(".")[0], step_ids)
