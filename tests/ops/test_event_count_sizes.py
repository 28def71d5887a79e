"""What counts events stays short enough to be written and read in no time, however long the filter is."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.sql.visitors import iterate

from penstock.contract.events import (
    Countable,
    EventCountQuery,
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    TimeUnit,
)
from penstock.server.ops import OPERATIONS


class MeasuringTransaction:
    """A transaction that notes how many values its statements hold."""

    def __init__(self, tx: Any) -> None:
        self._tx, self.most = tx, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    async def fetch_all(self, statement: Any, *given: Any) -> Any:
        values = sum(isinstance(each, BindParameter) for each in iterate(statement))
        self.most = max(self.most, values)
        return await self._tx.fetch_all(statement, *given)


def count(world, excluded):
    asked = EventFilter(
        occurred=EventOccurredFilter(since=world.now - timedelta(hours=80), until=world.now),
        event=EventNameFilter(exclude_prefix=[f"none.of.them.{number}" for number in range(excluded)]),
    )
    body = EventCountQuery(filter=asked, time_unit=TimeUnit.HOUR)

    async def read(tx):
        measuring = MeasuringTransaction(tx)
        operation = OPERATIONS["count_events"].function
        found = await operation(measuring, world.me, countable=Countable.TIME, body=body)
        return [each.count for each in found], measuring.most

    return world.store.read(read)


def test_many_spans_and_a_long_filter_do_not_multiply(world):
    world.own_run(holder=None)
    counts, values = count(world, excluded=3)
    assert (len(counts), counts[-1]) == (81, sum(counts))
    assert sum(counts) > 0
    with_a_long_filter, values_of_a_long_filter = count(world, excluded=300)
    assert with_a_long_filter == counts
    assert values_of_a_long_filter < 3 * max(values, 300)
