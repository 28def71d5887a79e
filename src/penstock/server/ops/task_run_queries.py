"""Task runs are counted, listed and summed up here."""

from collections.abc import Sequence

from msgspec import Struct

from penstock.contract.filters import TaskRunSort
from penstock.contract.flow_runs import HistoryQuery, HistoryResponse
from penstock.contract.forms import Page
from penstock.contract.task_runs import TaskRun, TaskRunCriteria, TaskRunPageQuery, TaskRunQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import task_runs as statements
from penstock.db.tables import task_runs
from penstock.server.caller import Caller
from penstock.server.histories import history_of
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, page_of
from penstock.server.run_counts import count_of
from penstock.server.run_pages import rows_of_page
from penstock.server.views.task_runs import task_run_answer


@operation("count_task_runs", access="read")
async def count_task_runs(tx: Transaction, caller: Caller, *, body: TaskRunCriteria) -> int:
    """How many task runs meet the criteria."""
    return await count_of(tx, task_runs, body)


async def _page(tx: Transaction, form: Struct, sort: TaskRunSort, limit: int, offset: int) -> Sequence[Row]:
    order = statements.ORDERS[sort]
    return await rows_of_page(tx, task_runs, form, order, limit, offset, statements.shown)


@operation("read_task_runs", access="read")
async def read_task_runs(tx: Transaction, caller: Caller, *, body: TaskRunQuery) -> list[TaskRun]:
    """The task runs that meet the criteria."""
    page = await _page(tx, body, body.sort, body.limit, body.offset)
    return [task_run_answer(row, tx.now) for row in page]


@operation("paginate_task_runs", access="read")
async def paginate_task_runs(tx: Transaction, caller: Caller, *, body: TaskRunPageQuery) -> Page[TaskRun]:
    """One page of the task runs that meet the criteria."""
    page = await _page(tx, body, body.sort, body.limit, offset_of(body.page, body.limit))
    found = [task_run_answer(row, tx.now) for row in page]
    return page_of(found, await count_of(tx, task_runs, body), body)


@operation("task_run_history", access="read")
async def task_run_history(tx: Transaction, caller: Caller, *, body: HistoryQuery) -> list[HistoryResponse]:
    """How many task runs were in which state, by slices of their expected start times."""
    return await history_of(tx, task_runs, body)
