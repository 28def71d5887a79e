"""Events about blocks. No secret is told."""

from typing import Any

from msgspec import to_builtins

from penstock.db.port import Row
from penstock.domain.blocks import references, without
from penstock.domain.events import NewEvent
from penstock.server.blocks import paths_of
from penstock.server.event_sources import resources
from penstock.server.event_sources.lifecycles import Change


def of_type(row: Row, change: Change) -> NewEvent:
    """A type of blocks came, changed or went."""
    said = ("name", "slug", "logo_url", "documentation_url", "description", "code_example", "is_protected")
    return NewEvent(
        event=f"prefect.block-type.{change}",
        resource=resources.resource("block-type", row["id"], row["name"]),
        payload={name: row[name] for name in said},
    )


def of_document(row: Row, schema: Row, type_: Row, change: Change) -> NewEvent:
    """A block document came, changed or went."""
    about: dict[str, Any] = {
        "capabilities": schema["capabilities"],
        "block_type": {"id": type_["id"], "name": type_["name"]},
    }
    return NewEvent(
        event=f"prefect.block-document.{change}",
        resource=resources.resource("block-document", row["id"], row["name"]),
        related=[
            resources.part("block-type", type_["id"], type_["name"]),
            resources.part("block-schema", schema["id"]),
        ],
        payload=to_builtins({"name": row["name"], "data": _open(row), "block_schema": about}),
    )


def _open(row: Row) -> dict[str, Any]:
    """What anybody may see of a document, without what is in others."""
    return without(row["data"], [*paths_of(row), *references(row["data"])])
