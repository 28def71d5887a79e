"""Which migrations a database has had, and what it still needs; asked in a transaction like all else."""

from collections.abc import Collection

import sqlalchemy as sa

from penstock.db.dialect.catalog import catalog
from penstock.db.errors import SchemaMismatch
from penstock.db.migrations import HISTORY, has_history, newest_version, pending
from penstock.db.port import DialectName, Transaction

_VERSIONS = sa.select(sa.column("version", sa.BigInteger)).select_from(sa.table(HISTORY))


async def applied(tx: Transaction, dialect: DialectName) -> set[int]:
    """The versions of the migrations that the database has had; none where it is empty.

    Raises:
        SchemaMismatch: It holds something that is not Penstock's.
    """
    tables = {row["name"] for row in await tx.fetch_all(catalog("tables", dialect))}
    if not has_history(tables):
        return set()
    return {row["version"] for row in await tx.fetch_all(_VERSIONS)}


def check_current(versions: Collection[int]) -> None:
    """Refuse a schema that is not the one that this code knows.

    Raises:
        SchemaMismatch: It is older or newer.
    """
    if pending(versions):
        raise SchemaMismatch(
            f"The database has schema version {max(versions, default=0)}; this Penstock needs"
            f" version {newest_version()}.",
            hint="`penstock server database upgrade` brings it up to date.",
        )


async def check_schema(tx: Transaction) -> None:
    """Refuse to serve from a schema that is not the one that this code knows: a newer server changed it.

    Raises:
        SchemaMismatch: It is older or newer.
    """
    check_current({row["version"] for row in await tx.fetch_all(_VERSIONS)})
