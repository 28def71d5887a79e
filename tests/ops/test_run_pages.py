"""Pages of runs are the same, in whichever of the ways they are found."""

from itertools import product

import pytest

from penstock.contract import filters as f
from penstock.contract import operators as o
from penstock.contract.flow_runs import FlowRunQuery
from penstock.server import run_pages

FILTERS = {
    "none": None,
    "tag": f.FlowRunFilter(tags=o.TagsAllOrAny(all_=["even"])),
    "name": f.FlowRunFilter(name=o.TextInOrLike(like_="UN-1")),
    "state": f.FlowRunFilter(state=f.FlowRunStateFilter(name=o.TextInOrNot(any_=["Scheduled"]))),
    "nothing": f.FlowRunFilter(name=o.TextInOrLike(like_="nowhere")),
}


@pytest.fixture
def pages(world):
    """Pages of twelve runs."""
    world.pool()
    deployment = world.deployment("daily")
    for number in range(12):
        tags = ["even"] if number % 2 == 0 else []
        world.run_of(deployment, world.later(hours=number % 5), name=f"run-{number}", tags=tags)

    def read():
        return [
            [run.name for run in world.call("read_flow_runs", body=query)]
            for query in (
                FlowRunQuery(flow_runs=filter_, sort=sort, limit=limit, offset=offset)
                for filter_, sort, (limit, offset) in product(
                    FILTERS.values(), f.FlowRunSort, ((2, 0), (3, 2), (50, 0), (4, 9))
                )
            )
        ]

    return read


@pytest.mark.parametrize(
    ("looked_through", "few", "some"),
    [(1, 1, 1), (4, 1, 1), (4, 1, 3), (4, 1, 100), (1, 1, 7), (4, 3, 1), (6, 100, 1), (1, 100, 1)],
)
def test_a_page_is_the_same_however_it_is_found(pages, monkeypatch, looked_through, few, some):
    whole = pages()
    assert any(whole)
    monkeypatch.setattr(run_pages, "LOOKED_THROUGH", looked_through)
    monkeypatch.setattr(run_pages, "FEW", few)
    monkeypatch.setattr(run_pages, "SOME", some)
    assert pages() == whole
