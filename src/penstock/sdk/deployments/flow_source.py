"""Flows from elsewhere: their code is had now, and where it came from is remembered for their deployments."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json
from penstock.domain.templates import placeholders, substitute
from penstock.sdk.deployments.entrypoints import load_entrypoint
from penstock.sdk.deployments.sources import GitRepository, Source, source_of
from penstock.sdk.engine.colours import BLOCKING
from penstock.sdk.engine.loading import references
from penstock.sdk.engine.session import current_session
from penstock.sdk.flows import Flow


class Origin(msgspec.Struct, frozen=True):
    """Where a flow was taken from, so that workers take it from there too."""

    source: Source
    entrypoint: str


def flow_from_source(source: str | os.PathLike[str] | Source, entrypoint: str) -> Flow[..., Any]:
    """The flow that an entrypoint names within a source, which is pulled now.

    Args:
        source: A git URL, a directory, or a source such as `GitRepository(url, branch="main")`.
        entrypoint: `path/to/file.py:flow`, relative to the source.

    Raises:
        GitFailed, NotFound: The source cannot be had.
        EntrypointInvalid, MissingFlowError, ScriptError: There is no such flow in it, or it does not load.
    """
    found = source_of(source)
    if not hasattr(found, "pull_steps"):
        kind = type(source).__name__
        raise InvalidInput(
            f"A {kind} is no source of code.",
            field="source",
            hint="Give a git URL, a path, or a GitRepository.",
        )
    root = with_secrets(found).pull(_new_directory())
    flow: Flow[..., Any] = load_entrypoint(entrypoint, root, Flow)
    return flow.with_origin(Origin(found, entrypoint))


def with_secrets(source: Source) -> Source:
    """The source with the values of what its token refers to; the references stay in its pull steps."""
    if not isinstance(source, GitRepository) or not any(map(_refers, _proofs(source).values())):
        return source
    fill = references(current_session().client(BLOCKING))
    known = {name: substitute(value, fill) for name, value in _proofs(source).items()}
    return msgspec.structs.replace(source, **known)


def _proofs(source: GitRepository) -> dict[str, Json]:
    return {"access_token": source.access_token, "credentials": source.credentials}


def _refers(value: Json) -> bool:
    return next(placeholders(value), None) is not None


def _new_directory() -> Path:
    """A directory that is there as long as this process: flows import while they run too."""
    directory = tempfile.mkdtemp(prefix="penstock-source-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(directory)
