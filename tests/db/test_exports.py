"""What is exported from the one database is in the other afterwards: all of it, or nothing."""

import asyncio
import stat
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from tests.db.conftest import Clock
from tests.db.whole_database import FILLED, ROWS, SEEDS, every_row, seed

from penstock.db import export_files, exports
from penstock.db.connect import open_database
from penstock.db.errors import DatabaseUnavailable, IntegrityViolation, SchemaMismatch
from penstock.db.export_files import ExportHeader, ExportInvalid, ExportWriter, check_export
from penstock.db.migrations import HISTORY, newest_version
from penstock.db.schema import metadata
from penstock.db.statements import run_names
from penstock.db.tables import logs
from penstock.db.tally_tables import run_tallies
from penstock.domain.errors import AlreadyExists, Conflict


def test_every_table_is_seeded():
    assert set(SEEDS) == {table.name for table in FILLED}, "tests/db/whole_database.py seeds each table"


@pytest.fixture(params=["sqlite", "postgres"])
def source_url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/source.db"


@pytest.fixture
def target_url(request, source_url, tmp_path):
    """A database of the other kind."""
    if source_url.startswith("sqlite"):
        return request.getfixturevalue("empty_postgres_url")
    return f"sqlite:///{tmp_path}/target.db"


def on(url, body, *, upgrade=True):
    """What `body(db)` returns of a database."""

    async def run():
        db = open_database(url, Clock())
        try:
            await db.start(upgrade=upgrade)
            return await body(db)
        finally:
            await db.close()

    return asyncio.run(run())


def silent(text):
    """Progress that nobody looks at."""


def write(url, path):
    return on(url, lambda db: exports.export_to(path, db, "0.0", silent), upgrade=False)


def read(url, path, tell=silent):
    return on(url, lambda db: exports.import_from(path, db, tell))


def seeded(url):
    on(url, lambda db: db.write(seed))
    return url


def rows(url):
    return on(url, lambda db: db.read(every_row))


def test_runs_are_counted_in_the_other_database_too(source_url, target_url, tmp_path):
    write(seeded(source_url), tmp_path / "all.export")
    read(target_url, tmp_path / "all.export")

    async def tallied(tx):
        number = sa.func.sum(run_tallies.c.number).label("number")
        found = await tx.fetch_all(sa.select(run_tallies.c.runs, number).group_by(run_tallies.c.runs))
        return {row["runs"]: row["number"] for row in found}

    assert on(target_url, lambda db: db.read(tallied)) == {"flow_runs": 1, "task_runs": 1}

    async def names_without_stem(tx):
        return [await tx.fetch_value(run_names.unknown(table)) for table in run_names.RUNS]

    assert on(target_url, lambda db: db.read(names_without_stem)) == [0, 0]


def test_all_rows_of_all_tables_arrive_in_the_other_kind_of_database(source_url, target_url, tmp_path):
    before = rows(seeded(source_url))
    told: list[str] = []
    assert write(source_url, tmp_path / "all") == dict.fromkeys(before, ROWS)
    assert read(target_url, tmp_path / "all", told.append) == dict.fromkeys(before, ROWS)
    assert rows(target_url) == before
    assert any("flow_runs: 3 rows" in line for line in told)


def test_there_and_back_again_is_the_same(source_url, target_url, tmp_path, postgres_server):
    before = rows(seeded(source_url))
    write(source_url, tmp_path / "there")
    read(target_url, tmp_path / "there")
    write(target_url, tmp_path / "back")
    if source_url.startswith("sqlite"):
        read(f"sqlite:///{tmp_path}/again.db", tmp_path / "back")
        assert rows(f"sqlite:///{tmp_path}/again.db") == before
    else:
        with postgres_server.database("template0") as again:
            read(again, tmp_path / "back")
            assert rows(again) == before


def test_the_outbox_goes_on_after_what_was_imported(source_url, target_url, tmp_path):
    seeded(source_url)
    write(source_url, tmp_path / "all")
    read(target_url, tmp_path / "all")
    outbox = metadata.tables["event_outbox"]

    async def one_more(tx):
        await tx.execute(outbox.insert(), {"event_id": UUID(int=7)})
        return await tx.fetch_all(sa.select(outbox.c.position).order_by(outbox.c.position))

    positions = [row["position"] for row in on(target_url, lambda db: db.write(one_more))]
    assert positions == sorted(set(positions))
    assert len(positions) == ROWS + 1


def many_logs(count):
    async def body(tx):
        for first in range(0, count, 500):
            await tx.execute_many(
                logs.insert(),
                [
                    {
                        "id": UUID(int=(number * 2_654_435_761) % 2**64),
                        "created": tx.now,
                        "timestamp": tx.now,
                        "level": 20,
                        "name": "n",
                        "message": f"line {number}",
                    }
                    for number in range(first, min(count, first + 500))
                ],
            )

    return body


def test_more_rows_than_are_read_at_once(source_url, target_url, tmp_path):
    on(source_url, lambda db: db.write(many_logs(5_003)))
    assert write(source_url, tmp_path / "all")["logs"] == 5_003
    assert read(target_url, tmp_path / "all")["logs"] == 5_003
    assert rows(target_url) == rows(source_url)


def test_the_file_is_for_its_owner_alone_and_is_never_overwritten(source_url, tmp_path):
    seeded(source_url)
    path = tmp_path / "all"
    write(source_url, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(AlreadyExists, match="exists already"):
        write(source_url, path)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir() if each.name.startswith(".")} == set()


def test_a_place_that_cannot_be_written_to_is_named(source_url, tmp_path):
    seeded(source_url)
    with pytest.raises(Exception, match="cannot be written: No such file"):
        write(source_url, tmp_path / "no" / "all")


def refused(url, path, message, *, error=ExportInvalid):
    """The import is refused, and the database has no row."""
    with pytest.raises(error, match=message) as raised:
        read(url, path)
    assert all(not found for found in rows(url).values())
    return raised.value


@pytest.fixture
def exported(tmp_path):
    """An export of a database with rows of every table."""
    url = seeded(f"sqlite:///{tmp_path}/exported.db")
    write(url, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("empty_postgres_url")
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_changes_nothing(empty_url, exported, part):
    whole = exported.read_bytes()
    exported.write_bytes(whole[: int(len(whole) * part)])
    refused(empty_url, exported, "damaged|no export")


def test_any_byte_that_changed_is_noticed_or_changes_nothing_of_what_is_read(exported):
    """A code of the compression that nothing uses may change, and all is read as before."""
    whole, items, noticed = exported.read_bytes(), list(export_files.read_export(exported)), 0
    places = [
        *range(30),
        *range(30, len(whole), max(1, len(whole) // 300)),
        *range(len(whole) - 9, len(whole)),
    ]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 0x10
        exported.write_bytes(changed)
        try:
            assert list(export_files.read_export(exported)) == items
        except ExportInvalid:
            noticed += 1
    assert noticed > 0.98 * len(places)


def test_a_byte_that_changed_changes_nothing(empty_url, exported):
    changed = bytearray(exported.read_bytes())
    changed[len(changed) // 2] ^= 0x10
    exported.write_bytes(changed)
    refused(empty_url, exported, "damaged")


def test_what_stands_behind_the_end_is_noticed(empty_url, exported):
    exported.write_bytes(exported.read_bytes() * 2)
    refused(empty_url, exported, "damaged: something stands behind its end")


@pytest.mark.parametrize("text", [b"", b"{}", b"SQLite format 3\0" * 9], ids=["empty", "json", "sqlite"])
def test_what_is_no_export_is_refused(empty_url, tmp_path, text):
    (tmp_path / "other").write_bytes(text)
    refused(empty_url, tmp_path / "other", "no export of Penstock")


def test_a_file_that_is_not_there_is_named(empty_url, tmp_path):
    refused(empty_url, tmp_path / "absent", "absent cannot be read: No such file")


def rewritten(path, **changes):
    """The same file, with another header; its checksum fits."""
    items = list(export_files.read_export(path))
    draft = path.with_name("rewritten")
    header = msgspec.structs.replace(items[0], **changes)
    with ExportWriter(draft, header) as writer:
        for item in items[1:]:
            if isinstance(item, list):
                writer.rows([item])
            elif isinstance(item, export_files.TableStart):
                writer.start_table(item.table, item.columns)
            else:
                writer.end_table(item.end)
        writer.finish()
    return draft


def test_another_version_of_the_format_is_refused(empty_url, exported):
    error = refused(empty_url, rewritten(exported, version=2), "has version 2 of the format")
    assert error.hint == "It was written by Penstock 0.0."


def test_another_version_of_the_schema_is_refused_with_a_way_out(empty_url, exported):
    error = refused(empty_url, rewritten(exported, schema=1), "has version 1 of the schema")
    assert error.hint == "Import it with Penstock 0.0, and upgrade that database then."


def test_rows_that_contradict_the_schema_change_nothing(empty_url, exported):
    items = list(export_files.read_export(exported))
    draft = exported.with_name("doubled")
    with ExportWriter(draft, items[0]) as writer:
        for item in items[1:]:
            if isinstance(item, list):
                writer.rows([item])
            elif isinstance(item, export_files.TableStart):
                writer.start_table(item.table, item.columns)
            else:
                if item.end == "workers":
                    writer.rows([items[items.index(item) - 1]])
                writer.end_table(item.end)
        writer.finish()
    refused(empty_url, draft, "workers", error=IntegrityViolation)


def test_a_database_with_rows_is_left_alone(source_url, exported):
    seeded(source_url)
    before = rows(source_url)
    with pytest.raises(Conflict, match=r"not empty: there are rows in .*automations"):
        read(source_url, exported)
    assert rows(source_url) == before


def test_an_old_schema_is_not_exported(source_url, tmp_path):
    seeded(source_url)

    async def forget(tx):
        await tx.execute(
            sa.delete(sa.table(HISTORY, sa.column("version"))).where(sa.column("version") == newest_version())
        )

    on(source_url, lambda db: db.write(forget))
    with pytest.raises(SchemaMismatch, match=f"this Penstock needs version {newest_version()}"):
        write(source_url, tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_what_is_not_there_is_not_made(tmp_path):
    with pytest.raises(DatabaseUnavailable, match="there is no such database"):
        write(f"sqlite:///{tmp_path}/absent.db", tmp_path / "all")
    assert list(tmp_path.iterdir()) == []


def test_a_header_says_who_wrote_it(exported):
    contents = check_export(exported)
    assert contents.header == ExportHeader(schema=newest_version(), penstock="0.0", created=Clock()())
    assert contents.rows == dict.fromkeys(contents.rows, ROWS)


def test_secrets_stay_as_they_are_stored(exported):
    lines = [item for item in export_files.read_export(exported) if isinstance(item, list)]
    assert sum("v1:key:gAAAA==" in line for line in lines) == 2
