"""A look at a whole database finds what is wrong with it, and changes nothing."""

import asyncio
import sqlite3
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.db.conftest import Clock
from tests.db.rows import add_flow, add_run, adding

from penstock.db.checks import check
from penstock.db.connect import open_database
from penstock.db.migrations import HISTORY, newest_version
from penstock.db.tables import leases, logs

FINDINGS = ["connection", "schema version", "integrity", "schema", "references", "orphans"]
FINDINGS += ["leases", "tallies", "names"]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """A database with the schema and a run."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{tmp_path}/penstock.db"

    async def body(tx):
        await add_run(tx, await add_flow(tx, "etl"))

    on(url, lambda db: db.write(body))
    return url


def on(url, body, *, upgrade=True):
    async def run():
        db = open_database(url, Clock())
        try:
            await db.start(upgrade=upgrade)
            return await body(db)
        finally:
            await db.close()

    return asyncio.run(run())


def changed(url, *commands):
    """Change the database by SQL of its own."""

    async def body(db):
        for command in commands:
            await db.command(command)

    on(url, body)


def findings(url):
    async def body(db):
        return {finding.check: finding async for finding in check(db)}

    return on(url, body, upgrade=False)


def verdicts(url):
    return {name: finding.verdict for name, finding in findings(url).items() if finding.verdict != "ok"}


def test_all_is_well_with_a_new_database(url):
    found = findings(url)
    assert list(found) == FINDINGS
    assert {finding.verdict for finding in found.values()} == {"ok"}
    assert found["schema version"].message == f"The schema has version {newest_version()}."


def test_a_database_without_a_schema_needs_an_upgrade(empty_postgres_url):
    found = findings(empty_postgres_url)
    assert list(found) == FINDINGS[:2]
    assert found["schema version"].verdict == "problem"
    assert "penstock server database upgrade" in found["schema version"].hint


def test_a_newer_schema_is_told_and_nothing_after_it(url):
    changed(url, f"INSERT INTO {HISTORY} (version, name, applied) VALUES (900, 'future', 0)")
    found = findings(url)
    assert list(found) == FINDINGS[:2]
    assert "schema version 900" in found["schema version"].message


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        ("DROP INDEX ix_logs_timestamp", "the index ix_logs_timestamp is missing"),
        ("ALTER TABLE flows ADD COLUMN note TEXT", "the column flows.note is there and not known"),
        (
            "ALTER TABLE webhooks RENAME COLUMN description TO about",
            "the column webhooks.description is missing",
        ),
    ],
)
def test_a_schema_that_somebody_changed_is_told_in_detail(url, command, detail):
    changed(url, command)
    found = findings(url)["schema"]
    assert found.verdict == "problem"
    assert detail in found.details


def test_a_table_that_is_gone_is_told_by_all_that_it_had(url):
    changed(url, "DROP TABLE saved_views")
    details = findings(url)["schema"].details
    assert "the column saved_views.name is missing" in details


def test_a_column_of_another_type_is_told(postgres_url):
    changed(postgres_url, "ALTER TABLE flows ALTER COLUMN name TYPE VARCHAR(9)")
    assert findings(postgres_url)["schema"].details == [
        "the column flows.name is character varying(9), required, not text, required"
    ]


def test_a_constraint_that_was_dropped_is_told(postgres_url):
    changed(postgres_url, "ALTER TABLE leases DROP CONSTRAINT ck_leases_expires")
    assert findings(postgres_url)["schema"].details == ["the constraint ck_leases_expires is missing"]


def test_tables_and_indexes_of_others_beside_ours_do_no_harm(url):
    changed(url, "CREATE TABLE notes (note TEXT)", "CREATE INDEX ix_theirs ON flows (updated)")
    assert verdicts(url) == {}


def test_an_index_that_could_not_be_built_is_damage(postgres_url):
    on(postgres_url, lambda db: db.write(adding("one")))
    changed(
        postgres_url,
        "INSERT INTO flows (id, created, updated, name, tags, labels)"
        " SELECT gen_random_uuid(), 0, 0, 'other', '[]', '{}'",
    )
    with pytest.raises(Exception, match="ix_broken"):
        changed(postgres_url, "CREATE UNIQUE INDEX CONCURRENTLY ix_broken ON flows ((1))")
    found = findings(postgres_url)["integrity"]
    assert found.verdict == "problem"
    assert found.details == ["the index ix_broken is invalid: REINDEX it"]


def test_pages_that_are_damaged_are_told(tmp_path):
    url = f"sqlite:///{tmp_path}/penstock.db"

    async def many(tx):
        for number in range(400):
            await add_flow(tx, f"flow-{number}")

    on(url, lambda db: db.write(many))
    changed(url, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "penstock.db"
    content = bytearray(path.read_bytes())
    place = content.index(b"flow-200")
    content[place - 60 : place + 8] = b"\xff" * 68
    path.write_bytes(content)
    assert findings(url)["integrity"].verdict == "problem"


def test_foreign_keys_that_do_not_hold_are_told(tmp_path):
    url = f"sqlite:///{tmp_path}/penstock.db"
    on(url, lambda db: db.write(adding("etl")))
    connection = sqlite3.connect(tmp_path / "penstock.db")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(
        "INSERT INTO workers (id, created, updated, work_pool_id, name) VALUES (x'01', 0, 0, x'02', 'w')"
    )
    connection.commit()
    connection.close()
    assert findings(url)["references"].details == ["workers has 1 rows that refer to no row of work_pools"]


def test_rows_that_refer_to_nothing_are_a_warning(url):
    async def body(tx):
        line = {"created": tx.now, "timestamp": tx.now, "level": 20, "name": "n", "message": "m"}
        ids = [UUID(int=number) for number in (1, 2)]
        await tx.execute_many(logs.insert(), [line | {"id": id, "flow_run_id": UUID(int=9)} for id in ids])

    on(url, lambda db: db.write(body))
    found = findings(url)["orphans"]
    assert (found.verdict, found.details) == ("warning", ["log lines of flow runs: 1 are not there"])


def test_leases_that_nobody_sweeps_are_told(url):
    async def body(tx):
        run_id = await add_run(tx, await add_flow(tx, "other"))
        await tx.execute(
            leases.insert(),
            {
                "id": UUID(int=5),
                "kind": "claim",
                "flow_run_id": run_id,
                "holder": "worker w1",
                "acquired": tx.now - timedelta(hours=2),
                "expires": tx.now - timedelta(hours=1),
            },
        )

    on(url, lambda db: db.write(body))
    found = findings(url)["leases"]
    assert found.verdict == "problem"
    assert len(found.details) == 1 and "'worker w1': ran out" in found.details[0]


def test_nothing_is_changed(url):
    async def count(tx):
        return await tx.fetch_value(sa.select(sa.func.count()).select_from(sa.table(HISTORY)))

    before = on(url, lambda db: db.read(count))
    findings(url)
    assert on(url, lambda db: db.read(count)) == before


def test_runs_that_no_trigger_counted_are_found(url):
    drop = "DROP TRIGGER tally_flow_run_changed"
    end = (
        "UPDATE flow_runs SET state_type = 'FAILED', state_name = 'Failed', end_time = 1,"
        " next_scheduled_start_time = NULL"
    )
    changed(url, drop if url.startswith("sqlite") else f"{drop} ON flow_runs", end)
    found = findings(url)["tallies"]
    assert found.verdict == "problem"
    assert found.details == ["flow_runs that are Failed: +1 in an hour"]
    assert "import" in found.hint
