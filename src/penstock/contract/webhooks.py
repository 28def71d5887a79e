"""Webhooks: URLs of ours that others post to. What they post becomes an event."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, Conflict, NotFound, TooLarge, TooManyRequests
from penstock.domain.moments import Moment

MAX_DELIVERY = 1_048_576
"""Of what is posted to a webhook, in bytes."""


class EventTemplate(Document):
    """The event that a request becomes. Texts may be templates: of `body`, `headers`, `query`, `method`."""

    event: str = "webhook.received"
    """Its name."""
    resource: dict[str, str] = {}
    """Labels of what it is about; with none, it is about the webhook, `penstock.webhook.<id>`."""
    related: list[dict[str, str]] = []
    """Labels of what else has part in it. The webhook always has."""
    payload: Any = "{{ body }}"
    """A map; anything else becomes `{"body": …}`."""


class Webhook(Struct, kw_only=True):
    """A URL that turns what is posted to it into events."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    description: str = ""
    enabled: bool = True
    path: str
    """Where it is posted to, below the URL of the API. It cannot be guessed, and is to be kept private."""
    is_signed: bool
    """Whether only what is signed with its secret is taken."""
    template: EventTemplate
    last_received: Moment | None = None


class WebhookWithSecret(Webhook, kw_only=True):
    """A webhook and what to sign with: shown this once."""

    secret: str | None
    """None where nothing is signed."""


class WebhookCreate(Document):
    """A webhook to make."""

    name: str
    description: str = ""
    enabled: bool = True
    template: EventTemplate = field(default_factory=EventTemplate)
    is_signed: bool = True
    """Without signatures, whoever knows the URL can bring about its events."""


class WebhookUpdate(Document):
    """What to change about a webhook; what is left out stays."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    template: EventTemplate | UnsetType = UNSET


class WebhookQuery(Form):
    """Which webhooks, by name."""

    offset: Offset = 0
    limit: Limit = MAX_PAGE


class Delivery(Struct, kw_only=True):
    """What became of what was posted."""

    event_id: UUID | None
    """The event; None where the same had been taken before, and nothing was done."""


@endpoint("POST", "/webhooks/", action="webhooks:create", status=201, errors=(AlreadyExists,), ours=True)
def create_webhook(body: WebhookCreate) -> WebhookWithSecret:
    """Make a webhook. Its secret is in this answer and in no other."""


@endpoint("POST", "/webhooks/filter", action="webhooks:read", idempotent=True, ours=True)
def read_webhooks(body: WebhookQuery = WebhookQuery()) -> list[Webhook]:
    """The webhooks, by name."""


@endpoint("GET", "/webhooks/{id}", action="webhooks:read", errors=(NotFound,), ours=True)
def read_webhook(id: UUID) -> Webhook:
    """One webhook."""


@endpoint("GET", "/webhooks/name/{name}", action="webhooks:read", errors=(NotFound,), ours=True)
def read_webhook_by_name(name: str) -> Webhook:
    """One webhook, by its name."""


@endpoint(
    "PATCH",
    "/webhooks/{id}",
    action="webhooks:update",
    status=204,
    errors=(NotFound, AlreadyExists),
    ours=True,
)
def update_webhook(id: UUID, body: WebhookUpdate) -> None:
    """Change a webhook, pause it, or let it go on."""


@endpoint("POST", "/webhooks/{id}/rotate", action="webhooks:update", errors=(NotFound, Conflict), ours=True)
def rotate_webhook(id: UUID) -> WebhookWithSecret:
    """Give a webhook a new secret. The old one is good for nothing from now on.

    A webhook that asked for no signatures asks for them from now on.
    """


@endpoint("DELETE", "/webhooks/{id}", action="webhooks:delete", status=204, errors=(NotFound,), ours=True)
def delete_webhook(id: UUID) -> None:
    """Delete a webhook. Its URL is never given to another."""


@endpoint(
    "POST",
    "/hooks/{slug}",
    action="webhooks:receive",
    status=202,
    existing_status=200,
    errors=(NotFound, TooLarge, TooManyRequests),
    max_body_size=MAX_DELIVERY,
    ours=True,
    audited="never",
)
def receive_webhook(slug: str, body: bytes) -> Delivery:
    """Take what somebody posts to a webhook.

    It takes no credential but a signature, by the webhook's secret: `X-Penstock-Signature:
    t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "t.body">`, or `X-Hub-Signature-256` as GitHub sends it.
    What is not signed well is answered as if there were no such webhook.
    """
