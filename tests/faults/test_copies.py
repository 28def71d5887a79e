"""F19: a copy that is taken of a busy server as the documentation says is whole, and can be served from."""

import re
import shlex
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from tests.faults.processes import eventually
from tests.server_process import ServerProcess, clean_environ

DOCUMENT = Path(__file__).parents[2] / "docs" / "server.md"
MANY = 50


class Writers:
    """Four who write variables until they are told to stop, and remember what was answered."""

    def __init__(self, server):
        self.server, self.kept, self._names, self._ending = server, [], count(), threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(4)]

    def _write(self):
        while not self._ending.is_set():
            name = f"v{next(self._names)}"
            assert self.server.ask("POST", "/variables/", {"name": name, "value": "x" * 5000}).status == 201
            self.kept.append(name)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self._ending.set()
        for thread in self._threads:
            thread.join(60)


def run(*arguments, home):
    done = subprocess.run(
        arguments, env=clean_environ(home), cwd=home, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def backed_up(home):
    """A copy by the line of the documentation, in the place of a new home's database."""
    (line,) = re.findall(r"^\$ (python -c .*VACUUM INTO.*)$", DOCUMENT.read_text(), re.MULTILINE)
    run(*shlex.split(line.replace("python", shlex.quote(sys.executable), 1)), home=home)
    new = home.parent / "restored"
    new.mkdir()
    (home / "backup.db").rename(new / "penstock.db")
    return new


def carried_over(home):
    """A copy by `export` and `import`."""
    new = home.parent / "imported"
    new.mkdir()
    penstock = (sys.executable, "-m", "penstock.cli.main", "server", "database")
    run(*penstock, "export", str(new / "everything.export"), home=home)
    run(*penstock, "import", str(new / "everything.export"), home=new)
    return new


@pytest.mark.parametrize("copied", [backed_up, carried_over])
def test_a_copy_of_a_live_database_is_whole(tmp_path, copied):
    """F19: nothing that was answered before the copy began is missing in it, and nothing is half in it."""
    with ServerProcess(tmp_path / "home") as server, Writers(server) as writers:
        eventually(lambda: len(writers.kept) >= MANY, "writes")
        before = list(writers.kept)
        new = copied(server.home)
        after = len(writers.kept)
        eventually(lambda: len(writers.kept) >= after + MANY, "writes that go on")
    with closing(sqlite3.connect(new / "penstock.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        names = {name for (name,) in copy.execute("SELECT name FROM variables")}
    assert set(before) <= names
    with ServerProcess(new) as again:
        assert again.ask("POST", "/variables/count", {}).json == len(names)
        assert again.ask("POST", "/variables/", {"name": "goes_on", "value": 1}).status == 201
