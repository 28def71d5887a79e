"""A long log over HTTP: in pieces, by gzip or not, named, and never taken for whole where it was cut off."""

import csv
import io
import re
import sqlite3
import time
import zlib
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import unquote
from uuid import UUID, uuid4

import psutil
import pytest
from tests.server_process import ServerProcess

from penstock.server.downloads import Download
from penstock.server.http.streams import as_file

LINES = 100_000
NAME = 'night "1"; a=b größer 😀 ' + "x" * 9_000


@pytest.fixture(scope="module")
def run(server: ServerProcess) -> str:
    """A run with `LINES` log lines."""
    return run_with(server, LINES, "says that all is well", name=NAME)


def run_with(server: ServerProcess, lines: int, text: str, **given: str) -> str:
    """The id of a run with so many lines."""
    flow = server.ask("POST", "/flows/", {"name": "etl"}).json["id"]
    id = server.ask("POST", "/flow_runs/", {"flow_id": flow} | given).json["id"]
    run, now = UUID(id).bytes, int(time.time() * 1e6)
    rows = ((uuid4().bytes, now, now + n // 3, f"line {n} {text}", run) for n in range(lines))
    # Through the API it would take half a minute.
    with closing(sqlite3.connect(server.home / "penstock.db", timeout=30)) as db, db:
        db.executemany(
            "INSERT INTO logs (id, created, timestamp, level, name, message, flow_run_id)"
            " VALUES (?, ?, ?, 20, 'l', ?, ?)",
            rows,
        )
    return id


def asking(server: ServerProcess, run: str, method: str = "GET", **headers: str) -> HTTPConnection:
    connection = server.connect()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/api/flow_runs/{run}/logs/download", headers=named)
    return connection


def is_whole(table: bytes) -> bool:
    rows = list(csv.reader(io.StringIO(table.decode())))
    times = [datetime.fromisoformat(row[0]) for row in rows[1:]]
    numbers = {int(row[4].split()[1]) for row in rows[1:]}
    return times == sorted(times) and numbers == set(range(LINES)) and times[0].tzinfo == UTC


def test_it_comes_in_pieces(server, run):
    with closing(asking(server, run)) as connection:
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("content-type") == "text/csv"
        assert answer.getheader("transfer-encoding") == "chunked"
        assert answer.getheader("content-encoding") is None
        assert answer.getheader("vary") == "accept-encoding"
        assert is_whole(answer.read())


def test_it_comes_by_gzip_to_whoever_takes_it(server, run):
    with closing(asking(server, run, Accept_Encoding="br, gzip;q=0.8")) as connection:
        answer = connection.getresponse()
        assert answer.getheader("content-encoding") == "gzip"
        packed, reader = answer.read(), zlib.decompressobj(wbits=31)
        table = reader.decompress(packed)
        assert reader.eof
        assert is_whole(table)
        assert len(packed) < len(table) / 3


def test_it_is_saved_by_the_name_of_the_run_whatever_that_is(server, run):
    answer = server.ask("HEAD", f"/flow_runs/{run}/logs/download")
    assert answer.status == 200
    assert answer.body == b""
    assert "set-cookie" not in answer.headers
    kind, plain, exact = answer.headers["content-disposition"].split("; filename")
    assert kind == "attachment"
    assert plain == '="' + "night _1__ a_b gr__er _ ".ljust(100, "x") + '.csv"'
    assert unquote(exact.removeprefix("*=UTF-8''")) == "night _1_; a=b größer 😀 ".ljust(100, "x") + ".csv"


async def nothing() -> AsyncGenerator[bytes, None]:
    for piece in ():
        yield piece


@pytest.mark.parametrize(
    "name", ["a\r\nset-cookie: b=c", "../../etc/passwd", 'a"; filename="b', "\ud800", ""]
)
def test_no_name_says_more_than_a_name(name):
    """Whatever the database holds."""
    headers = dict(as_file(Download(f"{name}.csv", nothing()), "text/csv", {}).headers)
    told = headers[b"content-disposition"].decode("ascii")
    assert re.fullmatch(r"""attachment; filename="[\w .-]+"; filename\*=UTF-8''[\w.%~-]+""", told, re.ASCII)


def test_there_is_none_of_a_run_that_is_not_there(server):
    answer = server.ask("GET", f"/flow_runs/{uuid4()}/logs/download", Accept_Encoding="gzip")
    assert answer.status == 404
    assert "content-encoding" not in answer.headers
    assert answer.json["code"] == "not-found"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_nothing_is_made_for_a_client_that_has_gone(server, run, coding):
    connection = asking(server, run, Accept_Encoding=coding)
    answer = connection.getresponse()
    assert answer.read(10)
    answer.close()
    connection.close()
    assert server.ask("GET", "/health").json is True
    assert "Traceback" not in server.output


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_one_that_is_cut_off_is_no_whole_one(tmp_path, coding):
    with ServerProcess(tmp_path / "home") as server:
        run = run_with(server, 10_000, "".join(uuid4().hex for _ in range(100)))
        connection = asking(server, run, Accept_Encoding=coding)
        answer, read = connection.getresponse(), []
        read.append(answer.read(1_000))
        assert psutil.Process(server.process.pid).memory_info().rss < 200 * 2**20
        assert server.stop() == 0
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            read.extend(iter(lambda: answer.read(100_000), b""))
        connection.close()
    if coding == "gzip":
        reader = zlib.decompressobj(wbits=31)
        assert reader.decompress(b"".join(read)).startswith(b"timestamp,")
        assert not reader.eof
