"""What is told of the version of a deployment's code: a text, or where it stands in git."""

from pathlib import Path

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json
from penstock.sdk.deployments.working_tree import ask_git, remote_url

_SIMPLE = "prefect:simple"
_GIT = "vcs:git"
_TYPES = {"simple": _SIMPLE, "penstock:simple": _SIMPLE, "git": _GIT, _SIMPLE: _SIMPLE, _GIT: _GIT}


def version_info(kind: str | None, version: str | None, directory: Path) -> dict[str, Json] | None:
    """The version's document, or None where no kind is asked for.

    Args:
        kind: `prefect:simple`, or `vcs:git`.
        version: As it was given; with `vcs:git` the commit's short hash stands in for one that was not.
        directory: Where the repository is looked for.

    Raises `InvalidInput` for another kind, for a simple one without a version, and outside a repository.
    """
    if kind is None:
        return None
    if kind not in _TYPES:
        raise InvalidInput(
            f"There is no version type {kind!r}.", field="version_type", hint=f"Say {_SIMPLE} or {_GIT}."
        )
    if _TYPES[kind] == _GIT:
        return _git(version, directory)
    if version is None:
        raise InvalidInput(f"A version of the type {_SIMPLE} needs a version.", field="version")
    return {"type": _SIMPLE, "version": version}


def _git(version: str | None, directory: Path) -> dict[str, Json]:
    commit = ask_git(directory, "rev-parse", "HEAD")
    if commit is None:
        raise InvalidInput(
            f"{directory} is in no git repository with a commit.",
            field="version_type",
            hint=f"Say {_SIMPLE}.",
        )
    url = remote_url(directory)
    return {
        "type": _GIT,
        "version": version or commit[:8],
        "commit_sha": commit,
        "message": ask_git(directory, "log", "-1", "--format=%s") or "",
        "branch": ask_git(directory, "branch", "--show-current") or "",
        "repository": directory.name,
        **({"url": url} if url else {}),
    }
