"""What may be written of a trigger in Python, for type checkers: more forms than it has when it is kept.

A list is taken for a set and the other way round, a timedelta for seconds, text for an id.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, Required, TypeAlias, TypedDict
from uuid import UUID

from penstock.domain.automations import MetricName, MetricQuery, Posture, Trigger

Duration: TypeAlias = timedelta | float | str
"""A timedelta, seconds, or text in ISO 8601."""
Id: TypeAlias = UUID | str
Labels: TypeAlias = Mapping[str, str | Iterable[str]]
"""Labels and what they must be; see `domain.automations.Specification`."""


class MetricTriggerOperator(StrEnum):
    """How a measure is compared with its threshold."""

    LT = "<"
    LTE = "<="
    GT = ">"
    GTE = ">="


class TriggerFields(TypedDict, total=False):
    """What can be said about any trigger."""

    id: Id | None


class ResourceFields(TriggerFields, total=False):
    """What can be said about a trigger that watches resources itself."""

    match: Labels
    match_related: Labels | Iterable[Labels]


class EventTriggerFields(ResourceFields, total=False):
    """What can be said about an event trigger; see `EventTrigger`."""

    after: Iterable[str]
    expect: Iterable[str]
    for_each: Iterable[str]
    posture: Posture | str
    threshold: int
    within: Duration


class MetricQueryFields(TypedDict, total=False):
    """What can be said about a measure; see `MetricQuery`."""

    name: Required[MetricName | str]
    threshold: Required[float]
    operator: Required[MetricTriggerOperator | Literal["<", "<=", ">", ">="]]
    range: Duration
    firing_for: Duration


class MetricTriggerFields(ResourceFields, total=False):
    """What can be said about a metric trigger; see `MetricTrigger`."""

    posture: Posture | str
    metric: Required[MetricQuery | Mapping[str, Any]]


class SequenceTriggerFields(TriggerFields, total=False):
    """What can be said about a sequence; see `SequenceTrigger`."""

    triggers: Required[Iterable[Trigger | Mapping[str, Any]]]
    within: Duration | None


class CompoundTriggerFields(SequenceTriggerFields, total=False):
    """What can be said about a compound trigger; see `CompoundTrigger`."""

    require: Required[int | Literal["any", "all"]]
