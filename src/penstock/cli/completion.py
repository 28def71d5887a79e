"""`penstock completion SHELL`: the script that lets a shell complete our commands."""

import click

from penstock.cli.command import CONTEXT, Command, argument
from penstock.cli.render import show

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command, context_settings=CONTEXT)
@argument("shell", type=click.Choice(SHELLS), help="Which shell's.")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the shell's completion script.

    \b
    bash: eval "$(penstock completion bash)" in ~/.bashrc
    zsh:  eval "$(penstock completion zsh)" in ~/.zshrc
    fish: penstock completion fish > ~/.config/fish/completions/penstock.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    show(kind(ctx.find_root().command, {}, "penstock", "_PENSTOCK_COMPLETE").source())
