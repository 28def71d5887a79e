"""Filters about resources: the page of one, the events of one, and which flow run an event is about."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context

from penstock.domain.events import ID, NAME

UI_URL: Final = "$ui_url"
"""Under which name a context has the URL of the web UI. No template can say it."""
_PAGES: Final = {
    "automation": "automations/{id}",
    "deployment": "deployments/{id}",
    "event": "events/{id}",
    "flow": "flows/{id}",
    "flow-run": "runs/{id}",
    "task-run": "task-runs/{id}",
    "work-pool": "work-pools/{name}",
}
_KINDS: Final = {kind.replace("-", "_"): kind for kind in _PAGES}
"""Of which kind it is what a template knows by this name."""


@pass_context
def ui_url(context: Context, value: Any) -> str:
    """The page of a resource in the web UI."""
    kind, id, name = _identity(context, value)
    if kind not in _PAGES or ("{name}" in _PAGES[kind] and name is None):
        raise ValueError(_NO_PAGE)
    page = _PAGES[kind].format(id=quote(id, safe=""), name=quote(name or "", safe=""))
    return f"{_base(context)}/{page}"


@pass_context
def ui_resource_events_url(context: Context, value: Any) -> str:
    """The page of the events that a resource has part in."""
    kind, id, _ = _identity(context, value)
    words = f"resource:prefect.{kind}.{id} since:ever"
    return f"{_base(context)}/events?q={quote(words, safe='')}"


@pass_context
def flow_run_id(context: Context, value: Any) -> str:
    """The id of the flow run that an event, or a resource, is about."""
    for kind, id, _ in _identities(context, value):
        if kind == "flow-run":
            return id
    message = "no flow run has part in this."
    raise ValueError(message)


_NO_PAGE = "this is no resource that has a page. Give it an event, a resource with its name, or flow_run, …"
_Identity = tuple[str, str, str | None]


def _base(context: Context) -> str:
    url = context.parent.get(UI_URL)
    if not url:
        message = "nobody said where the web UI is. Set PENSTOCK_UI_URL for the server."
        raise ValueError(message)
    return str(url).rstrip("/")


def _identity(context: Context, value: Any) -> _Identity:
    """Kind, id and name of a resource."""
    for found in _identities(context, value):
        return found
    raise ValueError(_NO_PAGE)


def _identities(context: Context, value: Any) -> Iterator[_Identity]:
    for name, kind in _KINDS.items():
        if (
            name != "event"
            and value is context.parent.get(name)
            and isinstance(value, dict)
            and "id" in value
        ):
            yield kind, str(value["id"]), value.get("name")
    if isinstance(value, dict) and isinstance(value.get("resource"), dict):
        resources = [value["resource"], *(value.get("related") or ())]
    else:
        resources = [value]
    for resource in resources:
        yield from _of_labels(resource)


def _of_labels(resource: Any) -> Iterator[_Identity]:
    id, name = (resource.get(ID), resource.get(NAME)) if isinstance(resource, dict) else (resource, None)
    parts = str(id).split(".", 2)
    if len(parts) == 3 and parts[0] in ("prefect", "penstock"):
        yield parts[1], parts[2], name


FILTERS_OF_RESOURCES: Final[dict[str, Callable[..., Any]]] = {
    "flow_run_id": flow_run_id,
    "ui_resource_events_url": ui_resource_events_url,
    "ui_url": ui_url,
}
