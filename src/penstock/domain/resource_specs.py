"""Labels against specifications: which resources a trigger, or a filter, means.

A specification names labels and what each must be. A value is a text; with a trailing `*` all that begins
with it; with a leading `!` what must not be. A list means any of its texts and none of its negations.

    {"prefect.resource.id": "prefect.flow-run.*", "prefect.state-name": ["Failed", "Crashed"], "env": "!test"}

A resource that lacks a label meets negations of it and nothing else, so `!*` says that a label is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from penstock.domain.automations import Specification
from penstock.domain.events import Labels


class Texts:
    """Texts and beginnings of texts; made once and asked often."""

    __slots__ = ("beginnings", "exact")

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = list(patterns)
        self.exact = frozenset(pattern for pattern in patterns if not pattern.endswith("*"))
        self.beginnings = tuple(sorted({pattern[:-1] for pattern in patterns if pattern.endswith("*")}))

    def __contains__(self, text: object) -> bool:
        return text in self.exact or (
            bool(self.beginnings) and isinstance(text, str) and text.startswith(self.beginnings)
        )


class _Value:
    """What one label must be."""

    __slots__ = ("unwanted", "wanted")

    def __init__(self, patterns: str | Sequence[str]) -> None:
        texts = [patterns] if isinstance(patterns, str) else patterns
        negations = [text[1:] for text in texts if text.startswith("!")]
        wanted = [text for text in texts if not text.startswith("!")]
        # None where everything is wanted that is not unwanted; an empty list wants nothing.
        self.wanted = None if negations and not wanted else Texts(wanted)
        self.unwanted = Texts(negations) if negations else None

    @property
    def exact(self) -> frozenset[str] | None:
        """The texts of which it must be one, where that is all."""
        if self.wanted is None or self.wanted.beginnings or self.unwanted:
            return None
        return self.wanted.exact

    def __contains__(self, value: object) -> bool:
        if self.wanted is not None and (value is None or value not in self.wanted):
            return False
        return self.unwanted is None or value is None or value not in self.unwanted


class Matcher:
    """A specification that is ready to be asked."""

    __slots__ = ("_exact", "_others", "exact")

    def __init__(self, specification: Mapping[str, str | Sequence[str]]) -> None:
        values = {label: _Value(patterns) for label, patterns in specification.items()}
        self.exact = {label: exact for label, value in values.items() if (exact := value.exact) is not None}
        """Labels that must have one of a few texts: what an index can be made of."""
        self._exact = list(self.exact.items())
        self._others = [(label, value) for label, value in values.items() if label not in self.exact]

    def __bool__(self) -> bool:
        return bool(self._exact or self._others)

    def meets(self, labels: Labels) -> bool:
        """Whether a resource with these labels is meant."""
        # Loops, and what is cheap to ask first: this runs for every event and every automation that may care.
        for label, texts in self._exact:
            if labels.get(label) not in texts:
                return False
        for label, value in self._others:  # noqa: SIM110  # as above
            if labels.get(label) not in value:
                return False
        return True


class ResourceMatcher:
    """What an event must be about, and what must be related to it."""

    __slots__ = ("related", "resource")

    def __init__(self, match: Specification, match_related: Specification | list[Specification]) -> None:
        self.resource = Matcher(match)
        self.related = [matcher for matcher in map(Matcher, related_specs(match_related)) if matcher]

    def meets(self, resource: Labels, related: Sequence[Labels]) -> bool:
        """Whether the resource is meant, and each related specification is met by one of the related."""
        if not self.resource.meets(resource):
            return False
        for matcher in self.related:
            for labels in related:
                if matcher.meets(labels):
                    break
            else:
                return False
        return True


def related_specs(match_related: Specification | list[Specification]) -> list[Specification]:
    """`match_related` as a list, as which it may be written."""
    return match_related if isinstance(match_related, list) else [match_related]


def matches(spec: Mapping[str, Any], labels: Labels) -> bool:
    """Whether a resource with these labels is meant by the specification. An empty one means all."""
    return Matcher(spec).meets(labels)


def matches_any_related(specs: Specification | list[Specification], related: Sequence[Labels]) -> bool:
    """Whether each of the specifications is met by one of the related resources.

    A specification with several labels must be met by one and the same resource. An empty one asks nothing.
    """
    return ResourceMatcher({}, specs).meets({}, related)


def name_matches(patterns: Iterable[str], name: str) -> bool:
    """Whether an event of this name is meant. No pattern at all means every event."""
    texts = list(patterns)
    return not texts or name in Texts(texts)
