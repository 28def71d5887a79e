"""Only note that the automation fired."""

from penstock.domain.automations import DoNothing
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(_: Doing) -> Outcome:
    return Outcome(status_code=200)


KIND = Kind(type=DoNothing, do=_do)
