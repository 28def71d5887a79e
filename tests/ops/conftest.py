"""Use cases on each database: embedded and in a server on SQLite, and on PostgreSQL."""

from collections.abc import Iterator

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
    sqlite_template,
    sqlite_url,
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
def listening(served_world: World) -> Iterator[World]:
    """A world whose bus hears of what is committed."""
    world = served_world
    stop = world.store.run(world.db.listen(world.bus.on_notice))
    yield world
    world.store.run(stop())


@pytest.fixture
def sqlite_world(sqlite_server: Store) -> World:  # noqa: F811
    """SQLite in a server: for what does not depend on the database."""
    return World(sqlite_server)


@pytest.fixture
def postgres_world(postgres: Store) -> World:  # noqa: F811
    """PostgreSQL: for what only servers that share a database do."""
    return World(postgres)
