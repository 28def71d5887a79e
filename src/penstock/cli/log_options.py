"""Which lines of a log a command prints, and in which order."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import islice
from typing import Any, TypeVar

import click
from msgspec import Struct

from penstock.cli.log_lines import LinePrinter, newest_first, oldest_first
from penstock.cli.render import note, show, show_json
from penstock.cli.session import CommandClient
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import LogFilter
from penstock.contract.logs import Log

R = TypeVar("R")
_FEW = 20
"""How many lines `--head` and `--tail` print unless another number is given."""


class LogChoice(Struct, frozen=True):
    """Which lines, and in which order."""

    most: int | None
    """None is all."""
    from_end: bool
    newest_first: bool
    is_head: bool = False
    """Whether the oldest lines were asked for by `--head`."""

    def for_following(self) -> "LogChoice":
        """The choice of a command that goes on with what comes in: the last lines, oldest first."""
        if self.newest_first or self.is_head:
            message = "--follow goes on at the end: give it neither --head nor --reverse."
            raise click.UsageError(message, click.get_current_context())
        return LogChoice(most=self.most, from_end=self.most is not None, newest_first=False)


def log_options(function: Callable[..., R]) -> Callable[..., R]:
    """`--head`, `--tail`, `--num-logs` and `--reverse`: the command gets `choice`."""

    @click.option("--head/--no-head", "-h", default=False, help="Only the oldest lines.")
    @click.option("--tail/--no-tail", "-t", default=False, help="Only the newest lines.")
    @click.option(
        "--num-logs", "-n", type=click.IntRange(1), help=f"How many lines. With --head or --tail {_FEW}."
    )
    @click.option("--reverse/--no-reverse", "-r", default=False, help="The newest lines first.")
    @wraps(function)
    def with_choice(
        *args: Any, head: bool, tail: bool, num_logs: int | None, reverse: bool, **kwargs: Any
    ) -> R:
        if head and tail:
            message = "Head or tail? Give one of --head and --tail."
            raise click.UsageError(message, click.get_current_context())
        most = num_logs or (_FEW if head or tail else None)
        is_newest = tail or (reverse and not head)
        choice = LogChoice(most=most, from_end=is_newest, newest_first=reverse, is_head=head)
        return function(*args, choice=choice, **kwargs)

    return with_choice


def show_logs(
    client: CommandClient,
    chosen: LogFilter,
    choice: LogChoice,
    printer: LinePrinter,
    *,
    as_json: bool = False,
    empty: str = "Nothing was logged.",
    on_page: Callable[[list[Log]], object] | None = None,
) -> None:
    """Print lines of a log.

    Args:
        as_json: As one list; else line by line, as the printer does.
        empty: Told on stderr where there are no lines.
        on_page: Told what was printed.
    """
    logs = _read(client, chosen, choice)
    if as_json:
        show_json(list(logs))
        return
    is_empty = True
    for page in _pages(logs):
        is_empty = False
        for line in printer.lines(page):
            show(line)
        if on_page:
            on_page(page)
    if is_empty:
        note(empty)


def _read(client: CommandClient, chosen: LogFilter, choice: LogChoice) -> Iterable[Log]:
    read = newest_first if choice.from_end else oldest_first
    found = read(client, chosen, choice.most)
    return found if choice.from_end == choice.newest_first else reversed(list(found))


def _pages(logs: Iterable[Log]) -> Iterator[list[Log]]:
    """`logs` in pieces, so that lines are printed before all of them are read."""
    rest = iter(logs)
    while page := list(islice(rest, MAX_PAGE)):
        yield page
