"""Named sets of settings, in `profiles.toml` of the home. One of them is active.

active = "local"

[profiles.local]
PENSTOCK_API_URL = "http://127.0.0.1:4200/api"
"""

from pathlib import Path
from typing import Any

from msgspec import Struct

from penstock.settings.catalog import SettingInvalid
from penstock.settings.toml import bare_or_quoted, read_toml, write_toml

PROFILES_FILE = "profiles.toml"

BUILT_IN: dict[str, dict[str, str]] = {
    "ephemeral": {},
    "local": {"PENSTOCK_API_URL": "http://127.0.0.1:4200/api"},
}
"""Profiles that exist without a file: nothing set, and a server on this machine."""


class Profiles(Struct, frozen=True):
    """What the file says, over the built-in profiles."""

    file: Path
    active: str
    by_name: dict[str, dict[str, str]]

    def using(self, name: str) -> "Profiles":
        """With `name` as the active profile."""
        return Profiles(self.file, name, self.by_name)

    def holding(self, name: str, values: dict[str, str]) -> "Profiles":
        """With `values` as the profile `name`."""
        return Profiles(self.file, self.active, self.by_name | {name: values})

    def without(self, name: str) -> "Profiles":
        """Without the profile `name`."""
        kept = {other: values for other, values in self.by_name.items() if other != name}
        return Profiles(self.file, self.active, kept)

    def save(self) -> None:
        """Write the file."""
        tables = {f"profiles.{bare_or_quoted(name)}": values for name, values in self.by_name.items()}
        write_toml(self.file, {"active": self.active}, tables)


def read_profiles(home: Path) -> Profiles:
    """The profiles of `home`; the built-in ones where it has no file.

    Raises:
        SettingInvalid: The file is not what it should be.
    """
    file = home / PROFILES_FILE
    document = read_toml(file)
    if document is None:
        return Profiles(file, "ephemeral", {name: dict(values) for name, values in BUILT_IN.items()})
    tables = document.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(values, dict) for values in tables.values()):
        message = f"{file} must hold tables named [profiles.<name>]."
        raise SettingInvalid(message)
    by_name = {name: {key: _text(value) for key, value in values.items()} for name, values in tables.items()}
    return Profiles(file, str(document.get("active", "ephemeral")), {"ephemeral": {}} | by_name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
