"""What an action is done to: what it names, or what the event is about that made its automation fire."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from penstock.domain.events import ID, ROLE, Labels
from penstock.server.action_kinds import ActionFailed, Kind, Occasion


def target_of(kind: Kind, action: Any, occasion: Occasion) -> UUID | None:
    """The id of what the action is done to; None for one that is done to nothing of ours.

    Raises:
        ActionFailed: It can't be told, and why.
    """
    if kind.target is None:
        return None
    source = getattr(action, "source", None)
    if kind.field is None or source == "inferred":
        return _inferred(kind.target, occasion)
    selected: UUID | None = getattr(action, kind.field)
    if selected is None and source is not None:
        message = f"The action says neither which {_words(kind.target)} nor that it is inferred."
        raise ActionFailed(message, hint=f"Give it {kind.field}, or source: inferred.")
    return selected


def _inferred(noun: str, occasion: Occasion) -> UUID:
    found = ids_of(noun, occasion)
    if len(found) == 1:
        return found[0]
    words = _words(noun)
    about = f"The event {occasion.event.event!r}" if occasion.event else "What did not happen"
    if not found:
        raise ActionFailed(f"{about} has to do with no {words}, so there is none to infer.")
    named = ", ".join(map(str, found[:5]))
    message = (
        f"{about} has to do with {len(found)} {words}s, and which of them is meant can't be told: {named}."
    )
    raise ActionFailed(message, hint=f"Match on one of them, or name the {words} in the action.")


def ids_of(noun: str, occasion: Occasion) -> list[UUID]:
    """The things of one kind that the occasion is about.

    Those that are meant most are taken alone: what the event is about, then what has its part in it by that
    role, then any other part; without an event, what it was counted by.
    """
    for resources in _by_weight(noun, occasion):
        if found := list(dict.fromkeys(_ids(noun, resources))):
            return found
    return []


def _by_weight(noun: str, occasion: Occasion) -> Iterator[Iterable[str]]:
    event = occasion.event
    if event is not None:
        yield [event.resource_id]
        yield [_id(each) for each in event.related if each.get(ROLE) == noun]
        yield [_id(each) for each in event.related]
    yield occasion.labels.values()


def _id(resource: Labels) -> str:
    return resource.get(ID, "")


def _ids(noun: str, resources: Iterable[str]) -> Iterator[UUID]:
    prefix = f"prefect.{noun}."
    for resource in resources:
        if resource.startswith(prefix):
            try:
                yield UUID(resource.removeprefix(prefix))
            except ValueError:
                continue  # somebody's own name that begins like ours


def _words(noun: str) -> str:
    return noun.replace("-", " ")
