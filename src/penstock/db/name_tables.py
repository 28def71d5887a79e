"""The schema of the stems of names: what names of runs begin with. Triggers of the database keep them."""

import sqlalchemy as sa
from sqlalchemy import Column, Table

from penstock.db.columns import metadata
from penstock.db.dialect import Text

END_DIGITS = "0123456789abcdefABCDEF"
"""What a name may end with that its stem is without."""

run_name_stems = Table(
    "run_name_stems",
    metadata,
    # The table of the runs.
    Column("runs", Text, nullable=False),
    # Of `train-1f3` it is `train-`. There may be stems of runs that are gone.
    Column("stem", Text, nullable=False),
    sa.PrimaryKeyConstraint("runs", "stem"),
    sqlite_with_rowid=False,
    # They follow from the runs: exports have no need of them.
    info={"is_derived": True},
)
