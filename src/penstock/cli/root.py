"""The command `penstock` itself: finds the noun, loads its module, makes of what goes wrong an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from penstock import __version__
from penstock.cli.command import CONTEXT, Noun, long_flags, same
from penstock.cli.exits import ExitCode, exit_code
from penstock.cli.nouns import NOUNS, overview
from penstock.cli.session import Choices
from penstock.domain.errors import PenstockError


class Root(Noun):
    """Knows the nouns by the table in `nouns.py`, and loads only the one that is asked for."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        for noun in NOUNS:
            self.alias(noun.name, *noun.aliases)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The names of all nouns."""
        return [noun.name for noun in NOUNS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The noun's command, from its module."""
        name = self.aliases.get(same(cmd_name), cmd_name)
        for noun in NOUNS:
            if same(noun.name) == same(name):
                command = getattr(import_module(f"penstock.cli.{noun.module}"), noun.module)
                return command if isinstance(command, click.Command) else None
        return None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The text that `main.py` prints without loading anything."""
        formatter.write(overview() + "\n")


@click.group("penstock", cls=Root, context_settings=CONTEXT)
@click.option("--profile", "-p", metavar="NAME")
@click.option("--prompt/--no-prompt", default=None)
@click.version_option(__version__, "--version", "-v", message="%(version)s")
@click.pass_context
def penstock(ctx: click.Context, profile: str | None, prompt: bool | None) -> None:
    """Run Python workflows."""
    ctx.obj = Choices(profile=profile, prompt=prompt)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; failures are told on stderr, in one line and a hint."""
    try:
        result = penstock.main(long_flags(arguments), prog_name="penstock", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        return _failed(" ".join(error.format_message().split()), _usage_hint(error), ExitCode.USAGE)
    except click.ClickException as error:
        return _failed(error.format_message(), None, ExitCode.FAILED)
    except PenstockError as error:
        return _failed(error.message, error.hint, exit_code(error))
    except (KeyboardInterrupt, click.Abort):
        return _failed("Interrupted.", None, ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Python would try to flush what nobody reads once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except Exception as error:
        return _bug(error)
    return result if isinstance(result, int) else ExitCode.OK


def _failed(message: str, hint: str | None, code: ExitCode) -> ExitCode:
    """Tell of a failure; several things that are wrong at once have a line each."""
    lines = [" ".join(line.split()) for line in message.splitlines() if line.strip()]
    for line in lines or [message]:
        click.echo(f"Error: {line}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    return code


def _usage_hint(error: click.UsageError) -> str | None:
    return f"See `{error.ctx.command_path} --help`." if error.ctx else None


def _bug(error: Exception) -> ExitCode:
    if os.environ.get("PENSTOCK_DEBUG_MODE"):
        traceback.print_exception(error)
    hint = "This is a fault of Penstock. Set PENSTOCK_DEBUG_MODE=1 to see where it happened."
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return _failed(message, hint, ExitCode.BUG)
