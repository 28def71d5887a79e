"""Views of pages under names: one of a name, at most one default."""

from uuid import uuid4

import pytest

from penstock.contract.saved_views import SavedViewCreate
from penstock.domain.errors import InvalidInput, NotFound


def save(world, name, page="runs", query=None, **given):
    return world.call("save_view", body=SavedViewCreate(page=page, name=name, query=query or {}, **given))


def views(world, page="runs"):
    return world.call("read_saved_views", page=page)


def test_a_view_is_kept_as_it_was_given(world):
    query = {"state": ["FAILED"], "columns": ["name", "started"], "a": {"z": 1, "b": None}}
    saved = save(world, "failures", query=query)
    assert views(world) == [saved]
    assert (saved.name, saved.page, saved.is_default, saved.created) == ("failures", "runs", False, world.now)
    assert [*saved.query] == ["state", "columns", "a"]
    assert views(world, "deployments") == []


def test_a_view_of_the_same_name_takes_its_place(world):
    first = save(world, "mine", query={"a": 1})
    other = save(world, "mine", page="deployments", query={"c": 1})
    world.clock.advance(seconds=1)
    second = save(world, "mine", query={"b": 2})
    assert (second.id, second.created, second.updated) == (first.id, first.created, world.now)
    assert [view.query for view in views(world)] == [{"b": 2}]
    assert views(world, "deployments") == [other]


def test_a_page_has_one_default(world):
    save(world, "a", is_default=True)
    save(world, "b")
    save(world, "a", page="deployments", is_default=True)

    def defaults():
        return [view.name for view in views(world) if view.is_default]

    assert defaults() == ["a"]
    save(world, "b", is_default=True)
    assert defaults() == ["b"]
    save(world, "b", is_default=True)
    assert defaults() == ["b"]
    save(world, "b")
    assert defaults() == []
    assert [view.is_default for view in views(world, "deployments")] == [True]


def test_views_stand_by_name_and_may_be_forgotten(world):
    for name in ("c", "a", "b"):
        save(world, name)
    a, b, c = views(world)
    assert [view.name for view in (a, b, c)] == ["a", "b", "c"]
    world.call("delete_view", id=b.id)
    assert views(world) == [a, c]
    for id in (b.id, uuid4()):
        with pytest.raises(NotFound):
            world.call("delete_view", id=id)
    with pytest.raises(InvalidInput):
        save(world, "nul\0")
