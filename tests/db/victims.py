"""Programs that die: `python -m tests.db.victims NAME ARGUMENTS`, killed by the test or by themselves."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.db.rows import add_flow, add_run, adding

from penstock.colourless import run_sync
from penstock.db.connect import open_database
from penstock.db.place_tables import flows
from penstock.db.postgres import PostgresTransaction
from penstock.db.sqlite import SqliteTransaction

ROOT = Path(__file__).parents[2]


@contextmanager
def victim(*args):
    """A process of `victims.py`; killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.db.victims", *map(str, args)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def write_until_killed(url: str) -> None:
    """Write from eight callers at once, and say of each write that it was answered."""

    async def caller(database, number):
        count = 0
        while True:
            name = f"{number}-{count}"

            async def body(tx, name=name):
                flow_id = await add_flow(tx, name)
                await add_run(tx, flow_id)

            await database.write(body)
            print(name, flush=True)
            count += 1

    async def main():
        database = open_database(url)
        await database.start()
        await asyncio.gather(*(caller(database, number) for number in range(8)))

    asyncio.run(main())


def hold_a_row(url: str, name: str) -> None:
    """Change a row, and be in the middle of a long statement when it is killed."""

    async def body(tx):
        await tx.execute(flows.update().where(flows.c.name == name), {"updated": tx.now})
        print("held", flush=True)
        await tx.query("SELECT pg_sleep(3600)")

    async def main():
        database = open_database(url)
        await database.start()
        await database.write(body)

    asyncio.run(main())


def die_in_migration(url: str, step: str) -> None:
    """Migrate, but kill itself when that many commands were given."""
    _migrate_until(url, int(step), signal.SIGKILL)


def stop_in_migration(url: str, step: str) -> None:
    """Migrate, but stand still when that many commands were given, until it is told to go on."""
    _migrate_until(url, int(step), signal.SIGSTOP)


def _migrate_until(url: str, step: int, number: int) -> None:
    left = step
    for transaction in (SqliteTransaction, PostgresTransaction):
        command = transaction._command

        async def counted(self, sql, command=command):
            nonlocal left
            left -= 1
            if left == -1:
                os.kill(os.getpid(), number)
            await command(self, sql)

        transaction._command = counted
    asyncio.run(open_database(url).start())
    print("survived")


def hold_lock(path: str) -> None:
    """Keep others from writing until standard input ends."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    print("locked", flush=True)
    sys.stdin.read()
    connection.execute("ROLLBACK")


def embedded_writes(url: str, name: str, count: str) -> None:
    """Write as a flow does that has no server."""
    database = open_database(url, mode="embedded")
    run_sync(database.start())
    for number in range(int(count)):
        run_sync(database.write(adding(f"{name}-{number}")))
    run_sync(database.close())


def fill_the_disk(url: str, kilobytes: str) -> None:
    """Write under a limit of the file size until it is refused, then show that it recovers."""

    async def main():
        database = open_database(url)
        await database.start()
        await database.write(adding("before"))
        size = int(kilobytes) * 1024
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        refusals = set()
        for number in range(400):
            try:
                await database.write(adding(f"big-{number}", labels={"x": "y" * 10_000}))
            except Exception as error:
                refusals.add(type(error).__name__)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await database.write(adding("after"))
        await database.close()
        print(",".join(sorted(refusals)))

    asyncio.run(main())


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
