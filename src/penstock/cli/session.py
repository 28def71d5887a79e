"""What a command works with: the settings it runs under, a client of the server, and the person's consent."""

import os
import sys
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from penstock.cli.render import warn
from penstock.colourless import run_sync
from penstock.settings import Place, Settings, load_settings, locate
from penstock.settings.running import running_server

if TYPE_CHECKING:
    from penstock.client.client import Client
    from penstock.contract.endpoint import Endpoint

P = ParamSpec("P")
R = TypeVar("R")


class Choices(Struct, frozen=True):
    """What was said before the noun."""

    profile: str | None = None
    prompt: bool | None = None


def current_settings() -> Settings:
    """Settings of this command line; what looked like a setting and is none is warned of.

    Raises:
        SettingInvalid: A value does not fit.
    """
    settings = load_settings(profile=_choices().profile)
    if not settings.cli.colors:
        click.get_current_context().color = False
    for text in settings.warnings:
        warn(text)
    return settings


def current_place() -> Place:
    """Home and profile of this command line; for commands that mend settings, which may be invalid."""
    return locate(profile=_choices().profile)


def server_url(settings: Settings) -> str:
    """Where the server is looked for: at `api.url`, else where one runs in this home, else where one would.

    Commands never use the embedded server: nobody would ever run what they have created there.
    """
    if settings.api.url:
        return settings.api.url
    running, api = running_server(settings.home), settings.server.api
    return running.url if running else f"http://{api.host}:{api.port}{(api.base_path or '').rstrip('/')}/api"


def with_server(settings: Settings) -> Settings:
    """`settings` in which `api.url` is `server_url`."""
    return replace(settings, api=replace(settings.api, url=server_url(settings)))


class CommandClient:
    """A client for plain code: `client.call(endpoint, ...)` returns the answer. Closed after its `with`."""

    def __init__(self, client: "Client", settings: Settings) -> None:
        self._client, self.settings = client, settings

    @property
    def api_url(self) -> str:
        """URL of the API."""
        return self._client.api_url or ""

    @property
    def client(self) -> "Client":
        """The client itself, for coroutines that are driven by `run_sync`."""
        return self._client

    def call(self, endpoint: "Endpoint[P, R]", *args: P.args, **kwargs: P.kwargs) -> R:
        """Call an endpoint with the arguments of its declaration, and return what it answers.

        Raises:
            PenstockError: What the server refuses with, or why there is no answer.
        """
        return run_sync(self._client.call(endpoint, *args, **kwargs))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._client.close()


def open_client(settings: Settings | None = None) -> CommandClient:
    """A client of the server that this command talks to; a command does not wait for one that is not there.

    Args:
        settings: Those of this command line, where they have been read already.
    """
    from penstock.client.client import open_client
    from penstock.client.retries import RetryPolicy

    settings = with_server(settings or current_settings())
    retries = RetryPolicy(
        budget=settings.api.request_timeout, attempts=settings.client.max_retries, waits_for_server=False
    )
    return CommandClient(open_client(settings, os.environ, origin="cli", retries=retries), settings)


def may_ask(settings: Settings | None = None) -> bool:
    """Whether questions may be asked: as `--prompt` says, else `cli.prompt`, else if a person sits there."""
    said = _choices().prompt
    wish = settings.cli.prompt if said is None and settings is not None else said
    return sys.stdin.isatty() and sys.stdout.isatty() if wish is None else wish


def confirm(question: str, *, yes: bool, settings: Settings | None = None) -> None:
    """Go on if the answer is yes: by the option `yes`, or asked where that may be.

    Raises:
        click.UsageError: Nobody can be asked; names the option.
        click.Abort: The answer is no.
    """
    if yes:
        return
    if not may_ask(settings):
        message = f"{question} Nobody is here to ask: say yes by --yes."
        raise click.UsageError(message, click.get_current_context())
    click.confirm(question, abort=True, err=True)


def confirm_where_asked(question: str, *, yes: bool, settings: Settings | None = None) -> None:
    """Ask where a person sits at the terminal; scripts go on, as they do with the reference's commands.

    Raises `click.Abort` if the answer is no.
    """
    if not yes and may_ask(settings):
        click.confirm(question, abort=True, err=True)


def _choices() -> Choices:
    found = click.get_current_context().find_object(Choices)
    return found or Choices()
