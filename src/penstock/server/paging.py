"""Pages of long answers."""

from typing import Any, TypeVar

from penstock.contract.forms import Page

T = TypeVar("T")


def offset_of(page: int, limit: int) -> int:
    """How many rows stand before a page that counts from 1."""
    return (page - 1) * limit


def pages_of(count: int, limit: int) -> int:
    """How many pages so many rows fill."""
    return -(-count // limit) if limit else 0


def page_of(results: list[T], count: int, form: Any) -> Page[T]:
    """A page, as `form.page` and `form.limit` asked for it."""
    return Page(
        results=results, count=count, limit=form.limit, pages=pages_of(count, form.limit), page=form.page
    )
