"""`penstock.yaml` and `prefect.yaml`: two names of one format."""

from collections.abc import Iterator
from pathlib import Path as FilePath

import msgspec

from penstock.domain.errors import NotFound
from penstock.domain.json_values import Json, Path
from penstock.domain.names import nearest
from penstock.sdk.deployments.diagnostics import Diagnostic, ProjectInvalid, Reporter
from penstock.sdk.deployments.sections import BOOLEANS, STEP_LISTS, TOP_LEVEL, check_deployment, check_steps
from penstock.sdk.deployments.yaml_document import Document, Surprise, read_yaml

FILE_NAMES = ("penstock.yaml", "prefect.yaml")


class Entry(msgspec.Struct, frozen=True):
    """One entry of `deployments`, as it is written."""

    path: Path
    data: dict[str, Json]
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is wrong or doubtful about it. Errors matter only to those who deploy it."""


class Project(msgspec.Struct, frozen=True):
    """A deployment file: its deployments, and the steps that they share."""

    directory: FilePath
    """Where the file is: what its entrypoints and relative paths refer to."""
    name: str | None = None
    build: list[Json] | None = None
    push: list[Json] | None = None
    pull: list[Json] | None = None
    entries: tuple[Entry, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    """About the file as a whole."""
    document: Document | None = None
    """Where things are written; None for a project without a file."""


def find_project_file(directory: FilePath) -> FilePath:
    """The deployment file of a directory: `penstock.yaml`, else `prefect.yaml`. Raises `NotFound`."""
    for name in FILE_NAMES:
        if (directory / name).is_file():
            return directory / name
    raise NotFound(
        f"There is no {' or '.join(FILE_NAMES)} in {directory}.", hint="Write one with `penstock init`."
    )


def load_project(file: FilePath) -> Project:
    """Read a deployment file and check its shape.

    Placeholders are left as they are written, and what has one is judged when it is filled: see `plan`.

    Raises:
        NotFound, TooLarge, YamlInvalid: As `read_yaml`.
        ProjectInvalid: The file as a whole has another shape. What is wrong within one deployment is kept
            with it, so that the others can still be deployed.
    """
    document = read_yaml(file)
    report = Reporter(document)
    data = {} if document.data is None else document.data
    diagnostics = [*_check_top(data, report), *_surprises(document, report), *_sibling(file, report)]
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise ProjectInvalid(diagnostics)
    return Project(
        directory=file.resolve().parent,
        name=data.get("name"),
        **{name: data.get(name) for name in STEP_LISTS},
        entries=tuple(_entries(data, report)),
        warnings=tuple(diagnostics),
        document=document,
    )


def _check_top(data: Json, report: Reporter) -> Iterator[Diagnostic]:
    if not isinstance(data, dict):
        yield report.error((), "must be a map with a key deployments.")
        return
    for key in data:
        # Other keys are welcome, to hold what anchors name; one that looks like a slip is not.
        if key not in TOP_LEVEL and (meant := nearest(key, TOP_LEVEL)):
            yield report.warning((key,), "has no effect.", f"Did you mean {meant!r}?")
    if not isinstance(data.get("name"), str | None):
        yield report.error(("name",), "must be text.")
    for name in STEP_LISTS:
        yield from check_steps(data.get(name), (name,), report)
    deployments = data.get("deployments")
    if not isinstance(deployments, list | None):
        yield report.error(("deployments",), "must be a list.")
        return
    for index, item in enumerate(deployments or []):
        if not isinstance(item, dict):
            yield report.error(("deployments", index), "must be a map.")


def _entries(data: Json, report: Reporter) -> Iterator[Entry]:
    for index, item in enumerate(data.get("deployments") or []):
        path = ("deployments", index)
        yield Entry(path, item, tuple(check_deployment(item, path, report)))


def _surprises(document: Document, report: Reporter) -> Iterator[Diagnostic]:
    for surprise in document.surprises:
        if not (surprise.key in BOOLEANS and isinstance(surprise.value, bool)):
            yield report.warning_at(surprise.position, *_surprise(surprise))


def _surprise(surprise: Surprise) -> tuple[str, str]:
    if isinstance(surprise.value, str):
        return f"YAML reads {surprise.written} as text.", "Write a number with a decimal point, or quote it."
    read_as = msgspec.json.encode(surprise.value).decode()
    hint = f"Write {surprise.written!r} in quotes for the text, or {read_as}."
    return f"YAML reads {surprise.written} as {read_as}.", hint


def _sibling(file: FilePath, report: Reporter) -> Iterator[Diagnostic]:
    first, second = FILE_NAMES
    if file.name == first and (file.parent / second).is_file():
        yield report.warning((), f"there is also a {second}, which is not read.")
