"""The schema of tallies: how many runs ended how, hour by hour. Triggers of the database keep them."""

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table

from penstock.db.columns import counter, metadata
from penstock.db.dialect import Text

TALLIED_FROM_SECONDS = 62_135_596_800
"""Hours are counted from the year 1, which began so long before 1970."""

run_tallies = Table(
    "run_tallies",
    metadata,
    # The table of the runs.
    Column("runs", Text, nullable=False),
    # The hour at which they were expected, counted from the year 1; -1: at none.
    Column("hour", sa.BigInteger, nullable=False),
    Column("state_type", Text, nullable=False),
    Column("state_name", Text, nullable=False),
    # Of flow runs: whether another started them. Of task runs: whether they belong to a flow run.
    Column("has_parent", sa.Boolean, nullable=False),
    # Several rows of one hour and state are to be added up, and all but that of part 0 will be.
    counter("part"),
    Column("number", sa.BigInteger, nullable=False),
    # How long they ran, and how much later than expected they began: in sum, in microseconds.
    Column("run_time", sa.BigInteger, nullable=False),
    Column("late", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("runs", "hour", "state_type", "state_name", "has_parent", "part"),
    sqlite_with_rowid=False,
    # It follows from the runs: exports have no need of it.
    info={"is_derived": True},
)
_IS_PART = run_tallies.c.part > sa.literal_column("0")
Index("ix_run_tallies_parts", run_tallies.c.part, sqlite_where=_IS_PART, postgresql_where=_IS_PART)
