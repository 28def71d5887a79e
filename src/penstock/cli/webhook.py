"""`penstock webhook`: URLs that turn what others post into events."""

import shlex
from pathlib import Path

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.documents import read_document
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, open_client
from penstock.contract.fields import MAX_PAGE
from penstock.contract.webhooks import (
    EventTemplate,
    Webhook,
    WebhookCreate,
    WebhookQuery,
    WebhookUpdate,
    WebhookWithSecret,
    create_webhook,
    delete_webhook,
    read_webhook_by_name,
    read_webhooks,
    rotate_webhook,
    update_webhook,
)
from penstock.domain.errors import InvalidInput


@click.group("webhook", cls=Noun)
def webhook() -> None:
    """Make URLs that turn what others post into events.

    What is posted is signed with the webhook's secret, which is shown when it is made and never again.
    """


webhook.alias("delete", "rm")
webhook.alias("resume", "unpause", "enable")
webhook.alias("pause", "disable")


@webhook.command("create")
@argument("name", help="Name of the webhook.")
@click.option("--description", "-d", metavar="TEXT", default="", help="What it is for.")
@click.option(
    "--template", "-t", metavar="FILE|JSON", help="The event that a request becomes: docs/automations.md."
)
@click.option("--unsigned", is_flag=True, help="Take what is not signed from whoever knows the URL.")
@output_option
def create(name: str, description: str, template: str | None, unsigned: bool, as_json: bool) -> None:
    """Create a webhook, and show its secret this once.

    \b
    Examples:
      penstock webhook create github
      penstock webhook create orders -t '{"event": "order.{{ body.status }}"}'
    """
    wanted = WebhookCreate(
        name=name, description=description, template=_template(template), is_signed=not unsigned
    )
    with open_client() as client:
        made = client.call(create_webhook, wanted)
        _show_new(client, made, f"Created the webhook {name!r}.", as_json=as_json)


@webhook.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List webhooks by name."""
    with open_client() as client:
        found = _all(client)
    if as_json:
        show_json(found)
        return
    rows = [
        (each.name, each.enabled, each.is_signed, each.template.event, each.last_received) for each in found
    ]
    empty = "There are no webhooks. Create one by `penstock webhook create NAME`."
    show_table(("Name", "Enabled", "Signed", "Event", "Last received"), rows, empty=empty)


@webhook.command("inspect")
@argument("name", help="Name of the webhook.")
@output_option
def inspect(name: str, as_json: bool) -> None:
    """Show all that is known of a webhook; not its secret, which nobody knows any more."""
    with open_client() as client:
        found = client.call(read_webhook_by_name, name)
        if as_json:
            show_json(found)
            return
        template = msgspec.structs.asdict(found.template)
        fields = msgspec.structs.asdict(found) | {"path": _url(client, found), "template": template}
        show_fields({("url" if key == "path" else key): value for key, value in fields.items()})
        note(f"\nTo post to it:\n\n{_example(client, found, None)}")


@webhook.command("rotate")
@argument("name", help="Name of the webhook.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@output_option
def rotate(name: str, yes: bool, as_json: bool) -> None:
    """Give a webhook a new secret, and show it this once. The old one is good for nothing from now on."""
    confirm_where_asked(f"Who signs with the secret of {name!r} now will be refused. Rotate it?", yes=yes)
    with open_client() as client:
        made = client.call(rotate_webhook, client.call(read_webhook_by_name, name).id)
        _show_new(client, made, f"Rotated the secret of the webhook {name!r}.", as_json=as_json)


@webhook.command("update")
@argument("name", help="Name of the webhook.")
@click.option("--new-name", metavar="NAME", help="Call it by another name.")
@click.option("--description", "-d", metavar="TEXT", help="What it is for.")
@click.option("--template", "-t", metavar="FILE|JSON", help="The event that a request becomes.")
def update(name: str, new_name: str | None, description: str | None, template: str | None) -> None:
    """Change a webhook. Its URL and its secret stay."""
    change = WebhookUpdate()
    if new_name is not None:
        change.name = new_name
    if description is not None:
        change.description = description
    if template is not None:
        change.template = _template(template)
    _update(name, change)
    show(f"Changed the webhook {name!r}.")


@webhook.command("pause")
@argument("name", help="Name of the webhook.")
def pause(name: str) -> None:
    """Take nothing that is posted to a webhook until it is resumed."""
    _update(name, WebhookUpdate(enabled=False))
    show(f"Paused the webhook {name!r}.")


@webhook.command("resume")
@argument("name", help="Name of the webhook.")
def resume(name: str) -> None:
    """Let a webhook go on."""
    _update(name, WebhookUpdate(enabled=True))
    show(f"Resumed the webhook {name!r}.")


@webhook.command("toggle")
@argument("name", help="Name of the webhook.")
def toggle(name: str) -> None:
    """Pause a webhook, or let it go on where it is paused."""
    with open_client() as client:
        found = client.call(read_webhook_by_name, name)
        client.call(update_webhook, found.id, WebhookUpdate(enabled=not found.enabled))
    show(f"{'Paused' if found.enabled else 'Resumed'} the webhook {name!r}.")


@webhook.command("delete")
@argument("name", help="Name of the webhook.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a webhook. Its URL is never given to another."""
    confirm_where_asked(f"Delete the webhook {name!r}?", yes=yes)
    with open_client() as client:
        client.call(delete_webhook, client.call(read_webhook_by_name, name).id)
    show(f"Deleted the webhook {name!r}.")


def _update(name: str, change: WebhookUpdate) -> None:
    with open_client() as client:
        client.call(update_webhook, client.call(read_webhook_by_name, name).id, change)


def _all(client: CommandClient) -> list[Webhook]:
    found: list[Webhook] = []
    while page := client.call(read_webhooks, WebhookQuery(offset=len(found), limit=MAX_PAGE)):
        found += page
        if len(page) < MAX_PAGE:
            break
    return found


def _template(given: str | None) -> EventTemplate:
    """The event template in a file, or in a JSON text. Raises `InvalidInput`, `NotFound`."""
    if given is None:
        return EventTemplate()
    try:
        if given.lstrip().startswith("{"):
            return msgspec.json.decode(given, type=EventTemplate)
        return msgspec.convert(read_document(Path(given)), EventTemplate)
    except msgspec.MsgspecError as error:
        message = f"--template is no template of an event: {error}."
        raise InvalidInput(message, hint="It has event, resource, related and payload.") from None


def _show_new(client: CommandClient, made: WebhookWithSecret, done: str, *, as_json: bool) -> None:
    if as_json:
        show_json(made)
        return
    show(done)
    show_fields({"url": _url(client, made), "secret": made.secret or "none: nothing is signed"})
    if made.secret is not None:
        note("\nThe secret is not shown again. To post to it:\n")
    else:
        note("\nWhoever knows the URL can post to it:\n")
    note(_example(client, made, made.secret))


def _url(client: CommandClient, found: Webhook) -> str:
    return f"{client.api_url}{found.path}"


def _example(client: CommandClient, found: Webhook, secret: str | None) -> str:
    url = shlex.quote(_url(client, found))
    body = 'BODY=\'{"hello": "world"}\''
    post = f"curl {url} -H 'Content-Type: application/json' -d \"$BODY\""
    if not found.is_signed:
        return f"  {body}\n  {post}"
    return f"""  {body}
  SECRET={secret or "…"}
  T=$(date +%s)
  V1=$(printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
  {post} -H "X-Penstock-Signature: t=$T,v1=$V1\""""
