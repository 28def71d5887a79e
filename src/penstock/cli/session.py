"""What a command works with: the settings it runs under, a client of the server, and the person's consent."""

import sys

import click
from msgspec import Struct

from penstock.cli.render import warn
from penstock.settings import Place, Settings, load_settings, locate


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
    for text in settings.warnings:
        warn(text)
    return settings


def current_place() -> Place:
    """Home and profile of this command line; for commands that mend settings, which may be invalid."""
    return locate(profile=_choices().profile)


def server_url(settings: Settings) -> str:
    """Where the server is looked for: at `api.url`, else where one would be if it were started now."""
    api = settings.server.api
    return settings.api.url or f"http://{api.host}:{api.port}{(api.base_path or '').rstrip('/')}/api"


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


def _choices() -> Choices:
    found = click.get_current_context().find_object(Choices)
    return found or Choices()
