"""`penstock flow-run resume`: a flow run that is paused goes on, with what it waits for."""

import click
import msgspec

from penstock.cli.command import Command, argument, output_option
from penstock.cli.finding import find_flow_run
from penstock.cli.render import note, show, show_json
from penstock.cli.session import CommandClient, open_client
from penstock.cli.values import read_json
from penstock.contract.flow_run_inputs import FlowRunResume, read_flow_run_input, resume_flow_run
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.states import OrchestrationResult, SetStateStatus
from penstock.domain.errors import Conflict, InvalidInput, NotFound
from penstock.domain.json_values import Json


@click.command("resume", cls=Command)
@argument("id", metavar="ID", help="Id of the run, or its name if no other has it.")
@click.option("--input", "input_", metavar="JSON", help="What it waits for, as JSON; - is stdin.")
@output_option
def resume(id: str, input_: str | None, as_json: bool) -> None:
    """Let a flow run that is paused go on: in its process, or in a new one where it is suspended.

    \b
    Examples:
      penstock flow-run resume brisk-otter
      penstock flow-run resume brisk-otter --input '{"approved": true}'
      penstock flow-run resume brisk-otter --input 42
    """
    given = _answer(input_) if input_ is not None else None
    with open_client() as client:
        run = find_flow_run(client, id)
        body = FlowRunResume(run_input=given, message="Resumed by the command line.")
        result = client.call(resume_flow_run, run.id, body)
        _check(client, run, result)
    if as_json:
        show_json(result)
        return
    if result.state is not None and result.state.is_scheduled():
        show(f"The flow run {run.name!r} is resumed: it begins anew when somebody takes it.")
    else:
        show(f"The flow run {run.name!r} goes on.")
    if given and not _keys(run):
        note("It waited for no input; what was given is not used.")


def _answer(document: str) -> dict[str, Json]:
    """What was given as the fields of a form; a plain value is what a flow gets that waits for one."""
    said = read_json(document, "--input")
    return said if isinstance(said, dict) else {"value": said}


def _check(client: CommandClient, run: FlowRunResponse, result: OrchestrationResult) -> None:
    """Raise why the run does not go on."""
    if result.status is SetStateStatus.ACCEPT:
        return
    reason = getattr(result.details, "reason", None) or "The server refused."
    message = f"The flow run {run.name!r} was not resumed. {reason}"
    if result.status is SetStateStatus.REJECT and result.state is not None and result.state.is_paused():
        raise InvalidInput(message, field="input", hint=_what_it_takes(client, run))
    raise Conflict(message)


def _keys(run: FlowRunResponse) -> dict[str, str]:
    return (run.state.state_details.run_input_keyset or {}) if run.state is not None else {}


def _what_it_takes(client: CommandClient, run: FlowRunResponse) -> str | None:
    """The fields that the run asks for, and what it says of them."""
    keys = _keys(run)
    schema = _said(client, run, keys.get("schema"))
    fields = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(fields, dict):
        return None
    description = _said(client, run, keys.get("description"))
    about = f" {description}" if isinstance(description, str) else ""
    return f"It asks for {', '.join(fields) or 'nothing'}: give --input JSON.{about}"


def _said(client: CommandClient, run: FlowRunResponse, key: str | None) -> Json:
    if key is None:
        return None
    try:
        said: Json = msgspec.json.decode(client.call(read_flow_run_input, run.id, key))
    except (NotFound, msgspec.DecodeError):
        return None
    return said
