"""`penstock dashboard`: the web UI, in the browser."""

import click

from penstock.cli.command import Noun
from penstock.cli.pages import ui_url
from penstock.cli.probe import probe
from penstock.cli.render import note, show
from penstock.cli.session import current_settings, server_url
from penstock.domain.errors import ServerUnreachable


@click.group("dashboard", cls=Noun)
def dashboard() -> None:
    """Open the web UI."""


@dashboard.command("open")
@click.option("--browser/--no-browser", default=True, help="Open it, and not only print where it is.")
def open(browser: bool) -> None:
    """Open the web UI in the browser."""
    settings = current_settings()
    found = probe(server_url(settings))
    if not found.healthy:
        raise ServerUnreachable(found.problem, hint="Start one with `penstock server start`.")
    url = ui_url(settings)
    show(url)
    if browser and not _opened(url):
        note("This machine has no browser that could be opened: go there by hand.")


def _opened(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)
