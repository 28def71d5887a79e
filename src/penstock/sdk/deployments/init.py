"""What `penstock init` writes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.domain.names import check_name, did_you_mean
from penstock.sdk.deployments.git import check_ref, parse_url
from penstock.sdk.deployments.project_file import FILE_NAMES
from penstock.sdk.deployments.working_tree import ask_git, remote_url

_HEAD = """\
# How the flows of this directory are deployed: `penstock deploy --all`, or `penstock deploy -n NAME`.
name: {name}

# Done by workers before each run, to have the code.
pull:
{pull}
# What there is to run. {{{{ $NAME }}}} is an environment variable where `penstock deploy` runs.
deployments:
#  - name: my-deployment
#    entrypoint: flows.py:my_flow
#    schedules:
#      - cron: "0 9 * * 1-5"
#        timezone: Europe/London
#    work_pool:
#      name: my-pool
#      job_variables:
#        env:
#          ENVIRONMENT: "{{{{ $ENVIRONMENT | default('test') }}}}"
"""
_LOCAL = """\
  - penstock.deployments.steps.set_working_directory:
      directory: {directory}
"""
_GIT = """\
  - penstock.deployments.steps.git_clone:
      repository: {repository}
      branch: {branch}
"""


def init_project(
    directory: Path,
    name: str | None = None,
    recipe: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write a deployment file for a directory, and say which files were written.

    Args:
        directory: Where to.
        name: The project's name; the directory's by default.
        recipe: One of `RECIPES`; by default `git` in a clone with a remote, and `local` elsewhere.
        fields: What the recipe asks for: `directory` for `local`; `repository` and `branch` for `git`.

    Raises:
        AlreadyExists: There is a deployment file already; it is left as it is.
        InvalidInput: No such recipe or field.
    """
    for existing in FILE_NAMES:
        if (directory / existing).exists():
            raise AlreadyExists(
                f"There is already a {existing} in {directory}.", hint="Edit it, or remove it."
            )
    recipe = recipe or ("git" if remote_url(directory) else "local")
    if recipe not in RECIPES:
        hint = did_you_mean(recipe, RECIPES) or f"There are {', '.join(RECIPES)}."
        raise InvalidInput(f"There is no recipe {recipe!r}.", field="recipe", hint=hint)
    pull = RECIPES[recipe](directory, dict(fields or {}))
    shown = _quoted(check_name(name or directory.resolve().name, "name"))
    file = directory / FILE_NAMES[0]
    file.write_text(_HEAD.format(name=shown, pull=pull), encoding="utf-8")
    return [file]


def _local(directory: Path, fields: dict[str, str]) -> str:
    place = fields.pop("directory", str(directory.resolve()))
    _check_no_more(fields, "local", ("directory",))
    return _LOCAL.format(directory=_quoted(place))


def _git(directory: Path, fields: dict[str, str]) -> str:
    repository = fields.pop("repository", None) or remote_url(directory)
    branch = fields.pop("branch", None) or ask_git(directory, "branch", "--show-current") or "main"
    _check_no_more(fields, "git", ("repository", "branch"))
    if not repository:
        raise InvalidInput("The recipe git needs a repository.", field="repository", hint="Give its URL.")
    url = parse_url(repository).text  # without a password that the remote may have
    return _GIT.format(repository=_quoted(url), branch=_quoted(check_ref(branch, "branch")))


RECIPES: Mapping[str, Callable[[Path, dict[str, str]], str]] = {"local": _local, "git": _git}
"""Ways for workers to have the code."""


def _check_no_more(fields: Mapping[str, str], recipe: str, known: tuple[str, ...]) -> None:
    for name in fields:
        hint = did_you_mean(name, known) or f"It has {', '.join(known)}."
        raise InvalidInput(f"The recipe {recipe} has no field {name!r}.", field=name, hint=hint)


def _quoted(text: str) -> str:
    """A text as YAML: JSON strings are YAML too."""
    return json.dumps(text, ensure_ascii=False)
