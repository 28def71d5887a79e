"""The settings that the server runs with, and where each one comes from."""

from typing import Any

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject


class EffectiveSetting(Struct, kw_only=True):
    """One setting. The value of a secret is never told, only whether there is one."""

    name: str
    """`server.api.port`."""
    variable: str
    """`PENSTOCK_SERVER_API_PORT`."""
    value: Any
    default: Any
    is_default: bool
    origin: str
    """Where the value was found: `default`, `environment`, a file, a profile."""
    secret: bool = False
    is_set: bool = True
    """Of a secret: whether it has a value."""


@endpoint("GET", "/settings/effective", action="settings:read", ours=True)
def read_effective_settings() -> list[EffectiveSetting]:
    """All settings by name, as this server process has them."""


@endpoint("GET", "/admin/settings", action="settings:read")
def read_settings() -> JsonObject:
    """The same as a tree of values, in which a secret that is set is `********`."""
