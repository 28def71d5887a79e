"""Orders of answers. Rows that are equal in one stand by their ids, so that pages are stable."""

from typing import Any

from sqlalchemy import ColumnElement, Table

from penstock.contract.filters import NamedSort


def named_order(table: Table, sort: NamedSort) -> tuple[ColumnElement[Any], ...]:
    """An order of things with names."""
    by = {
        NamedSort.CREATED_DESC: table.c.created.desc(),
        NamedSort.UPDATED_DESC: table.c.updated.desc(),
        NamedSort.NAME_ASC: table.c.name.asc(),
        NamedSort.NAME_DESC: table.c.name.desc(),
    }
    return by[sort], table.c.id
