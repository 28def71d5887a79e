"""Events that nearly counted: what they had, and what they would have needed."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from penstock.contract.automation_explanations import Miss, NearMiss
from penstock.domain.automations import EventTrigger, MetricTrigger, Specification
from penstock.domain.events import ID, ROLE, Event, Labels
from penstock.domain.resource_specs import matches, matches_any_related, related_specs

Part: TypeAlias = Literal["match", "match_related"]

MOST = 5
"""So many are told of one trigger."""
_SHOWN = 120
"""Characters of a value that are shown."""


def misses_of(trigger: EventTrigger | MetricTrigger, event: Event) -> list[Miss]:
    """What keeps an event, of which the name is right, from being counted. None: it counts."""
    found = list(_differences("match", trigger.match, event.resource))
    for spec in related_specs(trigger.match_related):
        if spec and not matches_any_related(spec, event.related):
            found += _related_miss(spec, event.related)
    if isinstance(trigger, EventTrigger):
        found += _lacking(trigger, event)
    return found


def near_miss(event: Event, misses: list[Miss]) -> NearMiss:
    """An event that nearly counted, as it is answered."""
    return NearMiss(
        event_id=event.id,
        event=event.event,
        resource_id=event.resource[ID],
        occurred=event.occurred,
        misses=misses,
    )


def _differences(part: Part, spec: Specification, labels: Labels) -> Iterator[Miss]:
    for label, wanted in spec.items():
        if not matches({label: wanted}, labels):
            yield _miss(part, label, wanted, labels.get(label))


def _related_miss(spec: Specification, related: Sequence[Labels]) -> list[Miss]:
    """The difference of the related resource that came nearest."""
    if not related:
        label, wanted = next(iter(spec.items()))
        words = f"no resource was related to it, and one with {label} {_wanted(wanted)} is wanted"
        return [Miss(part="match_related", label=label, wanted=_texts(wanted), words=words)]
    differences = [list(_differences("match_related", spec, labels)) for labels in related]
    return min(differences, key=len)


def _lacking(trigger: EventTrigger, event: Event) -> Iterator[Miss]:
    for name in trigger.for_each:
        if not _has(name, event):
            yield Miss(
                part="for_each",
                label=name,
                words=f"it has no label {name}, by which events are counted apart",
            )


def _has(name: str, event: Event) -> bool:
    prefix, _, rest = name.partition(":")
    if prefix != "related":
        return name in event.resource
    role, _, label = rest.partition(":")
    return any(labels.get(ROLE) == role and label in labels for labels in event.related)


def _miss(part: Part, label: str, wanted: str | list[str], found: str | None) -> Miss:
    where = "a related resource's " if part == "match_related" else ""
    had = f"was {_short(found)}" if found is not None else "was not there"
    words = f"{where}{label} {had}, wanted {_wanted(wanted)}"
    return Miss(part=part, label=label, wanted=_texts(wanted), found=found, words=words)


def _texts(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _wanted(wanted: str | list[str]) -> str:
    return " or ".join(map(_short, _texts(wanted))) or "nothing"


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
