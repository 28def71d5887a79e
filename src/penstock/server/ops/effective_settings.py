"""The settings that this server runs with."""

from msgspec.structs import asdict

from penstock.contract.effective_settings import EffectiveSetting
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("read_effective_settings", access="none")
async def read_effective_settings(caller: Caller) -> list[EffectiveSetting]:
    """All settings by name, as this process has them; no secret is among them."""
    return [EffectiveSetting(**asdict(setting)) for setting in caller.limits.settings]
