"""Use cases on each database: embedded and in a server on SQLite, and on PostgreSQL."""

import pytest
from tests.db.conftest import (  # noqa: F401 - fixtures
    Store,
    empty_postgres_url,
    postgres,
    postgres_server,
    postgres_template,
    postgres_url,
    served,
    sqlite_server,
    store,
)
from tests.ops.world import World


@pytest.fixture
def world(store: Store) -> World:  # noqa: F811
    """Each database in turn."""
    return World(store)


@pytest.fixture
def served_world(served: Store) -> World:  # noqa: F811
    """The databases of a server in turn."""
    return World(served)


@pytest.fixture
def sqlite_world(sqlite_server: Store) -> World:  # noqa: F811
    """SQLite in a server: for what does not depend on the database."""
    return World(sqlite_server)


@pytest.fixture
def postgres_world(postgres: Store) -> World:  # noqa: F811
    """PostgreSQL: for what only servers that share a database do."""
    return World(postgres)
