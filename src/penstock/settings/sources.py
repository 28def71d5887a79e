"""Where settings are read from: each place becomes a flat map of values by dotted name."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from penstock.settings.catalog import (
    ALIAS_PREFIX,
    PREFIX,
    SettingInvalid,
    is_short,
    names_by_variable,
    specs,
)
from penstock.settings.profiles import PROFILES_FILE, Profiles
from penstock.settings.toml import read_toml

_INTERNAL = f"{PREFIX}_"
"""Variables such as `PENSTOCK__FLOW_RUN_ID` tell a process about its run and are no settings."""


class Source(Struct, frozen=True):
    """What one place says."""

    where: str
    values: dict[str, Any]
    labels: dict[str, str] = {}
    """The spelling found there, by dotted name, where it differs from the name."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Names that are no setting, and where they stand."""

    def origin(self, name: str) -> str:
        """Where the value of `name` was found, for people."""
        label = self.labels.get(name)
        return f"{self.where} {label}" if label else self.where


def environment_source(environ: Mapping[str, str]) -> Source:
    """The process's environment."""
    return _variables(environ, "the environment:")


def dotenv_source(cwd: Path) -> Source:
    """The file `.env`: lines of `NAME=value`, which other programs may share."""
    file = cwd / ".env"
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return Source("", {})
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}."
        raise SettingInvalid(message) from error
    return _variables(dict(_assignments(text.splitlines())), f"{file}:")


def profile_source(profiles: Profiles, name: str, asked_by: str | None) -> Source:
    """The values of the profile `name`.

    Args:
        asked_by: Where the name comes from, if it is not the active profile's.

    Raises:
        SettingInvalid: There is no such profile.
    """
    if name not in profiles.by_name:
        known = ", ".join(profiles.by_name)
        by = asked_by or f"`active` in {PROFILES_FILE}"
        message = f"There is no profile {name!r} (asked for by {by}); there are: {known}."
        raise SettingInvalid(message, hint=f"Make it with `penstock profile create {name}`.", field="profile")
    return _variables(profiles.by_name[name], f"profile {name!r}:")


def toml_sources(cwd: Path) -> list[Source]:
    """`penstock.toml`, else `prefect.toml`; and the tables of `pyproject.toml`."""
    own, alias = read_toml(cwd / "penstock.toml"), None
    if own is None:
        alias = read_toml(cwd / "prefect.toml")
    file = cwd / ("penstock.toml" if alias is None else "prefect.toml")
    sources = [_table(own or alias or {}, str(file), strict=alias is None)]
    tools = (read_toml(cwd / "pyproject.toml") or {}).get("tool", {})
    name = "penstock" if "penstock" in tools else "prefect"
    where = f"{cwd / 'pyproject.toml'} [tool.{name}]"
    return [*sources, _table(tools.get(name, {}), where, strict=name == "penstock")]


def _variables(given: Mapping[str, str], where: str) -> Source:
    names = names_by_variable()
    values: dict[str, Any] = {}
    labels: dict[str, str] = {}
    unknown = []
    for variable, value in given.items():
        if variable.startswith(ALIAS_PREFIX):
            own = PREFIX + variable.removeprefix(ALIAS_PREFIX)
            if own in given or own not in names:
                continue
        elif variable.startswith(PREFIX) and not variable.startswith(_INTERNAL):
            own = variable
        else:
            continue
        if own not in names:
            unknown.append((variable, where.rstrip(":")))
            continue
        if names[own] in values and is_short(own):
            continue
        values[names[own]] = value
        labels[names[own]] = variable
    return Source(where, values, labels, tuple(unknown))


def _table(table: Mapping[str, Any], where: str, *, strict: bool) -> Source:
    leaves = dict(_leaves(table, ""))
    known = {name: value for name, value in leaves.items() if name in specs()}
    unknown = tuple((name, where) for name in leaves if name not in specs() and strict)
    return Source(where, known, unknown=unknown)


def _leaves(table: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict) and prefix + key not in specs():
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _assignments(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            yield name.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"') and (end := value.find(quote, 1)) > 0:
        return value[1:end]
    return value.partition(" #")[0].rstrip()
