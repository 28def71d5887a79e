"""From a deployment to its flow: pull the code, as its steps say, and load what its entrypoint names."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from penstock.client.client import Client
from penstock.colourless import run_sync
from penstock.contract.variables import read_variable_by_name
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.json_values import Json
from penstock.domain.templates import MISSING, Fill, Placeholder
from penstock.sdk.deployments.entrypoints import load_entrypoint
from penstock.sdk.deployments.steps import pull_code
from penstock.sdk.flows import Flow

_VARIABLES = "penstock.variables."


def load_flow(
    entrypoint: str | None,
    path: str | None,
    pull_steps: list[dict[str, Any]] | None,
    client: Client,
    log: Callable[[str], None],
) -> Flow[..., Any]:
    """The flow of a deployment.

    Args:
        entrypoint: What to load, below where the code is.
        path: Where the code is, unless steps pull it; the working directory where it is left out.
        pull_steps: What to do to get the code here.
        client: Asks for the variables that steps refer to.

    Raises:
        PenstockError: A step failed, or the entrypoint leads nowhere; says which, and why.
    """
    if not entrypoint:
        raise InvalidInput(
            "The deployment has no entrypoint, so there is nothing to run.",
            field="entrypoint",
            hint="Deploy it again with an entrypoint such as flows.py:my_flow.",
        )
    if pull_steps:
        root = pull_code(pull_steps, environ=os.environ, references=references(client), log=log)
    else:
        root = Path(path).resolve() if path else Path.cwd()
    flow: Flow[..., Any] = load_entrypoint(entrypoint, root, Flow)
    return flow


def references(client: Client) -> Fill:
    """What fills references to the server's variables. Each is asked for once."""
    known: dict[str, Json] = {}

    def fill(placeholder: Placeholder) -> Json:
        if not placeholder.name.startswith(_VARIABLES):
            raise InvalidInput(f"{placeholder.text} cannot be filled in here: only variables can.")
        name = placeholder.name.removeprefix(_VARIABLES)
        if name not in known:
            known[name] = _read(client, name)
        return _follow(known[name], placeholder)

    return fill


def _read(client: Client, name: str) -> Json:
    try:
        value: Json = run_sync(client.call(read_variable_by_name, name)).value
    except NotFound:
        return MISSING
    return value


def _follow(value: Json, placeholder: Placeholder) -> Json:
    for step in placeholder.path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value
