"""The schema of blocks: documents with what others need to be reached, by types, of a shape each.

What is secret in a document is not in its data: it stands beside it, encrypted, as one text.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import dated, flag, id_column, json_column, metadata
from penstock.db.dialect import JsonSearchable, Text, Uuid

block_types = Table(
    "block_types",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("logo_url", Text),
    Column("documentation_url", Text),
    Column("description", Text),
    Column("code_example", Text),
    # Whether nobody may delete it.
    flag("is_protected", False),
    UniqueConstraint("slug"),
)

block_schemas = Table(
    "block_schemas",
    metadata,
    id_column(),
    *dated(),
    # Made of the fields: who has a class of the type looks by it whether its schema is known.
    Column("checksum", Text, nullable=False),
    json_column("fields"),
    json_column("capabilities", "[]", JsonSearchable),
    Column("version", Text, nullable=False),
    Column("block_type_id", Uuid, ForeignKey(block_types.c.id, ondelete="CASCADE"), nullable=False),
    UniqueConstraint("checksum", "version"),
    Index(None, "block_type_id"),
)

block_documents = Table(
    "block_documents",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    # With null in the place of each secret, and `{"$ref": {"block_document_id": …}}` for another document.
    json_column("data"),
    # Where secrets are: a list of paths, each a list of keys.
    json_column("secret_paths", "[]"),
    # The secrets, encrypted, and the id of the key that they were encrypted with.
    Column("sealed", Text),
    Column("key_id", Text),
    flag("is_anonymous", False),
    Column("block_type_id", Uuid, ForeignKey(block_types.c.id, ondelete="CASCADE"), nullable=False),
    Column("block_schema_id", Uuid, ForeignKey(block_schemas.c.id, ondelete="CASCADE"), nullable=False),
    UniqueConstraint("block_type_id", "name"),
    CheckConstraint("(sealed IS NULL) = (key_id IS NULL)", name="sealed"),
    Index(None, "block_schema_id"),
)
