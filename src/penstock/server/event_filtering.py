"""Whether an event is one of those that a filter means."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias, TypeVar
from uuid import UUID

from penstock.contract.events import (
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventRelatedFilter,
    EventResourceFilter,
)
from penstock.domain.automations import Specification
from penstock.domain.events import ID, ROLE, Event, Labels
from penstock.domain.resource_specs import Matcher

T = TypeVar("T")
Test: TypeAlias = Callable[[Event], bool]
ResourceTest: TypeAlias = Callable[[Labels], bool]

_TERM = re.compile(r'(?P<sign>[-+!]?)(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')


def is_meant(filter: EventFilter, event: Event) -> bool:
    """Whether the filter means this event. `resource.distinct` can't be asked of one event."""
    return all(test(event) for test in tests_of(filter))


def tests_of(filter: EventFilter) -> list[Test]:
    """What an event must pass, all of it, to be meant."""
    tests = [*_occurred(filter.occurred)]
    if filter.event is not None:
        tests += _named(filter.event)
    if filter.resource is not None:
        tests.append(_of_resource(filter.resource))
    tests += [_with_related(each) for each in several(filter.related)]
    tests += [_with_any_resource(each) for each in several(filter.any_resource)]
    if filter.id.id is not None:
        tests.append(_among(frozenset(filter.id.id)))
    if filter.text is not None:
        tests.append(_with_words(filter.text.query))
    return tests


def several(given: T | list[T] | None) -> list[T]:
    """A part of a filter that may be one or a list, as a list."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _occurred(asked: EventOccurredFilter) -> Iterator[Test]:
    since, until = asked.since, asked.until
    if since is not None:
        yield lambda event: event.occurred >= since
    if until is not None:
        yield lambda event: event.occurred <= until


def name_tests(asked: EventNameFilter) -> list[Callable[[str], bool]]:
    """What the name of an event must pass."""
    tests: list[Callable[[str], bool]] = []
    if (beginnings := asked.prefix) is not None:
        tests.append(lambda name: name.startswith(tuple(beginnings)))
    if (names := asked.name) is not None:
        tests.append(lambda name: name in names)
    if unwanted := asked.exclude_prefix:
        tests.append(lambda name: not name.startswith(tuple(unwanted)))
    if others := asked.exclude_name:
        tests.append(lambda name: name not in others)
    return tests


def _named(asked: EventNameFilter) -> Iterator[Test]:
    for test in name_tests(asked):
        yield lambda event, test=test: test(event.event)  # type: ignore[misc]  # bound now


def _of_resource(asked: EventResourceFilter) -> Test:
    tests = [*_identified(asked.id, asked.id_prefix, asked.labels)]
    return lambda event: all(test(event.resource) for test in tests)


def _identified(
    ids: Collection[str] | None, beginnings: Collection[str] | None, labels: Specification | None
) -> Iterator[ResourceTest]:
    if ids is not None:
        yield lambda resource: resource[ID] in ids
    if beginnings is not None:
        yield lambda resource: resource[ID].startswith(tuple(beginnings))
    if labels is not None:
        yield Matcher(labels).meets


def _with_any_resource(asked: EventAnyResourceFilter) -> Test:
    tests = [*_identified(asked.id, asked.id_prefix, asked.labels)]
    return lambda event: any(all(test(each) for test in tests) for each in event.resources())


def _with_related(asked: EventRelatedFilter) -> Test:
    tests = [*_identified(asked.id, None, asked.labels)]
    if (roles := asked.role) is not None:
        tests.append(lambda resource: resource[ROLE] in roles)
    if (pairs := asked.resources_in_roles) is not None:
        tests.append(lambda resource: (resource[ID], resource[ROLE]) in pairs)
    if not tests:
        return lambda _: True
    return lambda event: any(all(test(each) for test in tests) for each in event.related)


def _among(ids: Collection[UUID]) -> Test:
    return lambda event: event.id in ids


def _with_words(query: str) -> Test:
    """The words of a query as for logs: one of the plain ones, all with `+`, none with `-` or `!`."""
    plain: list[str] = []
    required: list[str] = []
    excluded: list[str] = []
    for term in _TERM.finditer(query.casefold()):
        text = term["phrase"] if term["phrase"] is not None else term["word"]
        if text:
            {"": plain, "+": required}.get(term["sign"], excluded).append(text)

    def is_meant(event: Event) -> bool:
        text = _text_of(event)
        is_found = not plain or any(word in text for word in plain)
        return (
            is_found and all(word in text for word in required) and all(word not in text for word in excluded)
        )

    return is_meant


def _text_of(event: Event) -> str:
    """All that an event says, without regard to case."""
    said = [event.event, event.resource, event.related, event.payload]
    return json.dumps(said, ensure_ascii=False).casefold()
