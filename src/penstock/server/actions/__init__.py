"""What automations do, one file an action. All that are in this folder are entered by their type."""

import importlib
import pkgutil
from typing import Any

from penstock.server.action_kinds import Kind

_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
KINDS: dict[type[Any], Kind] = {module.KIND.type: module.KIND for module in _MODULES}
"""How each action is done, by its class in `domain.automations`."""
OUTSIDE = tuple(sorted(kind.name for kind in KINDS.values() if kind.ready is not None))
"""The types of the actions that call the outside."""


def kind_of(action: Any) -> Kind:
    """How an action is done."""
    return KINDS[type(action)]
