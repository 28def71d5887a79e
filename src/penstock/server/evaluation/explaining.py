"""Why an automation fired or not: what each of its triggers has seen, and what nearly counted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from penstock.contract.automation_explanations import (
    AutomationExplanation,
    BucketState,
    Miss,
    NearMiss,
    TriggerState,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import buckets, firings
from penstock.domain.automations import (
    AutomationCore,
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    SequenceTrigger,
    Trigger,
)
from penstock.domain.events import Event
from penstock.domain.triggers import Watch, seen_from
from penstock.server import event_arrivals
from penstock.server.evaluation import words
from penstock.server.evaluation.listeners import names_in
from penstock.server.evaluation.near_misses import MOST, misses_of, near_miss
from penstock.server.views.automations import automation_from, core_from

_DAY: Final = timedelta(hours=24)
_MOST_BUCKETS: Final = 20
_MOST_LOOKED_AT: Final = 500
_MOST_COUNTED: Final = 10_000


async def explain(tx: Transaction, row: Row) -> AutomationExplanation:
    """All that there is to tell about an automation."""
    core = core_from(row)
    of = {"of_automation": row["id"]}
    lately = await tx.fetch_one(firings.lately(), {**of, "since": tx.now - _DAY}) or {}
    counts = {c["trigger_id"]: c["buckets"] for c in await tx.fetch_all(buckets.counts(), of)}
    triggers = [
        await _trigger_state(tx, row, path, trigger, counts) for path, trigger in _walk(core.trigger, "")
    ]
    waiting = int(await tx.fetch_value(firings.waiting_events()))
    return AutomationExplanation(
        automation=automation_from(row),
        since=row["since"],
        last_fired=lately.get("last_fired"),
        firings_24h=lately.get("firings", 0),
        pending_actions=int(await tx.fetch_value(firings.pending_actions(), of)),
        waiting_events=waiting,
        reasons=[*_reasons(tx, row, core, lately, waiting), *triggers[0].reasons],
        triggers=triggers,
    )


def _walk(trigger: Trigger, path: str) -> Iterator[tuple[str, Trigger]]:
    yield path, trigger
    if isinstance(trigger, CompoundTrigger | SequenceTrigger):
        for index, inner in enumerate(trigger.triggers):
            yield from _walk(inner, f"{path}.triggers[{index}]".lstrip("."))


def _reasons(tx: Transaction, row: Row, core: AutomationCore, lately: Row, waiting: int) -> Iterator[str]:
    """What holds of the automation as a whole."""
    if row["stopped"]:
        yield f"The server stopped it at {words.moment(row['updated'], tx.now)}. {row['stopped']}"
    elif not row["enabled"]:
        yield f"Disabled since {words.moment(row['updated'], tx.now)}: enable it, and it fires again."
    if waiting >= _MOST_COUNTED:
        yield f"{waiting:,} events or more wait to be looked at: the evaluation is behind."
    elif waiting:
        yield f"Still to be looked at: {words.counted(waiting, 'event')}."
    if lately.get("last_fired"):
        last = words.moment(lately["last_fired"], tx.now)
        yield f"It fired {words.counted(lately['firings'], 'time')} in the last 24 h, and last at {last}."
    elif row["since"] > tx.now - _DAY:
        since = words.moment(row["since"], tx.now)
        yield f"It counts what was received since {since}; what came before is not for it."
    if not (core.actions or core.actions_on_trigger or core.actions_on_resolve):
        yield "It has no actions: when it fires, that is only noted."


async def _trigger_state(
    tx: Transaction, row: Row, path: str, trigger: Trigger, counts: dict[Any, int]
) -> TriggerState:
    assert trigger.id is not None
    kept = await tx.fetch_all(buckets.of_trigger(row["id"], trigger.id, _MOST_BUCKETS))
    states = [told for each in kept if (told := _bucket_state(tx, trigger, each))]
    state = TriggerState(
        id=trigger.id,
        path=path,
        type=str(trigger.__struct_config__.tag),
        posture=Posture(trigger.posture) if isinstance(trigger, EventTrigger | MetricTrigger) else None,
        words=words.waits_for(trigger),
        buckets=states,
        bucket_count=counts.get(trigger.id, 0),
        named_24h=None,
        matched_24h=None,
        near_misses=[],
        reasons=[_worded(told) for told in states[:MOST]],
    )
    if isinstance(trigger, EventTrigger | MetricTrigger):
        await _look_back(tx, row, trigger, state)
    return state


def _worded(state: BucketState) -> str:
    return f"{', '.join(state.key)}: {state.words}" if state.key else state.words


def _bucket_state(tx: Transaction, trigger: Trigger, row: Row) -> BucketState | None:
    seen = seen_from(row["state"])
    if seen is None:
        return None
    told = words.told(trigger, seen, tx.now)
    return BucketState(
        key=_key(row["key"]),
        count=told.count,
        threshold=told.threshold,
        since=told.since,
        due=row["due"],
        updated=row["updated"],
        words=told.words,
    )


def _key(text: str) -> list[str]:
    return list(json.loads(text)) if text.startswith("[") else [text]


async def _look_back(
    tx: Transaction, row: Row, trigger: EventTrigger | MetricTrigger, state: TriggerState
) -> None:
    """Which events of the last day had a right name, and what kept them from being counted."""
    names, since = names_in(Watch(trigger)), tx.now - _DAY
    state.named_24h = await event_arrivals.count(tx, since=since, at_most=_MOST_COUNTED, names=names)
    found = await event_arrivals.arrived(
        tx, limit=_MOST_LOOKED_AT, since=since, names=names, newest_first=True
    )
    differing = [(event, _misses(row, trigger, event)) for event in found]
    state.matched_24h = sum(not misses for _, misses in differing)
    state.near_misses = list(_different([near_miss(event, misses) for event, misses in differing if misses]))
    state.reasons += _why_not(trigger, state, differing)


def _misses(row: Row, trigger: EventTrigger | MetricTrigger, event: Event) -> list[Miss]:
    misses = misses_of(trigger, event)
    if event.received is not None and event.received < row["since"]:
        misses.append(Miss(part="since", words="it came before the automation was made, enabled or changed"))
    return misses


def _different(found: Sequence[NearMiss]) -> Iterator[NearMiss]:
    """The first of each kind, the newest first."""
    kinds: set[tuple[Any, ...]] = set()
    for each in found:
        kind = tuple((miss.part, miss.label) for miss in each.misses)
        if kind not in kinds and len(kinds) < MOST:
            kinds.add(kind)
            yield each


def _why_not(
    trigger: EventTrigger | MetricTrigger, state: TriggerState, differing: Sequence[tuple[Event, list[Miss]]]
) -> Iterator[str]:
    expected = words.names(trigger.expect if isinstance(trigger, EventTrigger) else ["prefect.flow-run.*"])
    if not state.named_24h:
        told = "No event came" if expected == "any event" else f"No event named {expected} came"
        yield f"{told} in the last 24 h."
        return
    count = words.counted(state.named_24h, "event")
    if state.named_24h == _MOST_COUNTED:
        count = f"{_MOST_COUNTED:,} events or more"
    told = f"{count} came" if expected == "any event" else f"{count} named {expected} came"
    if state.matched_24h:
        return
    looked = "" if len(differing) == state.named_24h else f" of the last {len(differing)}"
    yield f"{told} in the last 24 h, and none{looked} matched: {_commonest(differing)}."


def _commonest(differing: Sequence[tuple[Event, list[Miss]]]) -> str:
    """What most of them lacked, as the newest of these had it."""
    lacking = Counter((misses[0].part, misses[0].label) for _, misses in differing if misses)
    (part, label), _ = lacking.most_common(1)[0]
    return next(m[0].words for _, m in differing if m and (m[0].part, m[0].label) == (part, label))
