"""Three flows of a shop, as a data team would have them; a real worker runs them for the tests of the UI."""

import random
import time
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from penstock import flow, get_run_logger, task

SHARDS = 24


class Region(StrEnum):
    """Where the shop sells."""

    EU = "eu"
    US = "us"
    APAC = "apac"


class Window(BaseModel):
    """Which days to load."""

    first: date = date(2026, 1, 1)
    days: int = Field(default=1, ge=1, le=31, description="How many days, from the first on.")


class Model(BaseModel):
    """What to train."""

    kind: str = Field(default="gradient-boosting", description="Name of the estimator.")
    depth: int = Field(default=6, ge=1, le=32)
    rate: float = Field(default=0.1, gt=0, le=1)
    features: list[str] = ["price", "stock", "weekday"]


class DataInvalid(Exception):
    """The data are not what the model was made for."""


_tried: set[int] = set()


def _work(least: float, most: float) -> None:
    time.sleep(random.Random().uniform(least, most))


@task
def partition(region: Region, window: Window) -> list[int]:
    """Which shards there are."""
    get_run_logger().info("%s: %d shards, %d days from %s", region, SHARDS, window.days, window.first)
    _work(0.05, 0.1)
    return list(range(SHARDS))


@task(retries=2, retry_delay_seconds=0.2)
def extract(shard: int) -> int:
    """Read one shard; some are away at first."""
    _work(0.05, 0.4)
    if shard % 9 == 4 and shard not in _tried:
        _tried.add(shard)
        raise ConnectionError(f"shard {shard}: connection reset by peer")
    return 1000 + shard


@task
def transform(rows: int) -> int:
    """Clean the rows of one shard."""
    _work(0.05, 0.3)
    return rows - rows % 7


@task
def load(rows: list[int], target: str) -> int:
    """Write some shards."""
    get_run_logger().info("wrote %d rows to %s", sum(rows), target)
    _work(0.1, 0.3)
    return sum(rows)


@task
def count(loads: list[int]) -> int:
    """All rows."""
    return sum(loads)


@task
def check(name: str, rows: int) -> str:
    """One expectation about the data."""
    _work(0.05, 0.1)
    return f"{name}: {rows} rows are fine"


@task
def publish(table: str, rows: int) -> str:
    """Let others see a table."""
    _work(0.05, 0.1)
    return f"{table}: {rows}"


@task
def notify(tables: list[str]) -> None:
    """Tell who waits."""
    get_run_logger().info("published %s", ", ".join(tables))


@flow
def check_quality(rows: int) -> list[str]:
    """The expectations, as a flow of its own."""
    return [check(name, rows) for name in ("not null", "unique", "fresh")]


@flow
def nightly_etl(
    region: Region = Region.EU,
    window: Window | None = None,
    target: str = "warehouse.orders",
    dry_run: bool = False,
) -> int:
    """Load yesterday's orders into the warehouse.

    Args:
        region: Where the orders are from.
        window: Which days; yesterday when left out.
        target: The table that is written.
        dry_run: Read everything, write nothing.
    """
    log = get_run_logger()
    shards = partition(region, window or Window())
    cleaned = transform.map(extract.map(shards))
    groups = [cleaned[at : at + 4] for at in range(0, SHARDS, 4)]
    loads = [load.submit(group, target) for group in groups]
    rows = count(loads)
    check_quality(rows)
    tables = publish.map([target, f"{target}_daily"], [rows, rows])
    notify(tables)
    log.info("\x1b[32m✓ %d rows\x1b[0m in \x1b[1m%s\x1b[0m%s", rows, target, " (dry run)" if dry_run else "")
    return rows


@task
def read_features(names: list[str]) -> dict[str, int]:
    """What the model learns from."""
    return {name: len(name) for name in names}


@task
def fit(model: Model, features: dict[str, int]) -> float:
    """Train it."""
    log = get_run_logger()
    for epoch in range(1, 4):
        log.info("epoch %d: loss %.4f", epoch, 1 / (epoch + model.depth))
        _work(0.02, 0.05)
    if "stock" in features:
        raise DataInvalid(
            f"feature 'stock' has {features['stock'] * 3} missing values; at most 10 are allowed"
        )
    return 0.97


@flow
def train_model(model: Model | None = None, seed: int = 7, tags: list[str] | None = None) -> float:
    """Train the model that predicts sales."""
    wanted = model or Model()
    get_run_logger().debug("seed %d, tags %s", seed, tags)
    return fit(wanted, read_features(wanted.features))


@flow(log_prints=True)
def send_report(recipients: list[str] | None = None, title: str = "Weekly sales") -> str:
    """Mail the report."""
    log = get_run_logger()
    print(f"{title} for {', '.join(recipients or ['everybody'])}")
    log.warning("\x1b[33mthe template has no footer\x1b[0m: the default one is used")
    return title
