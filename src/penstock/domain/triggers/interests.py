"""Which of many triggers an event could concern, without asking each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from penstock.domain.events import Event, Labels
from penstock.domain.triggers.watch import Source, Watch

T = TypeVar("T")

_MOST_NAMES = 4096


class Interests(Generic[T]):
    """An index of triggers: by the names of events, then by a label that must have one of a few values."""

    def __init__(self, watches: Mapping[T, Watch]) -> None:
        """Index triggers by whatever they are known by, e.g. the id of their automation."""
        self._watches = watches
        self._order = {item: number for number, item in enumerate(watches)}
        # By name of an event, as they come: most servers know a few hundred names.
        self._by_name: dict[str, _Index[T]] = {}

    def concerned(self, event: Event) -> list[T]:
        """Those that the event concerns, in the order in which they were given."""
        index = self._by_name.get(event.event)
        if index is None:
            index = self._remember(event.event)
        return sorted(set(index.concerned(event)), key=self._order.__getitem__)

    def _remember(self, name: str) -> "_Index[T]":
        if len(self._by_name) >= _MOST_NAMES:
            self._by_name.clear()
        index = self._by_name[name] = _Index(
            (item, source)
            for item, watch in self._watches.items()
            for source in watch.sources.values()
            if source.expects(name) or source.begins_with(name)
        )
        return index


class _Index(Generic[T]):
    """Of those that care for events of one name."""

    def __init__(self, pairs: Iterable[tuple[T, Source]]) -> None:
        self._any: list[tuple[T, Source]] = []
        self._by_resource: dict[str, dict[str, list[tuple[T, Source]]]] = defaultdict(dict)
        self._by_related: dict[str, dict[str, list[tuple[T, Source]]]] = defaultdict(dict)
        for item, source in pairs:
            self._add(item, source)

    def _add(self, item: T, source: Source) -> None:
        table, exact = self._by_resource, source.matcher.resource.exact
        if not exact:
            table = self._by_related
            exact = next((matcher.exact for matcher in source.matcher.related if matcher.exact), {})
        if not exact:
            self._any.append((item, source))
            return
        # The longest text says most: an id says more than a role.
        label = max(exact, key=lambda label: min(map(len, exact[label]), default=0))
        for value in exact[label]:
            table[label].setdefault(value, []).append((item, source))

    def concerned(self, event: Event) -> Iterable[T]:
        candidates = [*self._any, *_found(self._by_resource, event.resource)]
        for labels in event.related if self._by_related else ():
            candidates += _found(self._by_related, labels)
        resource, related = event.resource, event.related
        return (item for item, source in candidates if source.matcher.meets(resource, related))


def _found(table: dict[str, dict[str, list[tuple[T, Source]]]], labels: Labels) -> list[tuple[T, Source]]:
    found: list[tuple[T, Source]] = []
    for label, values in table.items():
        value = labels.get(label)
        if value is not None:
            found += values.get(value, ())
    return found
