"""From environment, files and profile to one `Settings` value, each value with its origin.

Sources, strongest first: the environment · `.env` · `penstock.toml`, else `prefect.toml` · `[tool.penstock]`,
else `[tool.prefect]` of `pyproject.toml` · the active profile · the URL of a server that runs in this home ·
defaults. The files are looked for in the working directory.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from penstock.settings.catalog import SettingInvalid, is_group, names_by_variable, specs
from penstock.settings.profiles import Profiles, read_profiles
from penstock.settings.running import running_server
from penstock.settings.sources import Source, dotenv_source, environment_source, profile_source, toml_sources
from penstock.settings.tree import Settings

__all__ = ["Place", "SettingInvalid", "load_settings", "locate"]

T = TypeVar("T")


class _Found(Struct, frozen=True):
    value: Any
    origin: str


class Place(Struct, frozen=True):
    """Where settings are kept, and which profile is in force: known before any other setting is looked at."""

    home: Path
    profile: str
    profiles: Profiles
    found: dict[str, _Found]
    sources: list[Source]


def locate(
    environ: Mapping[str, str] | None = None, cwd: Path | None = None, *, profile: str | None = None
) -> Place:
    """Find the home and the profile, even if that profile does not exist. Arguments as of `load_settings`."""
    cwd = Path.cwd() if cwd is None else cwd
    sources = [
        environment_source(os.environ if environ is None else environ),
        dotenv_source(cwd),
        *toml_sources(cwd),
    ]
    found = _strongest(sources)
    if profile:
        found["profile"] = _Found(profile, "--profile")
    home = _value(found, "home") or Path.home() / ".penstock"
    profiles = read_profiles(home)
    return Place(home, _value(found, "profile") or profiles.active, profiles, found, sources)


def load_settings(
    environ: Mapping[str, str] | None = None, cwd: Path | None = None, *, profile: str | None = None
) -> Settings:
    """Read all sources.

    Args:
        environ: In place of `os.environ`.
        cwd: In place of the working directory.
        profile: Name of the profile to use, before `PENSTOCK_PROFILE` and the active one.

    Raises:
        SettingInvalid: A value does not fit, a file cannot be parsed, or the profile does not exist.
    """
    place = locate(environ, cwd, profile=profile)
    asked_by = place.found["profile"].origin if "profile" in place.found else None
    chosen = profile_source(place.profiles, place.profile, asked_by)
    found = _strongest([chosen]) | place.found
    if "api.url" not in found and (server := running_server(place.home)) is not None:
        found["api.url"] = _Found(server.url, f"the server that runs in {place.home} (process {server.pid})")
    values: dict[str, Any] = {name: _value(found, name) for name in found}
    values |= {"home": place.home, "profile": place.profile}
    return _assemble(values, found, [*place.sources, chosen])


def _strongest(sources: list[Source]) -> dict[str, _Found]:
    return {
        name: _Found(value, source.origin(name))
        for source in reversed(sources)
        for name, value in source.values.items()
    }


def _value(found: Mapping[str, _Found], name: str) -> Any:
    entry = found.get(name)
    return None if entry is None else specs()[name].convert(entry.value, entry.origin)


def _assemble(values: dict[str, Any], found: dict[str, _Found], sources: list[Source]) -> Settings:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        branch = tree
        *groups, leaf = name.split(".")
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[leaf] = value
    tree["origins"] = {name: entry.origin for name, entry in found.items()}
    tree["warnings"] = tuple(_warning(text, where) for source in sources for text, where in source.unknown)
    return _build(Settings, tree)


def _build(group: type[T], values: dict[str, Any]) -> T:
    kinds = group.__annotations__
    return group(**{f: _build(kinds[f], v) if is_group(kinds[f]) else v for f, v in values.items()})


def _warning(text: str, where: str) -> str:
    import difflib  # costs more than everything else here, and most people don't err

    known = names_by_variable() if text.isupper() else specs()
    near = difflib.get_close_matches(text, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{text}, from {where}, is not a setting.{hint}"
