"""Saved views of pages."""

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Update, bindparam, select

from penstock.db import dialect
from penstock.db.tables import saved_views

view = saved_views.c


@cache
def of_page() -> Select[Any]:
    """The views of the page `page`, by name."""
    return select(saved_views).where(view.page == bindparam("page")).order_by(view.name)


@cache
def by_name() -> Select[Any]:
    """The view `name` of the page `page`."""
    return select(saved_views).where(view.page == bindparam("page"), view.name == bindparam("name"))


@cache
def save() -> Insert:
    """Insert a view, or let the page's view of that name say something else."""
    return dialect.upsert(saved_views, key=("page", "name"), update=("updated", "query", "is_default"))


@cache
def clear_default() -> Update:
    """Let no view of the page `of_page` but the one called `kept` be its default."""
    return (
        saved_views.update()
        .where(view.page == bindparam("of_page"), view.name != bindparam("kept"), view.is_default)
        .values(is_default=False)
    )
