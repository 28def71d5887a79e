"""The schema of what the server keeps for itself and for other clients: values by name, saved searches."""

from sqlalchemy import Column, Table, UniqueConstraint

from penstock.db.columns import dated, id_column, json_column, metadata
from penstock.db.dialect import Text

server_values = Table(
    "server_values",
    metadata,
    # What all servers on this database agree on, such as the default result storage.
    Column("name", Text, primary_key=True),
    *dated(),
    json_column("value"),
)

saved_searches = Table(
    "saved_searches",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    json_column("filters", "[]"),
    UniqueConstraint("name"),
)
