"""What commands print: results to stdout, for people as a table or for programs as JSON; notes to stderr.

At a terminal tables are drawn by rich, which is loaded for that alone; into a pipe they go as plain columns.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
import msgspec


def show_json(value: Any) -> None:
    """Print `value` (structs, times and ids included) as an indented JSON document."""
    document = msgspec.json.format(msgspec.json.encode(value), indent=2)
    click.echo(document.decode())


def show(text: str) -> None:
    """Print a result that is one text."""
    click.echo(text)


def note(text: str) -> None:
    """Tell something that is no result: what was done, what comes next. A pipe of data stays clean."""
    click.echo(text, err=True)


def warn(text: str) -> None:
    """Tell something that the person should look at, though the command goes on."""
    click.secho(f"Warning: {text}", fg="yellow", err=True)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, empty: str = "None."
) -> None:
    """Print rows under column heads.

    Args:
        title: Stands above the table at a terminal.
        empty: Told on stderr where there are no rows.
    """
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        note(empty)
    elif sys.stdout.isatty():
        _draw(columns, cells, title)
    else:
        _print_plain([[column.upper() for column in columns], *cells])


def show_fields(fields: Mapping[str, Any]) -> None:
    """Print the fields of one thing, one a line."""
    width = max(map(len, fields), default=0) + 1
    for name, value in fields.items():
        click.echo(f"{name + ':':<{width}} {cell(value)}")


def cell(value: Any) -> str:
    """`value` as it stands in a table: nothing for None, local time, lists by commas, maps as JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone().isoformat(" ", "seconds")
        case list() | tuple() | set() | frozenset():
            return ", ".join(cell(item) for item in value)
        case dict():
            return msgspec.json.encode(value).decode()
    return str(value)


def _draw(columns: Sequence[str], cells: list[list[str]], title: str | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    # What a row is about, an id or a name, stays on one line as long as it leaves half of the terminal.
    is_short = max(len(row[0]) for row in cells) <= console.width // 2
    for index, column in enumerate(columns):
        # Half a name is of no use, two lines of one are.
        table.add_column(column, overflow="fold", no_wrap=index == 0 and is_short)
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_plain(cells: list[list[str]]) -> None:
    lines = [[text.replace("\n", " ") for text in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for row in lines:
        padded = [f"{text:<{width}}" for text, width in zip(row, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())
