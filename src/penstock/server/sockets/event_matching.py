"""Whether an event meets a filter, said of the event itself: what comes is looked at one by one.

`db/statements/event_streams.py` leaves out before what it can tell by a column.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias

from penstock.contract.codec import encode
from penstock.contract.events import (
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventRelatedFilter,
    EventResourceFilter,
)
from penstock.db.port import Row
from penstock.domain.errors import InvalidInput
from penstock.domain.events import ID, ROLE, Labels
from penstock.domain.resource_specs import Matcher

Test: TypeAlias = Callable[[Row], bool]
_OfResource: TypeAlias = Callable[[Labels], bool]

_TERM = re.compile(r'(?P<sign>[-+!]?)(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')
_MOST_WORDS: Final = 20


def matcher(asked: EventFilter) -> Test:
    """What tells whether a row of `events` meets the filter.

    Raises:
        InvalidInput: It looks for too many words.
    """
    tests = list(_tests(asked))
    return lambda row: all(test(row) for test in tests)


def _tests(asked: EventFilter) -> Iterator[Test]:
    if asked.occurred.since is not None:
        since = asked.occurred.since
        yield lambda row: row["occurred"] >= since
    if asked.occurred.until is not None:
        until = asked.occurred.until
        yield lambda row: row["occurred"] <= until
    if asked.id.id is not None:
        ids = frozenset(asked.id.id)
        yield lambda row: row["id"] in ids
    if asked.event is not None:
        yield _name(asked.event)
    if asked.resource is not None:
        is_meant = _all_of(_of_resource(asked.resource))
        yield lambda row: is_meant(row["resource"])
    for related in _several(asked.related):
        yield _related(related)
    for any_resource in _several(asked.any_resource):
        yield _any(any_resource)
    if asked.text is not None:
        yield _text(asked.text.query)


def _several(filters: Any) -> Sequence[Any]:
    return filters if isinstance(filters, list) else [] if filters is None else [filters]


def _name(asked: EventNameFilter) -> Test:
    names, prefixes = frozenset(asked.name or ()), tuple(asked.prefix or ())
    excluded, without = frozenset(asked.exclude_name or ()), tuple(asked.exclude_prefix or ())
    wants = asked.name is not None or asked.prefix is not None

    def is_meant(row: Row) -> bool:
        name = row["event"]
        if name in excluded or name.startswith(without):
            return False
        return not wants or name in names or name.startswith(prefixes)

    return is_meant


def _of_resource(asked: EventResourceFilter | EventAnyResourceFilter) -> Iterator[_OfResource]:
    if asked.id is not None:
        ids = frozenset(asked.id)
        yield lambda labels: labels.get(ID) in ids
    if asked.id_prefix is not None:
        prefixes = tuple(asked.id_prefix)
        yield lambda labels: labels.get(ID, "").startswith(prefixes)
    if asked.labels is not None:
        yield Matcher(asked.labels).meets


def _of_related(asked: EventRelatedFilter) -> Iterator[_OfResource]:
    if asked.id is not None:
        ids = frozenset(asked.id)
        yield lambda labels: labels.get(ID) in ids
    if asked.role is not None:
        roles = frozenset(asked.role)
        yield lambda labels: labels.get(ROLE) in roles
    if asked.resources_in_roles is not None:
        pairs = frozenset(asked.resources_in_roles)
        yield lambda labels: (labels.get(ID), labels.get(ROLE)) in pairs
    if asked.labels is not None:
        yield Matcher(asked.labels).meets


def _all_of(tests: Iterator[_OfResource]) -> _OfResource:
    every = list(tests)
    return lambda labels: all(test(labels) for test in every)


def _related(asked: EventRelatedFilter) -> Test:
    is_meant = _all_of(_of_related(asked))
    asks = any(getattr(asked, name) is not None for name in asked.__struct_fields__)
    return lambda row: not asks or any(map(is_meant, row["related"]))


def _any(asked: EventAnyResourceFilter) -> Test:
    is_meant = _all_of(_of_resource(asked))
    return lambda row: is_meant(row["resource"]) or any(map(is_meant, row["related"]))


def _text(query: str) -> Test:
    plain: list[str] = []
    required: list[str] = []
    excluded: list[str] = []
    terms = list(islice(_TERM.finditer(query), _MOST_WORDS + 1))
    if len(terms) > _MOST_WORDS:
        message = f"More than {_MOST_WORDS} words cannot be looked for at once."
        raise InvalidInput(message, field="text", hint="Put words that belong together into quotes.")
    for term in terms:
        words = term["phrase"] if term["phrase"] is not None else term["word"]
        if words:
            {"": plain, "+": required}.get(term["sign"], excluded).append(words.casefold())

    def has(row: Row) -> bool:
        parts = [row["event"], row["resource"], row["related"], row["payload"]]
        text = encode(parts).decode().casefold()
        if any(words in text for words in excluded) or not all(words in text for words in required):
            return False
        return not plain or any(words in text for words in plain)

    return has
