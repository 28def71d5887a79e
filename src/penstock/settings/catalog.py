"""The tree of settings as a flat list: each one's name, variable and type, and how text becomes its value."""

import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from penstock.domain.errors import InvalidInput
from penstock.settings.tree import Secret, Settings

PREFIX = "PENSTOCK_"
ALIAS_PREFIX = "PREFECT_"
"""Understood where the variable of our own prefix is absent."""

_SHORT_VARIABLES = {
    "PENSTOCK_DATABASE_URL": "server.database.connection_url",
    "PENSTOCK_API_DATABASE_CONNECTION_URL": "server.database.connection_url",
    "PENSTOCK_UI_ENABLED": "server.ui.enabled",
    "PENSTOCK_EVENTS_MAXIMUM_LABELS_PER_RESOURCE": "server.events.maximum_labels_per_resource",
    "PENSTOCK_EVENTS_MAXIMUM_RELATED_RESOURCES": "server.events.maximum_related_resources",
    "PENSTOCK_EVENTS_MAXIMUM_SIZE_BYTES": "server.events.maximum_size_bytes",
    "PENSTOCK_EVENTS_RETENTION_PERIOD": "server.events.retention_period",
}
"""Other spellings, most of them the reference's too; what is spelled out as a whole wins over them."""

_NOT_SETTINGS = ("origins", "warnings")
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}


class SettingInvalid(InvalidInput):
    """A setting's value does not fit; names the setting, where it was found and what it must be."""

    code = "setting-invalid"


class Spec(Struct, frozen=True):
    """One setting."""

    path: tuple[str, ...]
    type: Any
    default: Any

    @property
    def name(self) -> str:
        """Its dotted name: `server.api.port`."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """Its name in the environment and in profiles: `PENSTOCK_SERVER_API_PORT`."""
        return PREFIX + "_".join(self.path).upper()

    @property
    def secret(self) -> bool:
        """Whether its value is masked wherever it is shown."""
        return Secret in (self.type, *get_args(self.type))

    def convert(self, value: Any, origin: str) -> Any:
        """`value` in this setting's type; `""` is None where None is allowed.

        Raises:
            SettingInvalid: It does not fit.
        """
        if value == "" and type(None) in get_args(self.type):
            return None
        try:
            return msgspec.convert(_structured(value, self.type), self.type, strict=False, dec_hook=_rich)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            shown = Secret.MASK if self.secret else repr(value)
            message = f"{self.name} = {shown}, from {origin}, is not {expected(self.type)}."
            raise SettingInvalid(message, field=self.name) from error


def _rich(kind: type, value: Any) -> Path | Secret:
    if not isinstance(value, str):
        raise TypeError("only a text can become one")
    return Secret(value) if kind is Secret else Path(value).expanduser()


def _structured(value: Any, kind: Any) -> Any:
    """Text for a list or a map is JSON; a list may also be given as words between commas."""
    choices = {get_origin(choice) or choice for choice in (kind, *get_args(kind))}
    if not isinstance(value, str) or not choices & {tuple, dict}:
        return value
    if bool in choices and value.lower() in ("true", "false", "1", "0"):
        return value
    if value.lstrip().startswith(("[", "{")):
        return msgspec.json.decode(value)
    return [word.strip() for word in value.split(",") if word.strip()]


def expected(kind: Any) -> str:
    """What a value of type `kind` looks like, in words."""
    origin = get_origin(kind)
    if origin is Annotated:
        plain, *notes = get_args(kind)
        return expected(plain) + "".join(_range(note) for note in notes if isinstance(note, msgspec.Meta))
    if origin in (types.UnionType, Union):
        return " or ".join(expected(choice) for choice in get_args(kind) if choice is not type(None))
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if origin is tuple:
        return "a list"
    return "a map, as JSON" if origin is dict else _WORDS.get(kind, "text")


def _range(bounds: msgspec.Meta) -> str:
    said = ((bounds.gt, "more than"), (bounds.ge, "at least"), (bounds.le, "at most"))
    words = [f"{word} {bound}" for bound, word in said if bound is not None]
    return f", {' and '.join(words)}" if words else ""


@cache
def specs() -> dict[str, Spec]:
    """Every setting by its dotted name."""
    return {spec.name: spec for spec in _walk(Settings, ())}


@cache
def names_by_variable() -> dict[str, str]:
    """Dotted names by variable, short spellings included."""
    return {spec.variable: name for name, spec in specs().items()} | _SHORT_VARIABLES


def is_short(variable: str) -> bool:
    """Whether `variable` is a short spelling of another one."""
    return variable in _SHORT_VARIABLES


def is_group(kind: Any) -> bool:
    """Whether `kind` is a branch of the tree, not a setting."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def _walk(group: type[Struct], path: tuple[str, ...]) -> Iterator[Spec]:
    defaults = group.__struct_defaults__
    required = len(group.__struct_fields__) - len(defaults)
    for index, field in enumerate(group.__struct_fields__):
        kind = group.__annotations__[field]
        if is_group(kind):
            yield from _walk(kind, (*path, field))
        elif field not in _NOT_SETTINGS:
            yield Spec((*path, field), kind, defaults[index - required] if index >= required else None)
