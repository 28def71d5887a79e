"""What commands say where no server answers: one line with the URL, and how to start one."""

import pytest

from penstock.cli.exits import ExitCode
from penstock.cli.root import Root
from penstock.cli.root import penstock as root

# Nobody listens on the first; the second is no address.
URL = "http://127.0.0.1:9/api"
NEEDS_NO_SERVER = {
    *("completion", "config", "deploy", "init", "profile", "resolve", "server", "version"),
    "work-pool get-default-base-job-template",
    "flow serve",
    "flow-run execute",
}


@pytest.mark.parametrize(
    "line",
    [
        "deployment ls",
        "deployment run a/b",
        "deployment run --id 00000000-0000-7000-8000-000000000000 --watch",
        "deployment explain a/b",
        "deployment schedule ls a/b",
        "flow ls",
        "flow-run ls",
        "flow-run watch x",
        "flow-run logs x --follow",
        "task-run ls",
        "work-pool ls",
        "work-pool create x --type process",
        "work-queue ls",
        "worker start --pool x",
        "worker start --pool x --type process",
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_one_line_names_the_url_and_the_next_step(penstock, line, is_named):
    environ = {"PENSTOCK_API_URL": URL} if is_named else {"PENSTOCK_SERVER_API_PORT": "9"}
    said = penstock(*line.split(), code=ExitCode.UNREACHABLE, **environ).stderr.splitlines()
    assert said[0].startswith(f"Error: No server answers at {URL} (")
    assert "`penstock server start`" in said[1] and "PENSTOCK_API_URL" in said[1]
    assert len(said) == 2


def test_the_embedded_store_is_not_touched(penstock, home):
    penstock(
        "work-pool", "create", "x", "-t", "process", code=ExitCode.UNREACHABLE, PENSTOCK_SERVER_API_PORT="9"
    )
    assert not (home / "penstock.db").exists()


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/api", "http://user:pass@127.0.0.1/api"])
def test_a_url_that_is_none_is_refused(penstock, url):
    said = penstock("flow", "ls", code=ExitCode.USAGE, PENSTOCK_API_URL=url).stderr
    assert "pass" not in said.replace("'http://user:pass@127.0.0.1/api'", "")


def test_help_of_every_command_is_worth_reading():
    """Each verb has a sentence, and each of its options and arguments too."""
    untold = [line for line in told_nothing(root, ()) if " ".join(line) not in NEEDS_NO_SERVER]
    assert untold == []


def told_nothing(command, path):
    import click

    context = click.Context(command, info_name="penstock")
    if path and not command.help:
        yield path
    for parameter in command.params if path else ():
        if not getattr(parameter, "help", None) and not getattr(parameter, "hidden", False):
            yield (*path, parameter.name)
    if isinstance(command, (click.Group, Root)):
        for name in command.list_commands(context):
            try:
                found = command.get_command(context, name)
            except ModuleNotFoundError:
                continue
            yield from told_nothing(found, (*path, name))
