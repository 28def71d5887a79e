"""What triggers wait for and have seen, in sentences."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from penstock.domain.automations import (
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    SequenceTrigger,
    Trigger,
)
from penstock.domain.triggers import metric
from penstock.domain.triggers.seen import Counted, Gathered, Measured, Ordered, Part, Seen, Watched

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def moment(when: datetime, now: datetime) -> str:
    """A time of today, or with its date."""
    when = when.astimezone(UTC)
    form = "%H:%M:%S UTC" if when.date() == now.astimezone(UTC).date() else "%Y-%m-%d %H:%M:%S UTC"
    return when.strftime(form)


def duration(seconds: float) -> str:
    """`40 s`, `5 min`, `2 h`, `3 d`: exactly, in the largest unit that fits."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def remaining(until: datetime, now: datetime) -> str:
    """How long it is until a moment, in whole seconds."""
    return duration(max(0.0, float(int((until - now).total_seconds()))))


def counted(number: int, noun: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def names(patterns: Sequence[str]) -> str:
    """`a, b or c`."""
    listed = list(patterns)
    if not listed:
        return "any event"
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"


def waits_for(trigger: Trigger) -> str:
    """What a trigger waits for."""
    match trigger:
        case EventTrigger(posture=Posture.PROACTIVE):
            return _silence(trigger)
        case EventTrigger():
            return _events(trigger)
        case MetricTrigger(metric=query):
            held = f"for {duration(query.firing_for)}"
            measured = f"the {query.name.value} of runs over the last {duration(query.range)}"
            return f"Fires when {measured} is {query.operator} {query.threshold:g} {held}."
        case CompoundTrigger(triggers=inner, require=require):
            count = {"all": len(inner), "any": 1}.get(str(require), require)
            return f"Fires when {count} of its {len(inner)} triggers have{_near(trigger.within)}."
        case SequenceTrigger(triggers=inner):
            return f"Fires when its {len(inner)} triggers have, in their order{_near(trigger.within)}."


def _near(within: float | None) -> str:
    return "" if within is None else f", within {duration(within)}"


def _events(trigger: EventTrigger) -> str:
    times = f"{trigger.threshold} times" if trigger.threshold > 1 else ""
    counts = trigger.within and (trigger.threshold > 1 or trigger.after)
    within = f"within {duration(trigger.within)}" if counts else ""
    after = f"after {names(trigger.after)}" if trigger.after else ""
    how = " ".join(filter(None, [times, within, after]))
    return f"Fires when {names(trigger.expect)} comes{f' {how}' if how else ''}{_apart(trigger)}."


def _silence(trigger: EventTrigger) -> str:
    count = f"{trigger.threshold} of " if trigger.threshold > 1 else ""
    after = f" after {names(trigger.after)}" if trigger.after else ""
    wait = f"within {duration(trigger.within)}"
    return f"Fires when {count}{names(trigger.expect)} does not come {wait}{after}{_apart(trigger)}."


def _apart(trigger: EventTrigger) -> str:
    return f", counted apart for each {', '.join(trigger.for_each)}" if trigger.for_each else ""


class Told:
    """What a bucket says: for people, and as numbers."""

    def __init__(self, count: int, threshold: int, since: datetime | None, words: str) -> None:
        self.count, self.threshold, self.since, self.words = count, threshold, since, words


def told(trigger: Trigger, seen: Seen, now: datetime) -> Told:
    """What a trigger has seen."""
    match trigger, seen:
        case EventTrigger(), Counted():
            return _counted(trigger, seen, now)
        case EventTrigger(), Watched():
            return _watched(trigger, seen, now)
        case CompoundTrigger() | SequenceTrigger(), Gathered() | Ordered():
            return _composed(trigger, seen, now)
        case MetricTrigger(), Measured():
            return _measured(trigger, seen, now)
    return Told(0, 1, None, "It keeps what an earlier trigger has seen.")


def _counted(trigger: EventTrigger, seen: Counted, now: datetime) -> Told:
    count, threshold = len(seen.samples), trigger.threshold
    if not seen.samples:
        since = seen.after
        words = (
            f"what must come first came at {moment(seen.after, now)}" if seen.after else "nothing counts yet"
        )
        if since and trigger.within:
            words += _deadline(since, trigger.within, now, f"{names(trigger.expect)} must come")
        return Told(0, threshold, since, f"{words[0].upper()}{words[1:]}.")
    first = seen.samples[0].moment
    words = f"{count} of {threshold} events seen since {moment(first, now)}"
    if trigger.within:
        words += _deadline(first, trigger.within, now, "the rest must come")
    return Told(count, threshold, first, f"{words}.")


def _deadline(since: datetime, within: float, now: datetime, what: str) -> str:
    until = since + timedelta(seconds=within)
    if until < now:
        return f"; that is more than {duration(within)} ago, so that it counts no more"
    return f"; {what} within {remaining(until, now)}"


def _watched(trigger: EventTrigger, seen: Watched, now: datetime) -> Told:
    count, threshold = len(seen.samples), trigger.threshold
    parts = []
    if seen.alarm is not None:
        parts.append(
            f"it fired for the silence that began at {moment(seen.alarm.since, now)}, which is not over"
        )
    if seen.opened is not None:
        until = seen.opened + timedelta(seconds=trigger.within)
        seen_so_far = f"{count} of {threshold}" if threshold > 1 else names(trigger.expect)
        parts.append(
            f"waits since {moment(seen.opened, now)}; unless {seen_so_far if threshold == 1 else 'the rest'} "
            f"comes within {remaining(until, now)}, it fires"
        )
        if threshold > 1:
            parts.append(f"{seen_so_far} events seen")
    words = ", and ".join(parts) or "it waits for nothing"
    return Told(count, threshold, seen.opened, f"{words[0].upper()}{words[1:]}.")


def _composed(trigger: CompoundTrigger | SequenceTrigger, seen: Gathered | Ordered, now: datetime) -> Told:
    parts: list[Part] = seen.parts if isinstance(seen, Gathered) else max(seen.chains, key=len, default=[])
    count = len(trigger.triggers)
    needed = count
    if isinstance(trigger, CompoundTrigger):
        needed = {"all": count, "any": 1}.get(str(trigger.require)) or int(trigger.require)
    fired = ", ".join(f"triggers[{part.index}] at {moment(part.moment, now)}" for part in parts)
    since = parts[0].moment if parts else None
    words = f"{len(parts)} of {needed} triggers have fired{f': {fired}' if fired else ''}"
    if since and trigger.within:
        words += _deadline(since, trigger.within, now, "the rest must fire")
    return Told(len(parts), needed, since, f"{words}.")


def _measured(trigger: MetricTrigger, seen: Measured, now: datetime) -> Told:
    value, query = metric.value_of(seen.slices), trigger.metric
    runs = sum(part.count for part in seen.slices)
    if value is None:
        return Told(0, 1, None, "Nothing was measured lately.")
    words = f"The {query.name.value} of {counted(runs, 'run')} is {value:g}"
    if seen.beyond_since is None:
        words += f", which is not {query.operator} {query.threshold:g}"
    else:
        words += f", and has been {query.operator} {query.threshold:g} since {moment(seen.beyond_since, now)}"
        if not seen.fired:
            until = seen.beyond_since + timedelta(seconds=query.firing_for)
            words += f"; if that holds for {remaining(until, now)} more, it fires"
    return Told(runs, 1, seen.beyond_since, f"{words}.")
