"""The fold of proactive triggers: it waits for what should come, and tells when it didn't."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from penstock.domain.triggers.reactive import MEMORY
from penstock.domain.triggers.seen import Alarm, Sample, Watched


def open_window(seen: Watched, moment: datetime) -> Watched:
    """Begin to wait, unless it is waiting already."""
    return seen if seen.opened else replace(seen, opened=moment, samples=[])


def pass_deadline(
    seen: Watched, moment: datetime, within: timedelta, again: bool, by_event: bool = False
) -> tuple[Watched, datetime | None]:
    """The window is over without enough in it: sound the alarm. Returns the deadline, where it has passed.

    Args:
        seen: What has been seen.
        moment: The time that it is.
        within: How long a window is.
        again: Whether the next window begins where this one ended. Those that went by unnoticed are skipped.
        by_event: Whether that is the time of an event, which is still in time at the deadline itself.
    """
    if seen.opened is None:
        return seen, None
    deadline = seen.opened + within
    gone = moment - deadline - (timedelta.resolution if by_event else timedelta())
    if gone < timedelta():
        return seen, None
    alarm = Alarm(since=seen.opened, samples=seen.samples)
    opened = deadline + gone // within * within if again else None
    return replace(seen, opened=opened, samples=[], alarm=alarm), deadline


def count(
    seen: Watched, sample: Sample, threshold: int, within: timedelta, again: bool
) -> tuple[Watched, list[UUID]]:
    """Count an expected event. Returns what has been seen now, and those by which an alarm is over."""
    seen, over = _count_towards_alarm(seen, sample, threshold)
    if seen.opened is None or not seen.opened <= sample.moment <= seen.opened + within:
        return seen, over
    samples = _with(seen.samples, sample)
    if len(samples) < threshold:
        return replace(seen, samples=samples), over
    return replace(seen, opened=sample.moment if again else None, samples=[]), over


def _count_towards_alarm(seen: Watched, sample: Sample, threshold: int) -> tuple[Watched, list[UUID]]:
    if seen.alarm is None or sample.moment < seen.alarm.since:
        return seen, []
    samples = _with(seen.alarm.samples, sample)
    if len(samples) < threshold:
        return replace(seen, alarm=replace(seen.alarm, samples=samples)), []
    return replace(seen, alarm=None), [other.id for other in samples]


def _with(samples: list[Sample], sample: Sample) -> list[Sample]:
    if any(other.id == sample.id for other in samples):
        return samples
    return [*samples, sample]


def due(seen: Watched, within: timedelta, keyed: bool) -> datetime | None:
    """When the window ends; when none is open, when an alarm is forgotten that is never over."""
    if seen.opened:
        return seen.opened + within
    return seen.alarm.since + within + MEMORY if seen.alarm and keyed else None
