"""`penstock init`: a deployment file to start from."""

from pathlib import Path

import click

from penstock.cli.command import CONTEXT, Command, output_option
from penstock.cli.render import note, show, show_json
from penstock.domain.errors import InvalidInput
from penstock.sdk.deployments.init import RECIPES, init_project


@click.command("init", cls=Command, context_settings=CONTEXT)
@click.option("--name", metavar="NAME", help="The project's name. [the directory's]")
@click.option(
    "--recipe", metavar="RECIPE", help=f"How workers have the code: {' or '.join(RECIPES)}. [git in a clone]"
)
@click.option(
    "--field", "-f", multiple=True, metavar="KEY=VALUE", help="What the recipe asks for; several times."
)
@output_option
def init(*, name: str | None, recipe: str | None, field: tuple[str, ...], as_json: bool) -> None:
    """Write a penstock.yaml to the working directory.

    The recipe `local` asks for `directory`; `git` for `repository` and `branch`.
    """
    written = init_project(Path.cwd(), name, recipe, dict(map(_pair, field)))
    if as_json:
        show_json([str(file) for file in written])
        return
    for file in written:
        show(f"Wrote {file}")
    note("Say under deployments what there is to run, then: penstock deploy --all")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        message = f"--field {text} is not KEY=VALUE."
        raise InvalidInput(message, field="field", hint="Write --field branch=main.")
    return name.strip(), value
