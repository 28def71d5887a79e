"""The fold of reactive triggers: it counts what comes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from penstock.domain.triggers.seen import Counted, Sample

LINGER: Final = timedelta(hours=1)
"""How much longer things are kept than they can count, for events that are evaluated late."""
MEMORY: Final = timedelta(days=90)
"""How long what has no limit in time is kept for one of many keys, when nothing is added to it."""


def note_after(seen: Counted | None, moment: datetime) -> Counted:
    """An event came that must come first."""
    if seen is None:
        return Counted(after=moment, newest=moment)
    after = max(seen.after, moment) if seen.after else moment
    return Counted(samples=seen.samples, after=after, newest=max(seen.newest, moment))


def may_count(seen: Counted | None, moment: datetime, within: timedelta) -> bool:
    """Whether the newest `after` has come, and not too long before."""
    if seen is None or seen.after is None or moment < seen.after:
        return False
    return not within or moment - seen.after <= within


def count(
    seen: Counted | None, sample: Sample, threshold: int, within: timedelta
) -> tuple[Counted | None, list[UUID]]:
    """Count an expected event. Returns what has been seen now, and those by which it fires, if it does."""
    known = seen.samples if seen else []
    if any(other.id == sample.id for other in known):
        return seen, []
    newest = max(seen.newest, sample.moment) if seen else sample.moment
    samples = sorted([*known, sample], key=_moment)
    if within:
        samples = [other for other in samples if newest - other.moment <= 2 * within]
    if fired := _enough(samples, threshold, within):
        return None, fired
    return Counted(samples=samples, after=seen.after if seen else None, newest=newest), []


def _enough(samples: Sequence[Sample], threshold: int, within: timedelta) -> list[UUID]:
    """The newest that are enough and lie near enough to each other."""
    for end in range(len(samples), threshold - 1, -1):
        first, last = samples[end - threshold], samples[end - 1]
        if not within or last.moment - first.moment <= within:
            return [sample.id for sample in samples[end - threshold : end]]
    return []


def forgotten_at(seen: Counted, within: timedelta, keyed: bool) -> datetime | None:
    """From when on nothing that comes can count together with what has been seen."""
    if within:
        return seen.newest + 2 * within + LINGER
    return seen.newest + MEMORY if keyed else None


def _moment(sample: Sample) -> datetime:
    return sample.moment
