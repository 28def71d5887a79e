"""Commands that documents speak of exist, with the options that are given to them."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from penstock.cli.command import Argument, long_flags
from penstock.cli.root import penstock

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
DOCUMENTS += sorted(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))
COMMAND = re.compile(r"`(penstock [^`\n]+)`|^(?:\$ |    )(penstock .+)$", re.MULTILINE)
"""In the running text, in a session, or in an indented block."""
OF_SHELLS = re.compile(r" (?:&&|\||>|#|·) .*| \\$")


def spoken_of(text: str) -> list[list[str]]:
    found = [OF_SHELLS.sub("", a or b) for a, b in COMMAND.findall(text)]
    return [shlex.split(command.replace("…", "").replace("[", "").replace("]", "")) for command in found]


def what_is_wrong(words: list[str]) -> str | None:
    """Why a command cannot be what is meant, if it cannot."""
    context = click.Context(penstock, info_name="penstock")
    rest = iter(long_flags(words[1:]))
    for word in rest:
        if word.startswith("-") and word != "-":
            option = option_of(context, word.partition("=")[0])
            if option is None:
                return f"{context.command_path} has no {word}"
            if takes_value(option) and "=" not in word:
                next(rest, None)
        elif isinstance(context.command, click.Group) and not word.isupper():
            found = context.command.get_command(context, word)
            if found is None:
                return f"{context.command_path} has no {word}"
            context = click.Context(found, info_name=word, parent=context)
    return None


def option_of(context: click.Context, flag: str) -> click.Parameter | None:
    """The parameter that may be given by that flag."""
    found = (parameter for parameter in context.command.get_params(context) if flag in flags_of(parameter))
    return next(found, None)


def flags_of(parameter: click.Parameter) -> Sequence[str]:
    if isinstance(parameter, Argument):
        return parameter.flags
    return [*parameter.opts, *parameter.secondary_opts]


def takes_value(parameter: click.Parameter) -> bool:
    return not (isinstance(parameter, click.Option) and parameter.is_flag)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_exist(name):
    commands = spoken_of((ROOT / name).read_text(encoding="utf-8"))
    wrong = {" ".join(words): reason for words in commands if (reason := what_is_wrong(words))}
    assert wrong == {}


def test_commands_are_found():
    text = "Say `penstock deployment explian x`.\n\n    penstock work-pool ls --al | head\n"
    reasons = [what_is_wrong(words) for words in spoken_of(text)]
    assert reasons == ["penstock deployment has no explian", "penstock work-pool ls has no --al"]
