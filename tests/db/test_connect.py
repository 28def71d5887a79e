"""From URLs to databases."""

import importlib
from pathlib import Path

import pytest

from penstock.db import postgres
from penstock.db.connect import open_database, sqlite_path
from penstock.db.postgres import Postgres
from penstock.db.sqlite import EmbeddedSqlite
from penstock.db.sqlite_server import ServerSqlite
from penstock.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/penstock.db", "/var/lib/penstock.db"),
        ("sqlite+aiosqlite:////var/lib/penstock.db", "/var/lib/penstock.db"),
        ("sqlite:////with%20space/x.db", "/with space/x.db"),
        ("sqlite:///x.db", str(Path.cwd() / "x.db")),
        ("sqlite:///~/x.db", str(Path.home() / "x.db")),
    ],
)
def test_paths(url, path):
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db"])
def test_urls_without_a_file(url):
    with pytest.raises(InvalidInput, match="names no file"):
        open_database(url)


@pytest.mark.parametrize("url", ["mysql://host/x", "x.db", ""])
def test_other_databases(url):
    with pytest.raises(InvalidInput, match="no database that Penstock knows"):
        open_database(url)


@pytest.mark.parametrize(
    ("url", "mode", "kind"),
    [
        ("sqlite:////x.db", "server", ServerSqlite),
        ("sqlite:////x.db", "embedded", EmbeddedSqlite),
        ("postgres://h/x", "server", Postgres),
        ("postgresql://h/x", "server", Postgres),
        ("postgresql+asyncpg://h/x", "server", Postgres),
    ],
)
def test_adapters(url, mode, kind):
    assert type(open_database(url, mode=mode)) is kind


def test_postgresql_is_not_embedded():
    with pytest.raises(InvalidInput, match="keeps its runs in SQLite"):
        open_database("postgresql://h/x", mode="embedded")


def test_the_references_options_are_understood():
    database = open_database("postgresql+asyncpg://u:p%40@h:1/x?ssl=require&prepared_statement_cache_size=0")
    assert database._url == "postgresql://u:p%40@h:1/x?sslmode=require"
    assert database._options["statement_cache_size"] == 0


def test_a_missing_driver_is_named_with_how_to_get_it(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(InvalidInput, match=r"penstock\[postgres\]"):
        postgres.load_asyncpg()
