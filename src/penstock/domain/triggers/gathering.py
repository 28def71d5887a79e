"""The folds of compounds and sequences: they count the firings of their triggers.

Their clock never goes back: a firing that comes late is taken to have happened with the newest before it.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from penstock.domain.triggers.reactive import LINGER
from penstock.domain.triggers.seen import Gathered, Ordered, Part


def gather(
    seen: Gathered | None, part: Part, require: int, within: timedelta | None
) -> tuple[Gathered | None, list[Part]]:
    """A trigger of a compound fired. Returns what has been seen now, and the parts by which it fires too."""
    known = seen.parts if seen else []
    if known and known[-1].moment > part.moment:
        part = replace(part, moment=known[-1].moment)
    parts = [*(other for other in known if other.index != part.index), part]
    near = [other for other in parts if within is None or part.moment - other.moment <= within]
    if len(near) >= require:
        return None, near
    return Gathered(parts=parts), []


def advance(
    seen: Ordered | None, part: Part, steps: int, within: timedelta | None
) -> tuple[Ordered | None, list[Part]]:
    """A trigger of a sequence fired. Returns what has been seen now, and the parts by which it fires too."""
    if seen is None or len(seen.chains) != steps:
        if part.index:
            return None, []
        seen = Ordered(chains=[[]] * steps, newest=part.moment)
    newest = max(seen.newest, part.moment)
    part = replace(part, moment=newest)
    so_far = seen.chains[part.index - 1] if part.index else []
    chain = [*so_far, part]
    if (part.index and not so_far) or (within is not None and newest - chain[0].moment > within):
        return replace(seen, newest=newest), []
    if len(chain) == steps:
        return None, chain
    chains = [chain if index == part.index else other for index, other in enumerate(seen.chains)]
    return Ordered(chains=chains, newest=newest), []


def forgotten_at(seen: Gathered | Ordered, within: timedelta | None) -> datetime | None:
    """From when on nothing that comes can be near enough to what has been seen."""
    if within is None:
        return None
    newest = seen.newest if isinstance(seen, Ordered) else seen.parts[-1].moment
    return newest + within + LINGER
