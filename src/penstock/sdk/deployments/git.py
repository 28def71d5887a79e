"""Running git: always as a list of arguments, with only the protocol of the URL, and with no secret in sight.

What comes from a deployment reaches git only after it was checked here: a value that git could take for an
option, a transport that runs commands (`ext::`), and refs that are more than a name are refused.
"""

import os
import re
import subprocess
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from penstock.domain.errors import InvalidInput, PenstockError

TIMEOUT = 900.0
"""Seconds that one git command may take."""

_PLAIN = r"[^\s\x00-\x1f\x7f]"
_HOST = r"(?P<host>[A-Za-z0-9_\[][\w.\-\[\]:]*)"
_URL = re.compile(
    rf"(?P<scheme>https?|ssh)://(?:(?P<user>(?:(?![@/]){_PLAIN})*)@)?{_HOST}(?P<path>/{_PLAIN}+)"
)
_SCP_LIKE = re.compile(
    rf"(?P<user>[A-Za-z0-9_][\w.\-]*)@(?P<host>[A-Za-z0-9_][\w.\-]*):(?P<path>(?!-)(?:(?!:){_PLAIN})+)"
)
_FILE = re.compile(rf"file://(?P<path>/{_PLAIN}+)")
# The rules of `git check-ref-format`, and no `-` or `+` in front, which would be an option or a forced fetch.
_NOT_A_REF = re.compile(r"^[-+]|[\s\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|/\.|\.lock(?:/|$)|^[./]|[./]$|^@?$")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_HIDDEN = "***"
_DEFAULT_USERS = {"gitlab": "oauth2", "bitbucket": "x-token-auth"}
# Set where a hook of git runs us; they would make git work on another repository.
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
)


class GitFailed(PenstockError):
    """A git command failed; the message has what git said, without secrets."""

    code = "git-failed"


class GitUrl(msgspec.Struct, frozen=True):
    """Where a repository is, without what proves that one may read it."""

    text: str
    """The URL to give to git and to show."""
    protocol: str
    """`https`, `http`, `ssh` or `file`."""
    host: str = ""
    path: str = ""
    user: str | None = None
    password: str | None = None
    """What the URL had before its host."""

    @property
    def origin(self) -> str:
        """Scheme and host, for which alone credentials are sent."""
        return f"{self.protocol}://{self.host}/"

    @property
    def name(self) -> str:
        """The repository's own name: `flows` of `https://host/group/flows.git`."""
        return self.path.rstrip("/").rpartition("/")[2].removesuffix(".git")


def parse_url(text: str) -> GitUrl:
    """Read a repository's URL: `https://…`, `http://…`, `ssh://…`, `user@host:path` or `file:///…`.

    Raises `InvalidInput` for any other, such as `ext::…` and whatever starts with a dash.
    """
    if found := _URL.fullmatch(text):
        user, _, password = (found["user"] or "").partition(":")
        host, path, protocol = found["host"], found["path"], found["scheme"]
        if protocol == "ssh":
            shown = f"ssh://{user + '@' if user else ''}{host}{path}"
            return GitUrl(shown, protocol, host, path, user or None)
        secret = unquote(password) or None
        return GitUrl(f"{protocol}://{host}{path}", protocol, host, path, unquote(user) or None, secret)
    if found := _SCP_LIKE.fullmatch(text):
        return GitUrl(text, "ssh", found["host"], found["path"], found["user"])
    if found := _FILE.fullmatch(text):
        return GitUrl(text, "file", path=found["path"])
    shown = re.sub(r"//[^@/]*@", f"//{_HIDDEN}@", text)[:200]
    raise InvalidInput(
        f"{shown!r} is not the URL of a git repository.",
        field="repository",
        hint="Use https://, http://, ssh://, git@host:path or file:///path.",
    )


def check_ref(name: str, field: str) -> str:
    """A branch's or tag's name, or `InvalidInput`."""
    if _NOT_A_REF.search(name):
        raise InvalidInput(f"{field} {name[:100]!r} is not the name of a git {field}.", field=field)
    return name


def check_commit(text: str) -> str:
    """A commit's hash, of 7 to 64 hexadecimal digits, or `InvalidInput`."""
    if not _COMMIT.fullmatch(text):
        raise InvalidInput(
            f"commit_sha {text[:100]!r} is not a commit's hash.",
            field="commit_sha",
            hint="Give 7 to 64 hexadecimal digits.",
        )
    return text


def check_directory(text: str, field: str = "directories") -> str:
    """A relative directory that stays where it is relative to, or `InvalidInput`."""
    parts = Path(text).parts
    if (
        not parts
        or Path(text).is_absolute()
        or ".." in parts
        or not text.isprintable()
        or text.startswith("-")
    ):
        raise InvalidInput(f"{field}: {text[:100]!r} is not a directory within the repository.", field=field)
    return text


def check_directory_name(text: str) -> str:
    """The plain name of a directory, or `InvalidInput`."""
    if Path(text).name != text or text in ("", ".", ".."):
        raise InvalidInput(f"{text[:100]!r} is not a directory's name.", field="clone_directory_name")
    return text


class Git:
    """Runs git for one repository."""

    def __init__(self, url: GitUrl, *, token: str | None = None, username: str | None = None) -> None:
        self.url = url
        password = token or url.password
        self._secrets = {password, quote(password, safe="")} if password else set()
        self._environment = _environment(url)
        if password and url.protocol in ("https", "http"):
            user = username or url.user or _default_user(url.host)
            proof = b64encode(f"{user}:{password}".encode()).decode()
            self._secrets.add(proof)
            _configure(self._environment, f"http.{url.origin}.extraHeader", f"Authorization: Basic {proof}")

    def run(self, *arguments: str, directory: Path, stdin: str = "") -> str:
        """Run `git arguments…` in a directory, and give what it prints. Raises `GitFailed`."""
        try:
            done = subprocess.run(
                ["git", *arguments],  # noqa: S607 - which git it is, is for PATH to say
                cwd=directory,
                env=self._environment,
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
        except FileNotFoundError:
            raise GitFailed(
                "git is not installed here.", hint="Install git, or use a local source."
            ) from None
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {arguments[0]} of {self.url.text} took more than {TIMEOUT:g} s.") from None
        if done.returncode != 0:
            raise self._failed(arguments[0], done.stderr)
        return done.stdout

    def _failed(self, command: str, said: str) -> GitFailed:
        shown = self.scrub(said).strip()[-2_000:]
        hint = None
        if re.search(r"could not read Username|Authentication failed|403|401|Permission denied", shown):
            hint = "Is the repository private? Give access_token, or check the one that is given."
        return GitFailed(f"git {command} of {self.url.text} failed: {shown}", hint=hint)

    def scrub(self, text: str) -> str:
        """A text without what proves that one may read the repository."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text


def _default_user(host: str) -> str:
    """The user name that hosts expect beside a token; most take any."""
    return next((user for name, user in _DEFAULT_USERS.items() if name in host), "x-access-token")


def _environment(url: GitUrl) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": {"http": "http:https", "ssh": "ssh:https"}.get(url.protocol, url.protocol),
        "LC_ALL": "C.UTF-8",
    }
    environment.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    for key, value in (
        ("core.hooksPath", os.devnull),
        ("advice.detachedHead", "false"),
        ("http.lowSpeedLimit", "1000"),
        ("http.lowSpeedTime", "60"),
    ):
        _configure(environment, key, value)
    return environment


def _configure(environment: dict[str, str], key: str, value: str) -> None:
    """Add one setting for git by the environment, where `ps` does not show it."""
    count = int(environment.get("GIT_CONFIG_COUNT") or 0)
    environment[f"GIT_CONFIG_KEY_{count}"] = key
    environment[f"GIT_CONFIG_VALUE_{count}"] = value
    environment["GIT_CONFIG_COUNT"] = str(count + 1)
