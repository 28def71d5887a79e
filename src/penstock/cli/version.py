"""`penstock version`."""

import click

from penstock.cli.command import CONTEXT, Command, output_option
from penstock.cli.render import show, show_json
from penstock.cli.versions import versions, versions_text


@click.command("version", cls=Command, context_settings=CONTEXT)
@output_option
def version(as_json: bool) -> None:
    """Show the versions of Penstock, of Python and of the machine."""
    if as_json:
        show_json({name.lower(): value for name, value in versions().items()})
    else:
        show(versions_text())
