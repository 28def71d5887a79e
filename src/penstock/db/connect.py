"""From a URL to a database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from penstock.db.port import Clock, Database
from penstock.db.postgres import Postgres
from penstock.db.sqlite import BUSY_TIMEOUT, EmbeddedSqlite
from penstock.db.sqlite_server import ServerSqlite
from penstock.domain.errors import InvalidInput

Mode = Literal["server", "embedded"]

_CARE_SECONDS = 86_400.0
"""For one statement of a check, an import or a vacuum."""


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def open_database(
    url: str, clock: Clock = utc_now, *, mode: Mode = "server", timeout: float = BUSY_TIMEOUT
) -> Database:
    """The database behind a URL, not started yet.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user:password@host/name`;
            with the reference's drivers in their names (`sqlite+aiosqlite`, `postgresql+asyncpg`) too.
        clock: Gives the time of each transaction.
        mode: `server` serves many callers on event loops; `embedded` runs inline in the calling thread, for
            a process without a server. Only SQLite can be embedded.
        timeout: Seconds after which a statement is given up, e.g. because another process locks SQLite.

    Raises:
        InvalidInput: The URL is not understood, or the mode does not fit it.
    """
    scheme = urlsplit(url).scheme
    if scheme in ("sqlite", "sqlite+aiosqlite"):
        adapter = ServerSqlite if mode == "server" else EmbeddedSqlite
        return adapter(sqlite_path(url), clock, busy_timeout=timeout)
    if scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise InvalidInput(
            f"{scheme or url!r} is no database that Penstock knows.",
            field="database.url",
            hint="Use sqlite:///path or postgresql://user:password@host/name.",
        )
    if mode == "embedded":
        raise InvalidInput(
            "A flow without a server keeps its runs in SQLite, not in PostgreSQL.",
            field="database.url",
            hint="Start a server on that database and set its URL (PENSTOCK_API_URL).",
        )
    return _postgres(url, clock, timeout)


def open_for_care(url: str) -> Database:
    """The same for whoever looks after it: what takes long on PostgreSQL is not given up.

    Raises:
        InvalidInput: The URL is not understood.
    """
    if urlsplit(url).scheme.startswith("sqlite"):
        return open_database(url)
    return open_database(url, timeout=_CARE_SECONDS)


def sqlite_path(url: str) -> Path:
    """The file that an SQLite URL names.

    Raises:
        InvalidInput: It names none (a database in memory, say).
    """
    path = unquote(urlsplit(url).path.removeprefix("/"))
    if path in ("", ":memory:") or urlsplit(url).netloc:
        raise InvalidInput(
            f"{url!r} names no file.",
            field="database.url",
            hint="SQLite URLs have three slashes before a relative path and four before an absolute one.",
        )
    return Path(path).expanduser().absolute()


def _postgres(url: str, clock: Clock, timeout: float) -> Postgres:
    """SQLAlchemy's spelling of options is understood as well as asyncpg's own."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    options: dict[str, Any] = {"command_timeout": timeout}
    if "ssl" in query:
        query["sslmode"] = query.pop("ssl")
    if "prepared_statement_cache_size" in query:  # 0 for poolers that keep no sessions
        options["statement_cache_size"] = int(query.pop("prepared_statement_cache_size"))
    driver_url = urlunsplit(parts._replace(scheme="postgresql", query=urlencode(query)))
    return Postgres(driver_url, clock, **options)
