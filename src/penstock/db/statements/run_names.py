"""Runs are found by a part of their names without a look at each name.

A name is a stem and the hexadecimal digits at its end: `train-` and `1f3`. So is a text that is looked for. A
name has it in it where its stem has, or where the stem ends as that of the text does and the digits begin as
those of the text. Stems are few, and are looked through; what they say are *beginnings* of names, which an
index of names knows. A text of nothing but such digits may be anywhere in a name, and is not found so.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Delete, FromClause, Select, Table, bindparam

from penstock.contract.operators import Operator
from penstock.db import dialect
from penstock.db.dialect import Text
from penstock.db.name_tables import END_DIGITS, run_name_stems
from penstock.db.port import Row
from penstock.db.tables import flow_runs, task_runs

MOST = 5_000
"""Of more stems than these the runs are not sought one stem after the other."""
_MOST_CASES = 8
_CHANGES_WITH_ITS_PLACE = frozenset("Σσς")
"""What is the small letter of these depends on what stands beside them."""

_LAST = "\U0010ffff"
"""Nothing comes after texts of this alone."""

_stem = run_name_stems.c


class Beginnings(Struct, frozen=True):
    """What the names begin with that have a text in them. No two begin alike."""

    texts: Sequence[str]
    is_all: bool
    """Whether all names that begin so have the text in them; else some that have not may begin so too."""


def looked_for(runs: Table, form: Struct) -> str | None:
    """What a criteria form wants all of the runs to have in their names; None where it says nothing of it."""
    by = getattr(form, runs.name)
    if by is None or by.operator is not Operator.AND or by.name is None:
        return None
    text: str | None = by.name.like_
    return text


def without_name(runs: Table, form: Struct) -> Struct:
    """The same form, with nothing said of what is in the names."""
    by = getattr(form, runs.name)
    return replace(form, **{runs.name: replace(by, name=replace(by.name, like_=None))})


def is_found(text: str) -> bool:
    """Whether what names begin with that have the text in them can be told from stems."""
    if text.isascii() or text.upper() == text.lower():
        return bool(text.rstrip(END_DIGITS))
    return bool(text.rstrip(END_DIGITS)) and _CHANGES_WITH_ITS_PLACE.isdisjoint(text)


def stems(runs: Table, text: str) -> Select[Any]:
    """The stems of names with a text in them, one more than `MOST` at most, and whether each `has_text`."""
    has_text = dialect.contains_text(_stem.stem, text)
    own = text.rstrip(END_DIGITS)
    ends_so = [dialect.ends_with_text(_stem.stem, own)] if own != text else []
    return (
        sa.select(_stem.stem, has_text.label("has_text"))
        .where(_stem.runs == runs.name, sa.or_(has_text, *ends_so))
        .limit(MOST + 1)
    )


def beginnings(text: str, found: Sequence[Row]) -> Beginnings | None:
    """What names begin with that have a text in them, by `stems` that were found; None: they don't help."""
    if len(found) > MOST or not all(is_stretch(row["stem"]) for row in found if row["stem"]):
        return None
    digits, is_all = _in_each_case(text[len(text.rstrip(END_DIGITS)) :])
    texts: list[str] = []
    for each in sorted(_beginnings(found, digits)):
        if not texts or not each.startswith(texts[-1]):
            texts.append(each)
    return Beginnings(texts, is_all)


def _beginnings(found: Sequence[Row], digits: Sequence[str]) -> set[str]:
    whole = {row["stem"] for row in found if row["has_text"]}
    return whole | {row["stem"] + each for row in found if not row["has_text"] for each in digits}


def _in_each_case(digits: str) -> tuple[list[str], bool]:
    """Digits in all ways of writing them, and whether these are the whole of them: there may be too many."""
    ways = [""]
    for digit in digits:
        cases = sorted({digit.lower(), digit.upper()})
        if len(ways) * len(cases) > _MOST_CASES:
            return ways, False
        ways = [way + case for way in ways for case in cases]
    return ways, True


def named(runs: Table, found: Beginnings) -> FromClause:
    """The runs whose names begin so, each once."""
    span = dialect.spans(found.texts)
    return span.join(runs, dialect.is_in(runs.c.name, span))


def begin_so(runs: Table, found: Beginnings) -> ColumnElement[bool] | None:
    """The same as a condition, where names begin in one way only.

    Whoever wants all of them gets them in half the time; of the first few that are found, a database might
    think that they are soon met anywhere.
    """
    return dialect.begins_with(runs.c.name, found.texts[0]) if len(found.texts) == 1 else None


def stems_after(runs: Table) -> Select[Any]:
    """The first `at_most` stems after the text `after`."""
    return (
        sa.select(_stem.stem)
        .where(_stem.runs == runs.name, _stem.stem > bindparam("after", type_=Text()))
        .order_by(_stem.stem)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


def is_stretch(stem: str) -> bool:
    """Whether the names that begin so are a stretch of their order that has an end."""
    return bool(stem.strip(_LAST))


def used(runs: Table, among: Sequence[str]) -> Select[Any]:
    """Which of some stems names of runs begin with. They must be stretches."""
    span = dialect.spans(among)
    begins_so = sa.select(runs.c.id).where(dialect.is_in(runs.c.name, span)).exists()
    return sa.select(span.c.first.label("stem")).where(begins_so)


def forget(runs: Table, those: Sequence[str]) -> Delete:
    """Take stems away."""
    return run_name_stems.delete().where(_stem.runs == runs.name, _stem.stem.in_(those))


@cache
def locked() -> Any:
    """Let nobody add a stem until the end of the transaction."""
    return dialect.LockedTable(run_name_stems)


@cache
def unknown(runs: Table) -> Select[Any]:
    """How many runs have a name whose stem is not there."""
    its_stem: ColumnElement[str] = sa.func.rtrim(runs.c.name, sa.literal(END_DIGITS, Text()))
    known = sa.select(_stem.stem).where(_stem.runs == runs.name, _stem.stem == its_stem).exists()
    return sa.select(sa.func.count()).select_from(runs).where(~known)


RUNS = (flow_runs, task_runs)
"""Whose names have stems."""
