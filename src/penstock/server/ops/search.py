"""Go to anything by a part of its name, or by its id."""

from collections.abc import Sequence
from datetime import datetime

from penstock.contract.search import MAX_OF_A_KIND, Found, SearchAnswer, SearchQuery
from penstock.contract.states import StateType
from penstock.contract.subjects import Subject, SubjectKind
from penstock.db.port import Row, Transaction
from penstock.db.statements import search as statements
from penstock.db.statements.run_selections import ids_that_begin
from penstock.db.tables import flow_runs
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.run_pages import few_named
from penstock.server.views.run_rows import run_subject

FEWEST_DIGITS = 4
"""Of an id, before the beginning of one is looked for."""
WHOLE_ID = 36
"""Characters of an id; who gives one looks for nothing else."""
SHOWN_CHARACTERS = 100


@operation("search", access="read")
async def search(tx: Transaction, caller: Caller, *, body: SearchQuery) -> SearchAnswer:
    """Find things by a part of their name, or by their id."""
    text = body.text.strip()
    if not text:
        return SearchAnswer(found=[])
    by_id = await _by_id(tx, text)
    if by_id and len(text) == WHOLE_ID:
        return SearchAnswer(found=by_id)
    nouns = await tx.fetch_all(statements.nouns(text, MAX_OF_A_KIND))
    found = [*by_id, *(_noun(row) for row in nouns), *(_run(row) for row in await _named(tx, text))]
    return SearchAnswer(found=_first_of_each_kind(found))


async def _named(tx: Transaction, text: str) -> Sequence[Row]:
    """The newest runs with a text in their names: of all where few have it, else of the last ones."""
    few = await few_named(tx, flow_runs, text)
    newest = statements.newest_runs(text, MAX_OF_A_KIND)
    return await tx.fetch_all(newest if few is None else statements.runs_by_id(few, MAX_OF_A_KIND))


async def _by_id(tx: Transaction, text: str) -> list[Found]:
    """What has an id that begins so. A whole id may be anything's, a part of one only a run's."""
    ids = ids_that_begin(text)
    if ids is None or len(text) < FEWEST_DIGITS:
        return []
    found = [_run(row) for row in await tx.fetch_all(statements.runs_between(*ids, MAX_OF_A_KIND))]
    tasks = await tx.fetch_all(statements.task_runs_between(*ids, MAX_OF_A_KIND))
    found += [_task_run(row) for row in tasks]
    if ids[0] == ids[1]:
        found += [_noun(row) for row in await tx.fetch_all(statements.nouns_by_id(ids[0]))]
    return found


def _noun(row: Row) -> Found:
    subject = Subject(kind=SubjectKind(row["kind"]), id=row["id"], name=row["name"], within=row["within"])
    detail = (row["detail"] or "").strip().partition("\n")[0][:SHOWN_CHARACTERS]
    return Found(subject=subject, detail=detail or None)


def _run(row: Row) -> Found:
    expected: datetime | None = row["expected_start_time"]
    return Found(
        subject=run_subject(row),
        detail=f"{expected:%Y-%m-%d %H:%M} UTC" if expected else None,
        state_type=_state_type(row),
    )


def _task_run(row: Row) -> Found:
    subject = Subject(kind=SubjectKind.TASK_RUN, id=row["id"], name=row["name"], within=row["flow_run_name"])
    return Found(subject=subject, state_type=_state_type(row))


def _state_type(row: Row) -> StateType | None:
    return StateType(row["state_type"]) if row["state_type"] else None


def _first_of_each_kind(found: Sequence[Found]) -> list[Found]:
    """At most so many of a kind, none of them twice."""
    shown: list[Found] = []
    seen: set[object] = set()
    for each in found:
        of_kind = sum(other.subject.kind is each.subject.kind for other in shown)
        if each.subject.id not in seen and of_kind < MAX_OF_A_KIND:
            seen.add(each.subject.id)
            shown.append(each)
    return shown
