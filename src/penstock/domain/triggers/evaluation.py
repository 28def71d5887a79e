"""What becomes of what a trigger has seen when an event comes, or time passes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from penstock.domain.automations import EventTrigger, MetricTrigger, Posture
from penstock.domain.events import Event, Labels
from penstock.domain.triggers import gathering, metric, proactive, reactive
from penstock.domain.triggers.seen import (
    MAX_EVENTS,
    MAX_PART_EVENTS,
    Bucket,
    BucketId,
    Changes,
    Counted,
    Firing,
    FiringState,
    Gathered,
    Measured,
    Ordered,
    Part,
    Sample,
    Seen,
    Watched,
)
from penstock.domain.triggers.watch import Composite, Source, Watch, shortened


def needed(watch: Watch, event: Event) -> list[BucketId]:
    """The buckets that `observe` will ask for: none where the event is no concern, or nothing is kept."""
    wanted: dict[BucketId, None] = {}
    for source in watch.concerned(event):
        labels = source.labels_of(event)
        if labels is not None:
            own = [] if source.stateless else [source.bucket_of(labels)]
            wanted.update(dict.fromkeys([*own, *source.parents]))
    return list(wanted)


def needed_when_due(watch: Watch, bucket: BucketId) -> list[BucketId]:
    """The buckets that `expire` will ask for."""
    source = watch.sources.get(bucket.trigger_id)
    return [bucket, *source.parents] if source else [bucket]


def observe(watch: Watch, stored: Mapping[BucketId, Seen], event: Event, now: datetime) -> Changes:
    """Fold an event into what a trigger has seen.

    Args:
        watch: The trigger.
        stored: What it has seen: at least what `needed` names, as far as there is such a bucket.
        event: What happened.
        now: The server's time, which counts where the event doesn't say when it was received.
    """
    folding = _Folding(watch, stored)
    moment = min(event.occurred, event.received or now)
    sample = Sample(moment, event.id)
    fired: list[Firing] = []
    for source in watch.concerned(event):
        labels = source.labels_of(event)
        if labels is not None:
            fired += _observe_source(folding, source, labels, event, sample)
    folding.pass_on(fired)
    return folding.changes


def expire(watch: Watch, stored: Mapping[BucketId, Seen], bucket: BucketId, now: datetime) -> Changes:
    """Let time pass for a bucket that is due. Nothing happens where it isn't, so it may be asked too often.

    Args:
        watch: The trigger.
        stored: What it has seen: at least what `needed_when_due` names, as far as there is such a bucket.
        bucket: Which bucket is due.
        now: The server's time.
    """
    folding = _Folding(watch, stored)
    source, composite = watch.sources.get(bucket.trigger_id), watch.composites.get(bucket.trigger_id)
    seen = folding.seen(bucket)
    if source is None and composite is None:
        # Of a trigger that is no longer part of the automation.
        folding.put(bucket, None)
    elif source is None:
        if isinstance(seen, Gathered | Ordered) and composite is not None:
            _forget(folding, bucket, gathering.forgotten_at(seen, composite.within), now)
    elif isinstance(seen, Counted):
        _forget(folding, bucket, reactive.forgotten_at(seen, source.within, bool(source.for_each)), now)
    elif isinstance(seen, Watched):
        folding.pass_on(_pass_deadline(folding, source, bucket, seen, now))
    elif isinstance(seen, Measured):
        folding.pass_on(_measure_until(folding, source, bucket, seen, now))
    return folding.changes


def start(watch: Watch, stored: Mapping[BucketId, Seen], now: datetime) -> Changes:
    """Begin to wait for what is expected of nobody in particular, where that hasn't begun.

    To be asked when an automation is made, enabled, or has another trigger.
    """
    folding = _Folding(watch, stored)
    for source in watch.sources.values():
        bucket = BucketId(source.id)
        if source.again and not isinstance(folding.seen(bucket), Watched):
            folding.put(bucket, Watched(opened=now))
    return folding.changes


class _Folding:
    """One event, or one moment, on its way through a trigger."""

    def __init__(self, watch: Watch, stored: Mapping[BucketId, Seen]) -> None:
        self.changes = Changes({}, [])
        self._watch = watch
        self._stored = stored

    def seen(self, bucket: BucketId) -> Seen | None:
        """What has been seen by now."""
        if bucket in self.changes.buckets:
            changed = self.changes.buckets[bucket]
            return changed.seen if changed else None
        return self._stored.get(bucket)

    def put(self, bucket: BucketId, seen: Seen | None) -> None:
        """Keep what has been seen now. What is as it was is no change."""
        if seen == self._stored.get(bucket):
            self.changes.buckets.pop(bucket, None)
        else:
            self.changes.buckets[bucket] = Bucket(seen, self._due(bucket, seen)) if seen else None

    def _due(self, bucket: BucketId, seen: Seen) -> datetime | None:
        if isinstance(seen, Gathered | Ordered):
            return gathering.forgotten_at(seen, self._watch.composites[bucket.trigger_id].within)
        source = self._watch.sources[bucket.trigger_id]
        if isinstance(seen, Counted):
            return reactive.forgotten_at(seen, source.within, bool(source.for_each))
        if isinstance(seen, Watched):
            return proactive.due(seen, source.within, bool(source.for_each))
        return metric.due(seen, _metric(source).metric)

    def pass_on(self, fired: Iterable[Firing]) -> None:
        """Hand firings of parts to what contains them, the innermost first, up to the trigger itself."""
        waiting = list(fired)
        self.changes.firings += [firing for firing in waiting if firing.trigger_id == self._watch.id]
        # Written outside in, so the other way round a part comes before what contains it.
        for composite in reversed(self._watch.composites.values()):
            parts = [firing for firing in waiting if firing.trigger_id in composite.positions]
            completed = _compose(self, composite, parts)
            if completed is None:
                continue
            waiting.append(completed)
            if completed.trigger_id == self._watch.id:
                self.changes.firings.append(completed)


def _observe_source(
    folding: _Folding, source: Source, labels: Labels, event: Event, sample: Sample
) -> list[Firing]:
    if source.stateless:
        return [_firing(source.id, sample, labels, [sample.id])]
    if isinstance(source.trigger, MetricTrigger):
        return _observe_metric(folding, source, event, sample)
    if source.trigger.posture == Posture.PROACTIVE:
        return _observe_proactive(folding, source, labels, event, sample)
    return _observe_reactive(folding, source, labels, event, sample)


def _observe_reactive(
    folding: _Folding, source: Source, labels: Labels, event: Event, sample: Sample
) -> list[Firing]:
    bucket = source.bucket_of(labels)
    found = folding.seen(bucket)
    seen = found if isinstance(found, Counted) else None
    counted: list[UUID] = []
    if source.expects(event.event) and (
        not source.needs_after or reactive.may_count(seen, sample.moment, source.within)
    ):
        seen, counted = reactive.count(seen, sample, _event(source).threshold, source.within)
    if source.begins_with(event.event):
        seen = reactive.note_after(seen, sample.moment)
    folding.put(bucket, seen)
    return [_firing(source.id, sample, labels, counted)] if counted else []


def _observe_proactive(
    folding: _Folding, source: Source, labels: Labels, event: Event, sample: Sample
) -> list[Firing]:
    bucket = source.bucket_of(labels)
    found = folding.seen(bucket)
    seen = found if isinstance(found, Watched) else Watched(labels=shortened(labels))
    fired: list[Firing] = []
    within = source.within
    seen, deadline = proactive.pass_deadline(seen, sample.moment, within, source.again, by_event=True)
    if deadline:
        fired.append(_silence(source.id, seen, deadline))
    if source.expects(event.event):
        threshold = _event(source).threshold
        seen, over = proactive.count(seen, sample, threshold, within, source.again)
        if over:
            fired.append(_firing(source.id, sample, labels, over, FiringState.RESOLVED))
    if source.begins_with(event.event):
        seen = proactive.open_window(seen, sample.moment)
    folding.put(bucket, seen if seen.opened or seen.alarm else None)
    return fired


def _pass_deadline(
    folding: _Folding, source: Source, bucket: BucketId, seen: Watched, now: datetime
) -> list[Firing]:
    due = proactive.due(seen, source.within, bool(source.for_each))
    seen, deadline = proactive.pass_deadline(seen, now, source.within, source.again)
    if deadline:
        folding.put(bucket, seen)
        return [_silence(source.id, seen, deadline)]
    if not seen.opened:
        _forget(folding, bucket, due, now)
    return []


def _observe_metric(folding: _Folding, source: Source, event: Event, sample: Sample) -> list[Firing]:
    query = _metric(source).metric
    value = metric.measurement(query.name, event)
    if value is None:
        return []
    bucket = BucketId(source.id)
    found = folding.seen(bucket)
    seen = found if isinstance(found, Measured) else None
    fired = _measure_until(folding, source, bucket, seen, sample.moment) if seen else []
    found = folding.seen(bucket)
    seen = metric.add(found if isinstance(found, Measured) else None, sample, value, query)
    return fired + _judge(folding, source, bucket, seen, seen.newest, sample.id)


def _measure_until(
    folding: _Folding, source: Source, bucket: BucketId, seen: Measured, now: datetime
) -> list[Firing]:
    """Judge at each moment at which the value changed by itself."""
    query = _metric(source).metric
    fired: list[Firing] = []
    current: Seen | None = seen
    while isinstance(current, Measured) and (due := metric.due(current, query)) and due <= now:
        fired += _judge(folding, source, bucket, current, due, None)
        current = folding.seen(bucket)
    return fired


def _judge(
    folding: _Folding, source: Source, bucket: BucketId, seen: Measured, now: datetime, event_id: UUID | None
) -> list[Firing]:
    seen, changed = metric.judge(seen, now, _metric(source).metric)
    folding.put(bucket, seen if seen.slices else None)
    if not changed:
        return []
    state = FiringState.TRIGGERED if seen.fired else FiringState.RESOLVED
    events = [sample.id for sample in seen.recent]
    return [Firing(trigger_id=source.id, state=state, fired=seen.newest, events=events, event_id=event_id)]


def _compose(folding: _Folding, composite: Composite, fired: list[Firing]) -> Firing | None:
    """Count firings of the parts of a compound or a sequence. One event makes it fire at most once."""
    bucket = BucketId(composite.id)
    for firing in sorted(fired, key=lambda firing: composite.positions[firing.trigger_id]):
        if firing.state is FiringState.RESOLVED:
            continue
        found = folding.seen(bucket)
        part = _part(composite, firing)
        if composite.ordered:
            ordered = found if isinstance(found, Ordered) else None
            seen: Seen | None
            seen, parts = gathering.advance(ordered, part, composite.require, composite.within)
        else:
            gathered = found if isinstance(found, Gathered) else None
            seen, parts = gathering.gather(gathered, part, composite.require, composite.within)
        folding.put(bucket, seen)
        if parts:
            return _composed(composite.id, parts, firing)
    return None


def _part(composite: Composite, firing: Firing) -> Part:
    return Part(
        index=composite.positions[firing.trigger_id],
        moment=firing.fired,
        labels=shortened(firing.labels),
        events=firing.events[-MAX_PART_EVENTS:],
    )


def _composed(id: UUID, parts: list[Part], last: Firing) -> Firing:
    labels: Labels = {}
    for part in parts:
        labels |= part.labels
    events = list(dict.fromkeys(event for part in parts for event in part.events))
    return Firing(
        trigger_id=id,
        fired=parts[-1].moment,
        labels=labels,
        events=events[-MAX_EVENTS:],
        event_id=last.event_id,
    )


def _firing(
    id: UUID,
    sample: Sample,
    labels: Labels,
    events: list[UUID],
    state: FiringState = FiringState.TRIGGERED,
) -> Firing:
    return Firing(
        trigger_id=id,
        state=state,
        fired=sample.moment,
        labels=shortened(labels),
        events=events[-MAX_EVENTS:],
        event_id=sample.id,
    )


def _silence(id: UUID, seen: Watched, deadline: datetime) -> Firing:
    events = [sample.id for sample in seen.alarm.samples] if seen.alarm else []
    return Firing(trigger_id=id, fired=deadline, labels=seen.labels, events=events[-MAX_EVENTS:])


def _forget(folding: _Folding, bucket: BucketId, due: datetime | None, now: datetime) -> None:
    if due is not None and now >= due:
        folding.put(bucket, None)


def _event(source: Source) -> EventTrigger:
    assert isinstance(source.trigger, EventTrigger)
    return source.trigger


def _metric(source: Source) -> MetricTrigger:
    assert isinstance(source.trigger, MetricTrigger)
    return source.trigger
