"""The settings as a process has them, for showing: every value with its origin, and no secret among them."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

from msgspec import Struct

from penstock.settings.catalog import Spec, specs
from penstock.settings.tree import Secret, Settings

_DEFAULT = "default"
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
"""`user:password` in a URL."""


class DescribedSetting(Struct, frozen=True, kw_only=True):
    """One setting. Of a secret, value and default are None, and only whether it is set is told."""

    name: str
    variable: str
    value: Any
    default: Any
    is_default: bool
    origin: str
    """`default`, or where the value was found."""
    secret: bool
    is_set: bool


def describe_settings(settings: Settings) -> tuple[DescribedSetting, ...]:
    """All settings, by name."""
    defaults = Settings(home=Path.home() / ".penstock")
    return tuple(_described(spec, settings, defaults) for _, spec in sorted(specs().items()))


def _described(spec: Spec, settings: Settings, defaults: Settings) -> DescribedSetting:
    value: Any = reduce(getattr, spec.path, settings)
    default: Any = reduce(getattr, spec.path, defaults)
    return DescribedSetting(
        name=spec.name,
        variable=spec.variable,
        value=None if spec.secret else _shown(value),
        default=None if spec.secret else _shown(default),
        is_default=value == default,
        origin=settings.origins.get(spec.name, _DEFAULT),
        secret=spec.secret,
        is_set=value is not None or not spec.secret,
    )


def _shown(value: Any) -> Any:
    """A value as JSON has it. What a map holds, such as headers, may be secret: its keys are told."""
    if isinstance(value, dict):
        return dict.fromkeys(value, Secret.MASK)
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    if isinstance(value, str | Path):
        return _CREDENTIALS.sub(Secret.MASK, str(value))
    return value
