"""Words to look for in log lines: `timeout -debug +payments "connection reset"`.

A line matches if it has at least one of the plain words, all words with `+`, and none with `-` or `!`. Case
does not matter; quotes make several words one.
"""

import re
from itertools import islice

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from penstock.db.dialect import contains_text
from penstock.db.tables import logs
from penstock.domain.errors import InvalidInput

MOST_WORDS = 100
_TERM = re.compile(r'(?P<sign>[-+!]?)(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')


def message_matches(query: str) -> ColumnElement[bool]:
    """The condition that a query sets for log lines; an empty one sets none."""
    plain: list[ColumnElement[bool]] = []
    required: list[ColumnElement[bool]] = []
    excluded: list[ColumnElement[bool]] = []
    terms = list(islice(_TERM.finditer(query), MOST_WORDS + 1))
    if len(terms) > MOST_WORDS:
        message = f"More than {MOST_WORDS} words cannot be looked for at once."
        raise InvalidInput(message, field="text", hint="Put words that belong together into quotes.")
    for term in terms:
        text = term["phrase"] if term["phrase"] is not None else term["word"]
        if text:
            target = {"": plain, "+": required}.get(term["sign"], excluded)
            target.append(_contains(text))
    return sa.and_(
        sa.true(), *([sa.or_(*plain)] if plain else []), *required, *(sa.not_(each) for each in excluded)
    )


def _contains(text: str) -> ColumnElement[bool]:
    columns = (logs.c.message, logs.c.name)
    return sa.or_(*(contains_text(column, text) for column in columns))
