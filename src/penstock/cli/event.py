"""`penstock event`: events as they happen, and events of one's own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.exits import ExitCode
from penstock.cli.render import note, show, show_json
from penstock.cli.session import current_settings, open_client, with_server
from penstock.cli.values import read_duration
from penstock.colourless import run_each
from penstock.contract.events import (
    Event,
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    ReceivedEvent,
    create_events,
)
from penstock.domain.errors import InvalidInput
from penstock.domain.events import ID, NAME, ROLE, Labels
from penstock.domain.resource_specs import name_matches


@click.group("event", cls=Noun)
def event() -> None:
    """Follow events; emit one."""


@event.command("stream")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "text"], case_sensitive=False),
    default="json",
    show_default=True,
    help="json: one document a line. text: for people.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--output-file", type=click.Path(dir_okay=False, path_type=Path), help="Append to this file instead."
)
@click.option("--run-once/--no-run-once", default=False, help="Stop after the first event.")
@click.option(
    "--event", "names", multiple=True, metavar="NAME", help="Only these; `prefect.flow-run.*` is many."
)
@click.option(
    "--resource", "resources", multiple=True, metavar="ID", help="Only what these have part in; `*` as above."
)
@click.option("--since", metavar="LENGTH", help="Begin so long ago, such as 10m; 15 minutes at most.")
@click.option("--account/--no-account", default=False, hidden=True)
def stream(
    form: str,
    as_json: bool,
    output_file: Path | None,
    run_once: bool,
    names: tuple[str, ...],
    resources: tuple[str, ...],
    since: str | None,
    account: bool,
) -> ExitCode:
    """Print events as they happen. When the server goes away it is waited for, and nothing is left out.

    \b
      penstock event stream --format text --event 'prefect.flow-run.*'
      penstock event stream --resource prefect.deployment.3f6c… --since 10m
    """
    from penstock.client.event_feed import EventFeed

    del account  # there is one
    settings = with_server(current_settings())
    asked = _filter(names, resources, since, datetime.now(UTC))
    write = _as_text if form == "text" and not as_json else _as_json
    with _output(output_file) as output:
        try:
            feed = EventFeed(settings, os.environ, note)
            for each in run_each(feed.events(asked, backfill=since is not None)):
                if not name_matches(names, each.event):
                    continue  # a name that was given whole, beside beginnings of others
                click.echo(write(each), file=output)
                if run_once:
                    return ExitCode.OK
        except KeyboardInterrupt:
            note("Stopped following events.")
    return ExitCode.INTERRUPTED


@event.command("emit")
@argument("event", help="What the event is called, such as `order.shipped`.")
@click.option("--resource", "-r", metavar="KEY=VALUE|JSON", help="Labels of what it is about.")
@click.option("--resource-id", metavar="ID", help="Id of what it is about.")
@click.option(
    "--related", metavar="JSON", help="What else is part of it: a list of labels, each with a role."
)
@click.option("--payload", "-p", metavar="JSON", help="Anything more, as an object.")
@output_option
def emit(
    event: str,
    resource: str | None,
    resource_id: str | None,
    related: str | None,
    payload: str | None,
    as_json: bool,
) -> None:
    """Emit an event.

    \b
      penstock event emit order.shipped --resource-id order.17 --payload '{"weight": 3}'
      penstock event emit file.came -r prefect.resource.id=file.a,size=12 \\
        --related '[{"prefect.resource.id": "customer.3", "prefect.resource.role": "customer"}]'
    """
    emitted = Event(
        id=uuid4(),
        occurred=datetime.now(UTC),
        event=event,
        resource=_resource(resource, resource_id),
        related=_related(related),
        payload=_object(payload, "payload") if payload is not None else {},
    )
    with open_client() as client:
        client.call(create_events, [emitted])
    if as_json:
        show_json(emitted)
    else:
        show(f"Emitted {event!r} about {emitted.resource[ID]!r}: {emitted.id}")


def _filter(
    names: tuple[str, ...], resources: tuple[str, ...], since: str | None, now: datetime
) -> EventFilter:
    asked = EventFilter()
    if since is not None:
        asked.occurred = EventOccurredFilter(since=now - _length(since))
    if any(name.endswith("*") for name in names):
        asked.event = EventNameFilter(prefix=[name.removesuffix("*") for name in names])
    elif names:
        asked.event = EventNameFilter(name=list(names))
    if resources:
        asked.any_resource = EventAnyResourceFilter(labels={ID: list(resources)})
    return asked


def _length(text: str) -> timedelta:
    try:
        return read_duration(text)
    except InvalidInput as error:
        raise InvalidInput(f"--since: {error.message}", field="since", hint=error.hint) from None


def _resource(text: str | None, id: str | None) -> Labels:
    """The labels of what the event is about."""
    labels: Labels = {}
    if text is not None and text.lstrip().startswith("{"):
        labels = _texts(_object(text, "resource"), "resource")
    elif text is not None:
        for part in text.split(","):
            label, equals, value = part.partition("=")
            if not equals:
                message = f"--resource: {part!r} is neither KEY=VALUE nor JSON."
                raise InvalidInput(message, field="resource")
            labels[label.strip()] = value.strip()
    if id is not None:
        labels[ID] = id
    if not labels.get(ID):
        message = "What is the event about?"
        raise InvalidInput(message, field="resource", hint=f"Give --resource-id ID, or {ID} in --resource.")
    return labels


def _related(text: str | None) -> list[Labels]:
    if text is None:
        return []
    value = _json(text, "related")
    several = value if isinstance(value, list) else [value]
    found = [_texts(each, "related") for each in several]
    for labels in found:
        if not labels.get(ID) or not labels.get(ROLE):
            raise InvalidInput(f"--related: each has the labels {ID!r} and {ROLE!r}.", field="related")
    return found


def _json(text: str, option: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"--{option} is not JSON: {error}.", field=option) from None


def _object(text: str, option: str) -> dict[str, Any]:
    value = _json(text, option)
    if not isinstance(value, dict):
        raise InvalidInput(f"--{option} is not a JSON object.", field=option)
    return value


def _texts(value: Any, option: str) -> Labels:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise InvalidInput(f"--{option}: labels are an object whose values are texts.", field=option)
    return value


@contextmanager
def _output(file: Path | None) -> Iterator[TextIO]:
    if file is None:
        yield sys.stdout
        return
    try:
        opened = file.open("a", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}."
        raise InvalidInput(message, field="output_file") from None
    with opened:
        yield opened


def _as_json(each: ReceivedEvent) -> str:
    return msgspec.json.encode(each).decode()


def _as_text(each: ReceivedEvent) -> str:
    """One line: when, what, about what."""
    about = each.resource.get(NAME) or each.resource[ID]
    related = [labels.get(NAME) or labels[ID] for labels in each.related]
    when = each.occurred.astimezone().strftime("%H:%M:%S.%f")[:-3]
    among = f"  ({', '.join(related)})" if related else ""
    return f"{when}  {each.event}  {about}{among}".replace("\n", " ")
