'''The pieces that commands are made of.

To add a command: put its noun into the table in `nouns.py`, and in the noun's module write

    @click.group("variable", cls=Noun)
    def variable() -> None:
        """Read and write variables."""

    @variable.command("get")
    @argument("name", help="Name of the variable.")
    @output_option
    def get(name: str, as_json: bool) -> None:
        """Print the value of a variable."""
        with open_client() as client:
            ...

Then errors of the domain are raised, not printed (`exits.py` has their exit codes); results are printed by
`render.py`, as JSON where `as_json` is set; notes that are no results go to stderr by `render.note`.
'''

import difflib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

SHORT_FLAGS_OF_TWO_LETTERS = {"-jv": "--job-variable", "-cl": "--concurrency-limit"}
CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


def same(name: str) -> str:
    """What names of commands have in common that mean the same: no case, no `-` and `_`."""
    return name.lower().replace("-", "").replace("_", "")


def long_flags(arguments: Iterable[str]) -> list[str]:
    """`arguments` with `-jv` and `-cl` written out; what stands behind `--` is left alone."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    return [*map(_long_flag, words[:end]), *words[end:]]


def _long_flag(word: str) -> str:
    flag, equals, value = word.partition("=")
    return SHORT_FLAGS_OF_TWO_LETTERS.get(flag, flag) + equals + value


def nearest(word: str, known: Iterable[str]) -> str:
    """A question that names what `word` may have meant, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


class Argument(click.Argument):
    """A positional argument that may also be given by name: `--name VALUE`."""

    def __init__(self, declarations: Sequence[str], *, help: str = "", **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.help = help

    @property
    def flags(self) -> tuple[str, str]:
        """Both spellings of its name as an option."""
        name = self.name or ""
        return f"--{name.replace('_', '-')}", f"--{name}"

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """As click does, unless it was given by name: then no positional is left for it."""
        if self.name not in _given_by_name(ctx):
            super().add_to_parser(parser, ctx)

    def consume_value(self, ctx: click.Context, opts: Any) -> Any:
        """The value given by name, else what click finds."""
        by_name = _given_by_name(ctx)
        if self.name in by_name:
            values = by_name[self.name]
            return (values if self.nargs != 1 else values[-1]), click.core.ParameterSource.COMMANDLINE
        return super().consume_value(ctx, opts)


def _given_by_name(ctx: click.Context) -> dict[str, list[str]]:
    found: dict[str, list[str]] = ctx.meta.setdefault(f"{__name__}.given_by_name", {})
    return found


class Command(click.Command):
    """One verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set aside arguments that were given by name, then parse the rest as click does."""
        by_flag = {flag: p.name for p in self.params if isinstance(p, Argument) for flag in p.flags}
        for option in self.params:
            for flag in () if isinstance(option, Argument) else option.opts:
                by_flag.pop(flag, None)
        return super().parse_args(ctx, self._set_aside(ctx, args, by_flag))

    def _set_aside(self, ctx: click.Context, args: list[str], by_flag: dict[str, Any]) -> list[str]:
        given, words = _given_by_name(ctx), iter(args)
        rest: list[str] = []
        for word in words:
            flag, equals, value = word.partition("=")
            if word == "--":
                return [*rest, word, *words]
            if flag not in by_flag:
                rest.append(word)
                continue
            taken = value if equals else next(words, None)
            if taken is None and ctx.resilient_parsing:  # a shell asks what may come here
                break
            if taken is None:
                raise click.BadOptionUsage(flag, f"Option {flag!r} requires an argument.", ctx)
            given.setdefault(by_flag[flag], []).append(taken)
        return rest


class Noun(click.Group):
    """Verbs of one noun. Their names are matched as `same` says, and may have aliases."""

    command_class = Command

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **{"context_settings": CONTEXT, "no_args_is_help": True, **attributes})
        self.aliases: dict[str, str] = {}

    def alias(self, name: str, *others: str) -> None:
        """Let the verb `name` be called by `others` too."""
        self.aliases |= {same(other): name for other in others}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb that `cmd_name` means."""
        wanted = self.aliases.get(same(cmd_name), cmd_name)
        found = {same(name): name for name in self.list_commands(ctx)}.get(same(wanted))
        return super().get_command(ctx, found) if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; an unknown verb is answered with the nearest one."""
        word = args[0]
        if not ctx.resilient_parsing and not word.startswith("-") and self.get_command(ctx, word) is None:
            near = nearest(word, [*self.list_commands(ctx), *self.aliases])
            message = f"There is no command `{ctx.command_path} {word}`.{near}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)


def argument(name: str, *, help: str = "", **attributes: Any) -> Callable[[F], F]:
    """A positional argument that may also be given as `--name`."""
    return click.argument(name, cls=Argument, help=help, **attributes)


def output_option(function: Callable[..., R]) -> Callable[..., R]:
    """`--output json`, `-o json` or `--json`: the command gets `as_json`."""

    @click.option(
        "--output",
        "-o",
        type=click.Choice(["json"], case_sensitive=False),
        metavar="json",
        help="json: print a document for programs to read.",
    )
    @click.option("--json", "json_flag", is_flag=True, help="The same as --output json.")
    @wraps(function)
    def with_output(*args: Any, output: str | None, json_flag: bool, **kwargs: Any) -> R:
        return function(*args, as_json=json_flag or output is not None, **kwargs)

    return with_output
