"""A trigger that is ready to be asked: its specifications as matchers, its parts in a table."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from penstock.domain.automations import (
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    SequenceTrigger,
    Trigger,
)
from penstock.domain.events import ROLE, Event, Labels
from penstock.domain.resource_specs import ResourceMatcher, Texts
from penstock.domain.triggers import metric
from penstock.domain.triggers.seen import BucketId

_LONGEST_KEY = 512
_LONGEST_LABEL = 1024


class Source:
    """A trigger that watches events itself: an event trigger, or a metric one."""

    def __init__(self, trigger: EventTrigger | MetricTrigger, parents: tuple[BucketId, ...]) -> None:
        assert trigger.id is not None, "check_automation gives every trigger an id"
        self.id = trigger.id
        self.trigger = trigger
        self.parents = parents
        """Where what contains it keeps what it has seen, the nearest first."""
        self.matcher = ResourceMatcher(trigger.match, trigger.match_related)
        self.for_each: list[str] = []
        if isinstance(trigger, EventTrigger):
            self._read_event_trigger(trigger)
        else:
            self._expected: Texts | None = Texts(metric.NAMES)
            self._after: Texts | None = None
            self.stateless = self.again = False
            self.within = timedelta(seconds=trigger.metric.range)

    def _read_event_trigger(self, trigger: EventTrigger) -> None:
        proactive = trigger.posture == Posture.PROACTIVE
        self.for_each = sorted(set(trigger.for_each))
        after = trigger.after
        if proactive and not after and self.for_each:
            # Whoever was heard of must be heard of again.
            after = trigger.expect or ["*"]
        self._expected = Texts(trigger.expect) if trigger.expect else None
        self._after = Texts(after) if after else None
        self.stateless = not proactive and trigger.threshold == 1 and not after
        self.again = proactive and not after
        self.within = timedelta(seconds=trigger.within)

    def expects(self, name: str) -> bool:
        """Whether an event of this name counts."""
        return self._expected is None or name in self._expected

    def begins_with(self, name: str) -> bool:
        """Whether an event of this name must come first, or opens the window."""
        return self._after is not None and name in self._after

    @property
    def needs_after(self) -> bool:
        """Whether something must come first at all."""
        return self._after is not None

    def concerns(self, event: Event) -> bool:
        """Whether the event has anything to do with the trigger."""
        if not (self.expects(event.event) or self.begins_with(event.event)):
            return False
        return self.matcher.meets(event.resource, event.related)

    def labels_of(self, event: Event) -> Labels | None:
        """The values of `for_each`. None where the event lacks one: then it counts for nobody."""
        labels: Labels = {}
        for name in self.for_each:
            value = _label(name, event)
            if value is None:
                return None
            labels[name] = value
        return labels

    def bucket_of(self, labels: Labels) -> BucketId:
        """Where what concerns these values is kept."""
        key = json.dumps([labels[name] for name in self.for_each], ensure_ascii=True)
        if len(key) > _LONGEST_KEY:
            key = "sha256:" + hashlib.sha256(key.encode()).hexdigest()
        return BucketId(self.id, key)


class Composite:
    """A compound or a sequence."""

    def __init__(self, trigger: CompoundTrigger | SequenceTrigger) -> None:
        assert trigger.id is not None, "check_automation gives every trigger an id"
        self.id = trigger.id
        self.ordered = isinstance(trigger, SequenceTrigger)
        self.positions = {part.id: index for index, part in enumerate(trigger.triggers)}
        count = len(trigger.triggers)
        self.require = _required(trigger.require, count) if isinstance(trigger, CompoundTrigger) else count
        self.within = None if trigger.within is None else timedelta(seconds=trigger.within)


class Watch:
    """A whole trigger. Made once for each version of an automation, and asked for every event."""

    def __init__(self, trigger: Trigger) -> None:
        """Prepare a trigger whose parts all have ids, as `check_automation` gives them."""
        self.trigger = trigger
        self.sources: dict[UUID, Source] = {}
        self.composites: dict[UUID, Composite] = {}
        self._add(trigger, ())
        assert trigger.id is not None, "check_automation gives every trigger an id"
        self.id = trigger.id

    def _add(self, trigger: Trigger, parents: tuple[BucketId, ...]) -> None:
        if isinstance(trigger, EventTrigger | MetricTrigger):
            source = Source(trigger, parents)
            self.sources[source.id] = source
            return
        composite = Composite(trigger)
        self.composites[composite.id] = composite
        for part in trigger.triggers:
            self._add(part, (BucketId(composite.id), *parents))

    def concerned(self, event: Event) -> Iterator[Source]:
        """The parts that the event has to do with, in the order in which they are written."""
        for source in self.sources.values():
            if source.concerns(event):
                yield source


def _required(require: int | str, count: int) -> int:
    if isinstance(require, int):
        return require
    return 1 if require == "any" else count


def _label(name: str, event: Event) -> str | None:
    """A label of the resource, or `related:<role>:<label>` of the first related one that has both."""
    if not name.startswith("related:"):
        return event.resource.get(name)
    _, _, rest = name.partition(":")
    role, _, label = rest.partition(":")
    return next(
        (labels[label] for labels in event.related if labels.get(ROLE) == role and label in labels), None
    )


def shortened(labels: Labels) -> Labels:
    """Labels as they are kept: nobody reads more of a value."""
    return {name: value[:_LONGEST_LABEL] for name, value in labels.items()}
