"""What is known about installable parts: here, the types of pools whose workers come with the package."""

from typing import Any

from penstock.domain.default_templates import DEFAULT_TEMPLATES
from penstock.domain.errors import NotFound
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

_PACKAGE = "penstock"
_DESCRIPTIONS = {"process": "Runs each flow run in a process of the machine that the worker runs on."}


@operation("read_view_content", access="none")
async def read_view_content(caller: Caller, *, view: str) -> dict[str, Any]:
    """The types of pools by package, in the reference's shape."""
    if view != "aggregate-worker-metadata":
        message = f"There is no collection view {view!r}."
        raise NotFound(message)
    return {_PACKAGE: {type: _metadata(type, template) for type, template in DEFAULT_TEMPLATES.items()}}


def _metadata(type: str, template: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": type,
        "display_name": type.capitalize(),
        "description": _DESCRIPTIONS.get(type, ""),
        "default_base_job_configuration": template,
        "install_command": f"pip install {_PACKAGE}",
        "documentation_url": None,
        "logo_url": None,
        "is_beta": False,
    }
