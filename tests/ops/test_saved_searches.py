"""Saved searches: one of a name, whose filters are kept as they came."""

from uuid import uuid4

import pytest

from penstock.contract.saved_searches import SavedSearchCreate, SavedSearchFilter, SavedSearchQuery
from penstock.domain.errors import NotFound


def save(world, name, value=None):
    filters = [SavedSearchFilter(object="flow_run", property="name", type="x", operation="any_", value=value)]
    return world.call("create_saved_search", body=SavedSearchCreate(name=name, filters=filters))


def test_a_search_is_saved_and_replaced_under_its_name(world):
    first = save(world, "mine", {"a": [1, None]})
    world.clock.advance(seconds=1)
    second = save(world, "mine", ["b"])
    assert (first.created, second.created) == (True, False)
    assert second.value.id == first.value.id
    assert (second.value.created, second.value.updated) == (first.value.created, world.now)
    assert world.call("read_saved_search", id=first.value.id) == second.value
    assert [each.value for each in second.value.filters] == [["b"]]
    assert first.value.filters[0].value == {"a": [1, None]}


def test_searches_stand_by_name_and_may_be_forgotten(world):
    for name in ("c", "a", "b"):
        save(world, name)
    a, b, c = world.call("read_saved_searches", body=SavedSearchQuery())
    assert [search.name for search in (a, b, c)] == ["a", "b", "c"]
    assert world.call("read_saved_searches", body=SavedSearchQuery(offset=1, limit=1)) == [b]
    world.call("delete_saved_search", id=b.id)
    assert world.call("read_saved_searches", body=SavedSearchQuery()) == [a, c]
    for id in (b.id, uuid4()):
        with pytest.raises(NotFound):
            world.call("delete_saved_search", id=id)
        with pytest.raises(NotFound):
            world.call("read_saved_search", id=id)
