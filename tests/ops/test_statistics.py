"""What queries are planned by is counted anew now and then, where the database doesn't do so by itself."""

import sqlalchemy as sa
from tests.ops.world import DEFAULT_LIMITS

from penstock.contract.variables import VariableCreate
from penstock.server.services.retention import Retention


def test_retention_counts_what_queries_are_planned_by(world):
    if world.store.db.dialect != "sqlite":
        return  # PostgreSQL sees to that itself
    for number in range(3):
        world.call("create_variable", body=VariableCreate(name=f"v{number}", value=number))
    world.store.run(Retention(world.store.db, DEFAULT_LIMITS).run_once())
    counted = sa.text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'variables'").columns(
        sa.column("stat", sa.Text())
    )
    rows = world.store.read(lambda tx: tx.fetch_all(counted))
    assert rows and all(row["stat"].startswith("3 ") for row in rows)
