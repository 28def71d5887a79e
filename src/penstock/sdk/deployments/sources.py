"""Where a flow's code comes from: a git repository, or a directory of this machine."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.json_values import Json
from penstock.domain.templates import placeholders
from penstock.sdk.deployments.git import (
    Git,
    GitFailed,
    GitUrl,
    check_commit,
    check_directory,
    check_directory_name,
    check_ref,
    parse_url,
)
from penstock.sdk.deployments.step_functions import step

_FULL_HASHES = (40, 64)
_TOKEN_KEYS = ("access_token", "token", "password", "value")


class Source(Protocol):
    """A place that code can be had from."""

    def pull(self, into: Path) -> Path:
        """Bring the code, if need be into a directory below `into`, and say where it is."""

    def pull_steps(self) -> list[Json]:
        """The steps by which a worker does the same."""


class LocalSource(msgspec.Struct, frozen=True):
    """A directory of this machine, whose code is used where it is."""

    path: str

    def pull(self, into: Path) -> Path:  # noqa: ARG002 - nothing is copied
        """The directory itself. Raises `NotFound`."""
        directory = Path(self.path).expanduser().resolve()
        if not directory.is_dir():
            raise NotFound(f"There is no directory {self.path}.", hint="Give an existing path or a git URL.")
        return directory

    def pull_steps(self) -> list[Json]:
        """Working in the directory."""
        return [step("set_working_directory", directory=str(Path(self.path).expanduser().resolve()))]


class GitRepository(msgspec.Struct, frozen=True, kw_only=True):
    """A git repository at one of its branches, tags or commits, or where it itself points to.

    Raises `InvalidInput` for a URL, branch, tag, commit or directory that is none.
    """

    url: str
    branch: str | None = None
    """A branch, or a tag where there is no such branch."""
    tag: str | None = None
    commit_sha: str | None = None
    access_token: str | None = None
    """Or a reference, `{{ penstock.secrets.NAME }}`: only that can be stored with a deployment."""
    credentials: Mapping[str, Json] | str | None = None
    """A map with `access_token`, `token` or `password`, and maybe `username`; or a reference to such."""
    include_submodules: bool = False
    directories: Sequence[str] = ()
    """Only these, and the files of the directories above them, are checked out."""
    name: str | None = None
    """The directory to clone into; the repository's name with its branch or tag by default."""

    def __post_init__(self) -> None:
        parse_url(self.url)
        if sum(ref is not None for ref in (self.branch, self.tag, self.commit_sha)) > 1:
            raise InvalidInput("More than one of branch, tag and commit_sha is given.", field="branch")
        if self.branch is not None:
            check_ref(self.branch, "branch")
        if self.tag is not None:
            check_ref(self.tag, "tag")
        if self.commit_sha is not None:
            check_commit(self.commit_sha)
        for directory in self.directories:
            check_directory(directory)
        if self.name is not None:
            check_directory_name(self.name)

    @property
    def directory_name(self) -> str:
        """The name of the directory that `pull` makes."""
        ref = self.branch or self.tag or (self.commit_sha or "")[:12]
        default = "-".join(part for part in (parse_url(self.url).name, ref.replace("/", "-")) if part)
        return self.name or default

    def pull(self, into: Path) -> Path:
        """Check the code out into a directory below `into`, which takes the place of an older one as a whole.

        Raises:
            GitFailed: git could not; the message has what it said, without the token.
        """
        url = parse_url(self.url)
        token, username = self._proof()
        git = Git(url, token=token, username=username)
        destination = into / self.directory_name
        scratch = Path(tempfile.mkdtemp(prefix=".penstock-clone-", dir=into))
        try:
            self._check_out(git, url, scratch)
            _replace(destination, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return destination

    def pull_steps(self) -> list[Json]:
        """Cloning it. Raises `InvalidInput` where that would store a secret that everybody can read."""
        if parse_url(self.url).password or any(map(_is_literal, (self.access_token, self.credentials))):
            raise InvalidInput(
                "The token of a git repository would be stored with the deployment, for everybody to read.",
                field="access_token",
                hint="Store it as a secret, and give access_token='{{ penstock.secrets.NAME }}'.",
            )
        inputs: dict[str, Json] = {
            "repository": self.url,
            "branch": self.branch,
            "tag": self.tag,
            "commit_sha": self.commit_sha,
            "include_submodules": self.include_submodules or None,
            "access_token": self.access_token,
            "credentials": self.credentials,
            "directories": list(self.directories) or None,
            "clone_directory_name": self.name,
        }
        return [step("git_clone", **inputs)]

    def _proof(self) -> tuple[str | None, str | None]:
        """Token and user name."""
        given = self.credentials if isinstance(self.credentials, Mapping) else {}
        found = (given[key] for key in _TOKEN_KEYS if isinstance(given.get(key), str))
        token = self.access_token or next(found, None)
        if not isinstance(self.credentials, Mapping | None):
            token = token or self.credentials
        if token and next(placeholders(token), None) is not None:
            raise InvalidInput(
                f"The token of {parse_url(self.url).text} is a reference, which only workers resolve.",
                field="access_token",
            )
        username = given.get("username")
        return token, username if isinstance(username, str) else None

    def _check_out(self, git: Git, url: GitUrl, directory: Path) -> None:
        git.run("init", "--quiet", "--template=", directory=directory)
        git.run("remote", "add", "--", "origin", url.text, directory=directory)
        if self.directories:
            git.run("sparse-checkout", "init", "--cone", directory=directory)
            listed = "".join(f"{name}\n" for name in self.directories)
            git.run("sparse-checkout", "set", "--stdin", directory=directory, stdin=listed)
        target = self._fetch(git, directory)
        branch = ["-B", self.branch] if self.branch else ["--detach"]
        git.run("checkout", "--quiet", *branch, target, "--", directory=directory)
        if self.include_submodules:
            git.run(
                "submodule", "update", "--init", "--recursive", "--depth=1", "--quiet", directory=directory
            )

    def _fetch(self, git: Git, directory: Path) -> str:
        """Bring what is wanted and little else; the name under which it then is there."""
        if self.commit_sha is not None:
            return self._fetch_commit(git, directory, self.commit_sha)
        if self.branch is None:
            return _fetch_one(git, directory, f"refs/tags/{self.tag}" if self.tag else "HEAD")
        try:
            return _fetch_one(git, directory, f"refs/heads/{self.branch}")
        except GitFailed as error:
            if "couldn't find remote ref" not in error.message:
                raise
        return _fetch_one(git, directory, f"refs/tags/{self.branch}")

    def _fetch_commit(self, git: Git, directory: Path, commit: str) -> str:
        if len(commit) in _FULL_HASHES:
            try:
                return _fetch_one(git, directory, commit)
            except GitFailed as error:
                if "unadvertised object" not in error.message and "not our ref" not in error.message:
                    raise
        every = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        git.run("fetch", "--quiet", "--", "origin", *every, directory=directory)
        return git.run(
            "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", directory=directory
        ).strip()


_INPUTS: dict[str, Callable[[str], object]] = {
    "repository": parse_url,
    "branch": partial(check_ref, field="branch"),
    "tag": partial(check_ref, field="tag"),
    "commit_sha": check_commit,
    "clone_directory_name": check_directory_name,
}


def faults_of_git_clone(inputs: Mapping[str, Json]) -> Iterator[InvalidInput]:
    """What the step `git_clone` would refuse of its inputs. Those with placeholders are not known yet."""
    if "repository" not in inputs:
        yield InvalidInput("is missing.", field="repository", hint="Give the repository's URL.")
    for name, check in _INPUTS.items():
        yield from _faults(inputs.get(name), check, name)
    directories = inputs.get("directories")
    for directory in directories if isinstance(directories, list) else ():
        yield from _faults(directory, check_directory, "directories")


def _faults(value: Json, check: Callable[[str], object], name: str) -> Iterator[InvalidInput]:
    if value is None or next(placeholders(value), None) is not None:
        return
    if not isinstance(value, str):
        yield InvalidInput("must be text.", field=name, hint="Write it in quotes.")
        return
    try:
        check(value)
    except InvalidInput as error:
        yield error


def _fetch_one(git: Git, directory: Path, what: str) -> str:
    git.run("fetch", "--quiet", "--depth=1", "--no-tags", "--", "origin", what, directory=directory)
    return "FETCH_HEAD"


def _is_literal(value: Json) -> bool:
    return bool(value) and next(placeholders(value), None) is None


def _replace(destination: Path, fresh: Path) -> None:
    """Put `fresh` in the place of `destination`, which other processes see whole, old or new."""
    fresh.chmod(0o755)
    try:
        fresh.rename(destination)
    except OSError:
        old = Path(tempfile.mkdtemp(prefix=".penstock-old-", dir=destination.parent))
        destination.rename(old / "clone")
        fresh.rename(destination)
        shutil.rmtree(old, ignore_errors=True)


def source_of(source: "str | os.PathLike[str] | Source") -> Source:
    """The source that a path, a git URL, or a source is. Raises `InvalidInput` for another URL."""
    if isinstance(source, os.PathLike):
        return LocalSource(os.fspath(source))
    if not isinstance(source, str):
        return source
    is_url = "://" in source or "::" in source or (source.partition(":")[0].count("@") == 1 and ":" in source)
    return GitRepository(url=source) if is_url and not Path(source).exists() else LocalSource(source)
