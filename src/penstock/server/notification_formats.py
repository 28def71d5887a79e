"""What a notification says to each kind of block: a subject and a body, as the receiver wants them.

The fields of the blocks are the reference's.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args
from urllib.parse import urlencode

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.server.blocks import Block
from penstock.server.mail import Mail
from penstock.server.outside import OutsideRequest
from penstock.server.outside.messages import Method

_PARTS: Final = ("headers", "params", "cookies", "form_data", "json_data")
_WORD: Final = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_PORTS: Final = {"STARTTLS": 587, "SSL": 465, "INSECURE": 25}


def delivery(block: Block, subject: str, body: str) -> OutsideRequest | Mail:
    """What is to be sent, and to whom.

    Raises:
        InvalidInput: The block is none that notifications are sent by, or a part of it is missing.
    """
    make = _FORMATS.get(block.type_slug)
    if make is None:
        known = ", ".join(_FORMATS)
        message = f"Notifications are not sent by blocks of type {block.type_slug!r}."
        raise InvalidInput(message, field="block_document_id", hint=f"There are: {known}.")
    return make(block, subject, body)


def _slack(block: Block, subject: str, body: str) -> OutsideRequest:
    return _post(block, {"text": f"*{subject}*\n{body}" if subject else body})


def _discord(block: Block, subject: str, body: str) -> OutsideRequest:
    url = block.data.get("url") or _discord_url(block)
    text = f"**{subject}**\n{body}" if subject else body
    return _json(url, {"content": text[:2000], "allowed_mentions": {"parse": []}})


def _discord_url(block: Block) -> str:
    return (
        f"https://discord.com/api/webhooks/{text_of(block, 'webhook_id')}/{text_of(block, 'webhook_token')}"
    )


def _teams(block: Block, subject: str, body: str) -> OutsideRequest:
    title = {"type": "TextBlock", "text": subject, "weight": "Bolder", "size": "Medium", "wrap": True}
    card = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [*([title] if subject else []), {"type": "TextBlock", "text": body, "wrap": True}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return _post(block, {"type": "message", "attachments": [attachment]})


def _mattermost(block: Block, subject: str, body: str) -> OutsideRequest:
    text = {"text": f"*{subject}*\n{body}" if subject else body}
    if "url" in block.data:
        return _post(block, text)
    scheme = "http" if block.data.get("secure") is False else "https"
    port, path = block.data.get("port"), str(block.data.get("path") or "").strip("/")
    host = f"{text_of(block, 'hostname')}:{port}" if port else text_of(block, "hostname")
    return _json(f"{scheme}://{host}/{f'{path}/' if path else ''}hooks/{text_of(block, 'token')}", text)


def _custom(block: Block, subject: str, body: str) -> OutsideRequest:
    """Any request, whose texts may have {{subject}}, {{body}}, {{name}} and the block's secrets in them."""
    words = {str(name): str(value) for name, value in (block.data.get("secrets") or {}).items()}
    words |= {"subject": subject, "body": body, "name": str(block.data.get("name") or block.name or "")}
    given = {name: _worded(block.data.get(name) or {}, words) for name in _PARTS}
    url, headers = _worded(text_of(block, "url"), words), _texts(given["headers"])
    if query := urlencode(_texts(given["params"])):
        url += f"{'&' if '?' in url else '?'}{query}"
    if given["cookies"]:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in _texts(given["cookies"]).items())
    if given["form_data"]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        form = urlencode(_texts(given["form_data"])).encode()
        return OutsideRequest(method=method_of(block), url=url, headers=headers, body=form)
    return _json(url, given["json_data"], method=method_of(block), headers=headers)


def _worded(value: Any, words: Mapping[str, str]) -> Any:
    """A value with words in its texts; what they bring along is not looked at again."""
    if isinstance(value, str):
        return _WORD.sub(lambda found: words.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [_worded(item, words) for item in value]
    if isinstance(value, dict):
        return {name: _worded(item, words) for name, item in value.items()}
    return value


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()}


def _webhook(block: Block, subject: str, body: str) -> OutsideRequest:
    said = {"subject": subject, "body": body}
    headers = _texts(block.data.get("headers") or {})
    return _json(text_of(block, "url"), said, method=method_of(block), headers=headers)


def _mail(block: Block, subject: str, body: str) -> Mail:
    credentials = block.data.get("email_server_credentials") or block.data
    security = str(credentials.get("smtp_type") or "STARTTLS").upper()
    if security not in _PORTS:
        message = f"The block {block.name!r} has a smtp_type that is none of {', '.join(_PORTS)}."
        raise InvalidInput(message, field="smtp_type")
    recipients = _addresses(block)
    return Mail(
        server=str(credentials.get("smtp_server") or "localhost"),
        port=int(credentials.get("smtp_port") or _PORTS[security]),
        security=security,  # type: ignore[arg-type]  # looked at above
        username=credentials.get("username"),
        password=credentials.get("password"),
        sender=str(block.data.get("from_") or credentials.get("username") or recipients[0]),
        recipients=recipients,
        subject=subject,
        body=body,
    )


def _addresses(block: Block) -> list[str]:
    given = block.data.get("email_to") or block.data.get("recipients") or ""
    found = given if isinstance(given, list) else re.split(r"[,;\s]+", str(given))
    if addresses := [str(address) for address in found if address]:
        return addresses
    message = f"The block {block.name!r} names nobody to write to."
    raise InvalidInput(message, field="email_to")


_FORMATS: Final[dict[str, Callable[[Block, str, str], OutsideRequest | Mail]]] = {
    "slack-webhook": _slack,
    "slack-incoming-webhook": _slack,
    "ms-teams-webhook": _teams,
    "discord-webhook": _discord,
    "mattermost-webhook": _mattermost,
    "custom-webhook": _custom,
    "webhook": _webhook,
    "email": _mail,
    "email-server-credentials": _mail,
}
"""By the slug of the block's type."""


def text_of(block: Block, name: str) -> str:
    """A text of a block. Raises `InvalidInput` where it is missing."""
    value = block.data.get(name)
    if isinstance(value, str) and value:
        return value
    message = f"The block {block.name or block.id} of type {block.type_slug!r} has no {name}."
    raise InvalidInput(message, field=name)


def method_of(block: Block) -> Method:
    """How a webhook block is called. Raises `InvalidInput` where that is no way to call anybody."""
    said = str(block.data.get("method") or "POST").upper()
    for method in get_args(Method):
        if method == said:
            return method  # type: ignore[no-any-return]  # one of the literals
    message = f"The block {block.name or block.id} has the method {said!r}, by which nobody is called."
    raise InvalidInput(message, field="method", hint=f"There are {', '.join(get_args(Method))}.")


def _post(block: Block, said: Any) -> OutsideRequest:
    return _json(text_of(block, "url"), said)


def _json(
    url: str, said: Any, *, method: Method = "POST", headers: dict[str, str] | None = None
) -> OutsideRequest:
    content = {"Content-Type": "application/json"}
    return OutsideRequest(
        method=method, url=url, headers=content | (headers or {}), body=msgspec.json.encode(said)
    )
