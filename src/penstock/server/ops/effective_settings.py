"""The settings that this server runs with."""

from typing import Any

from msgspec.structs import asdict

from penstock.contract.effective_settings import EffectiveSetting
from penstock.contract.fields import JsonObject
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.settings.described import DescribedSetting
from penstock.settings.tree import Secret


@operation("read_effective_settings", access="none")
async def read_effective_settings(caller: Caller) -> list[EffectiveSetting]:
    """All settings by name, as this process has them; no secret is among them."""
    return [EffectiveSetting(**asdict(setting)) for setting in caller.limits.settings]


@operation("read_settings", access="none")
async def read_settings(caller: Caller) -> JsonObject:
    """The same as a tree: `{"server": {"api": {"port": 4200}}}`."""
    tree: JsonObject = {}
    for setting in caller.limits.settings:
        *groups, name = setting.name.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = _shown(setting)
    return tree


def _shown(setting: DescribedSetting) -> Any:
    if setting.secret:
        return Secret.MASK if setting.is_set else None
    return setting.value
