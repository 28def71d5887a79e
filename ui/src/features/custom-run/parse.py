"""Reads what the page offers to copy, as a shell, the command line and Python read it; prints it as JSON.

parse.py cli SCHEMA TEXT     the options of the command, and the values that they are understood as
parse.py python TEXT         the arguments of the call
"""

import ast
import json
import shlex
import sys

from penstock.cli.command import long_flags
from penstock.cli.deployment_run import run
from penstock.cli.values import read_job_variables, read_parameters


def cli(schema: str, text: str) -> object:
    """What `penstock deployment run` would take from the text."""
    program, noun, verb, *words = shlex.split(text.replace("\\\n", " "))
    assert (program, noun, verb) == ("penstock", "deployment", "run")
    given = run.make_context("run", long_flags(words)).params
    return {
        "name": given["name"],
        "parameters": read_parameters(given["param"], given["params"], json.loads(schema), "flow"),
        "job_variables": read_job_variables(given["job_variable"]),
        "start_at": given["start_at"],
        "tags": list(given["tag"]),
        "flow_run_name": given["flow_run_name"] and given["flow_run_name"].format(),
        "work_queue": given["work_queue"],
        "idempotency_key": given["idempotency_key"],
    }


def python(text: str) -> object:
    """The call's arguments."""
    call = ast.parse(text).body[-1].value  # type: ignore[attr-defined]
    arguments = {each.arg: each.value for each in call.keywords}
    if "scheduled_time" in arguments:
        arguments["scheduled_time"] = arguments["scheduled_time"].args[0]
    return {"name": call.args[0].value, **{key: ast.literal_eval(value) for key, value in arguments.items()}}


if __name__ == "__main__":
    json.dump({"cli": cli, "python": python}[sys.argv[1]](*sys.argv[2:]), sys.stdout)
