"""The types of blocks that every server knows, so that a person can make what notifications are sent by.

A server makes them when it starts and they are not there. Slugs and fields are the reference's; its client,
which says more of each field, adds a schema of its own beside ours.
"""

from typing import Any, Final

from msgspec import Struct

from penstock.db.port import Database, Transaction
from penstock.db.statements import blocks as statements
from penstock.domain.blocks import checksum
from penstock.domain.ids import new_id

_VERSION: Final = "1"
_BASE: Final = "https://github.com/penstock/penstock/blob/main/docs/"


class Known(Struct, frozen=True, kw_only=True):
    """A type, and the fields of its documents."""

    name: str
    slug: str
    description: str
    properties: dict[str, dict[str, Any]]
    required: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ("notify",)
    is_protected: bool = False

    def fields(self) -> dict[str, Any]:
        """The schema of its documents."""
        numbered = {
            name: {**field, "position": position}
            for position, (name, field) in enumerate(self.properties.items())
        }
        return {
            "title": self.name.replace(" ", ""),
            "description": self.description,
            "type": "object",
            "properties": numbered,
            "required": list(self.required),
            "block_type_slug": self.slug,
            "block_schema_references": {},
            "secret_fields": list(self.secret),
        }


def _text(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "string", **more}


def _secret(title: str, **more: Any) -> dict[str, Any]:
    return _text(title, format="password", writeOnly=True, **more)


def _map(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "additionalProperties": {"type": "string"}, **more}


_METHOD: Final = _text("Method", enum=["GET", "POST", "PUT", "PATCH", "DELETE"], default="POST")
_URL: Final = {"url": _secret("Webhook URL")}

KNOWN: Final = (
    Known(
        name="Slack Webhook",
        slug="slack-webhook",
        description="Sends notifications to a channel of Slack.",
        properties={"url": _secret("Webhook URL", examples=["https://hooks.slack.com/services/T0/B0/x"])},
        required=("url",),
        secret=("url",),
    ),
    Known(
        name="Microsoft Teams Webhook",
        slug="ms-teams-webhook",
        description="Sends notifications to a channel of Microsoft Teams, by the URL of a workflow.",
        properties=_URL,
        required=("url",),
        secret=("url",),
    ),
    Known(
        name="Discord Webhook",
        slug="discord-webhook",
        description="Sends notifications to a channel of Discord, whose URL ends with an id and a token.",
        properties={"webhook_id": _secret("Webhook id"), "webhook_token": _secret("Webhook token")},
        required=("webhook_id", "webhook_token"),
        secret=("webhook_id", "webhook_token"),
    ),
    Known(
        name="Mattermost Webhook",
        slug="mattermost-webhook",
        description="Sends notifications to a channel of Mattermost.",
        properties={
            "hostname": _text("Hostname"),
            "token": _secret("Token"),
            "secure": {"title": "By https", "type": "boolean", "default": True},
            "port": {"title": "Port", "type": "integer", "default": 443},
            "path": _text("Path"),
        },
        required=("hostname", "token"),
        secret=("token",),
    ),
    Known(
        name="Custom Webhook",
        slug="custom-webhook",
        description="Sends notifications to any URL, in JSON or a form with {{subject}} and {{body}}.",
        properties={
            "name": _text("Name"),
            "url": _text("Webhook URL"),
            "method": _METHOD,
            "params": _map("Query parameters"),
            "json_data": {"title": "JSON", "type": "object"},
            "form_data": _map("Form"),
            "headers": _map("Headers"),
            "cookies": _map("Cookies"),
            "secrets": {"title": "Secrets, by their names in the other fields", "type": "object"},
        },
        required=("name", "url"),
        secret=("secrets.*",),
    ),
    Known(
        name="Email Server Credentials",
        slug="email-server-credentials",
        description="Sends notifications as e-mail, by a server that speaks SMTP.",
        properties={
            "smtp_server": _text("Server", default="localhost"),
            "smtp_type": _text("Security", enum=["STARTTLS", "SSL", "INSECURE"], default="STARTTLS"),
            "smtp_port": {"title": "Port", "type": "integer"},
            "username": _text("Username"),
            "password": _secret("Password"),
            "from_": _text("Sender"),
            "email_to": _text("Recipients", examples=["ada@example.com, bob@example.com"]),
        },
        required=("email_to",),
        secret=("password",),
    ),
    Known(
        name="Webhook",
        slug="webhook",
        description="Calls a URL.",
        properties={"method": _METHOD, **_URL, "headers": _map("Headers")},
        required=("url",),
        secret=("url", "headers.*"),
        capabilities=(),
        is_protected=True,
    ),
    Known(
        name="Secret",
        slug="secret",
        description="A value that is shown to nobody who has not asked for it.",
        properties={"value": {"title": "Value", "format": "password", "writeOnly": True}},
        required=("value",),
        secret=("value",),
        capabilities=(),
        is_protected=True,
    ),
)
"""In the order in which people look for them."""


async def ensure_known(db: Database) -> None:
    """Make the types that every server knows, if some are not there."""
    wanted = {checksum(known.fields()) for known in KNOWN}

    async def look(tx: Transaction) -> set[str]:
        return {row["checksum"] for row in await tx.fetch_all(statements.known_checksums(wanted))}

    if await db.read(look) != wanted:
        await db.write(install)


async def install(tx: Transaction) -> None:
    """Make the types and schemas that are not there."""
    dated = {"created": tx.now, "updated": tx.now}
    for known in KNOWN:
        row = {
            "id": new_id(tx.now),
            "name": known.name,
            "slug": known.slug,
            "description": known.description,
            "documentation_url": f"{_BASE}blocks.md",
            "is_protected": known.is_protected,
        }
        await tx.execute(statements.add_type(), row | dated)
        type_id = (await tx.fetch_one(statements.type_by_slug(), {"slug": known.slug}) or row)["id"]
        schema = {
            "id": new_id(tx.now),
            "checksum": checksum(known.fields()),
            "fields": known.fields(),
            "capabilities": list(known.capabilities),
            "version": _VERSION,
            "block_type_id": type_id,
        }
        await tx.execute(statements.add_schema(), schema | dated)
