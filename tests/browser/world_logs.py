"""What the runs of the story log."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.browser.world_runs import Plan

_TRACEBACK = """Encountered an exception:
Traceback (most recent call last):
  File "/opt/shop/flows/shop.py", line 88, in score
    check_prices(orders)
  File "/opt/shop/checks.py", line 31, in check_prices
    raise ValueError(f"column 'price' has {len(bad)} negative values")
ValueError: column 'price' has 12 negative values

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/opt/shop/flows/shop.py", line 92, in score
    raise DataInvalid("orders of 2026-11-27 can't be used") from error
shop.DataInvalid: orders of 2026-11-27 can't be used"""

_WORDY = (
    (10, "penstock.flow_runs", "connecting to warehouse.internal:5432 as flow-runner"),
    (
        20,
        "penstock.flow_runs",
        "\x1b[1mTraining\x1b[0m on \x1b[36m48,211\x1b[0m rows, seed \x1b[35m11\x1b[0m",
    ),
    (
        20,
        "penstock.flow_runs",
        "\x1b[32m✓ passed\x1b[0m \x1b[31m✗ failed\x1b[0m \x1b[7mreverse\x1b[0m \x1b[4munder\x1b[0m",
    ),
    (20, "penstock.task_runs", "\x1b[38;5;208m256 colours\x1b[0m, \x1b[38;2;120;80;220mtrue colour\x1b[0m"),
    (30, "shop.checks", "column 'price': 12 negative values; they are left out"),
    (
        20,
        "stdout",
        "epoch  1  loss 0.4213  ████████░░░░░░░░  50 %\nepoch  2  loss 0.2874  ████████████░░░░  75 %",
    ),
    (40, "shop.checks", _TRACEBACK),
    (20, "stdout", "über Grüße an 東京, مرحبا, 👩‍🔬 and a tab\there"),
    (20, "shop.io", "https://warehouse.internal/exports/" + "0123456789abcdef" * 24),
    (50, "penstock.flow_runs", "\x1b[41m\x1b[97m CRITICAL \x1b[0m disk of the feature store is 97 % full"),
    (5, "shop.trace", '{"event": "cache", "key": "features/eu/2026-11-27", "hit": false, "ms": 3.2}'),
    (20, "penstock.flow_runs", "<script>alert('not markup')</script> & <b>neither</b>"),
)


def wordy(run: str, start: datetime) -> list[dict[str, Any]]:
    """Three hundred lines of all kinds, over nine minutes."""
    lines = itertools.islice(itertools.cycle(_WORDY), 300)
    return [
        _line(run, start + timedelta(seconds=1.8 * number), level, name, message)
        for number, (level, name, message) in enumerate(lines)
    ]


def of_run(run: str, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    """The few lines of an ordinary run; of one that failed, with its traceback."""
    start = now - plan.ago
    return [
        _line(run, start + timedelta(seconds=seconds), level, "penstock.flow_runs", message)
        for seconds, level, message in _ordinary(plan)
    ]


def _ordinary(plan: Plan) -> Iterator[tuple[float, int, str]]:
    yield 0, 20, f"Beginning flow run {plan.name!r}"
    for number in range(1, 6):
        yield 2 * number, 20, f"Finished step {number} of 5"
    end = plan.lasts.total_seconds()
    if plan.state == "Failed":
        yield end - 0.2, 40, _TRACEBACK
        yield end, 40, "Finished in state Failed"
    elif plan.state == "Completed":
        yield end, 20, "Finished in state Completed"


def _line(run: str, at: datetime, level: int, name: str, message: str) -> dict[str, Any]:
    return {
        "flow_run_id": run,
        "timestamp": at.isoformat(),
        "level": level,
        "name": name,
        "message": message,
    }
