"""What the tables of both databases are made of: one metadata, and the columns that many have."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, MetaData

from penstock.db.dialect import Json, JsonSearchable, Timestamp, Uuid

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def id_column() -> Column[Any]:
    """The id: given by whoever makes the row."""
    return Column("id", Uuid, primary_key=True)


def dated() -> list[Column[Any]]:
    """When the row was made, and changed last."""
    return [Column("created", Timestamp, nullable=False), Column("updated", Timestamp, nullable=False)]


def json_column(name: str, default: str | None = "{}", type_: type[Json] = Json) -> Column[Any]:
    """A JSON column that is `default` where nothing is given; without one it may be NULL."""
    if default is None:
        return Column(name, type_)
    return Column(name, type_, nullable=False, server_default=sa.text(f"'{default}'"))


def tags_column() -> Column[Any]:
    """Tags, which are searched."""
    return json_column("tags", "[]", JsonSearchable)


def labels_column() -> Column[Any]:
    """Labels, which are searched."""
    return json_column("labels", "{}", JsonSearchable)


def flag(name: str, default: bool) -> Column[Any]:
    """Yes or no."""
    return Column(name, sa.Boolean, nullable=False, server_default=sa.text(str(default).lower()))


def counter(name: str, default: int = 0) -> Column[Any]:
    """A number that is counted up, or a place in an order."""
    return Column(name, sa.BigInteger, nullable=False, server_default=sa.text(str(default)))
