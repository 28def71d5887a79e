"""`penstock flow`: the code that runs are runs of."""

import click

from penstock.cli.command import Noun, output_option
from penstock.cli.finding import every
from penstock.cli.flow_serve import serve
from penstock.cli.render import show_json, show_table
from penstock.cli.session import open_client
from penstock.contract.filters import NamedSort
from penstock.contract.flows import FlowQuery, read_flows


@click.group("flow", cls=Noun)
def flow() -> None:
    """List flows; serve one from this process."""


flow.add_command(serve)


@flow.command("ls")
@click.option("--limit", type=click.IntRange(1), default=15, show_default=True, help="How many at most.")
@output_option
def ls(limit: int, as_json: bool) -> None:
    """List flows, the newest first."""
    query = FlowQuery(sort=NamedSort.CREATED_DESC)
    with open_client() as client:
        flows = list(every(client, read_flows, query, most=limit))
    if as_json:
        show_json(flows)
        return
    rows = [(each.name, each.id, each.tags, each.created) for each in flows]
    empty = "There are none. A flow is known once it has run or has been deployed."
    show_table(("Name", "ID", "Tags", "Created"), rows, empty=empty)
