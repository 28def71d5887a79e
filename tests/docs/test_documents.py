"""The documents for users are true: all that they show is done, in their order."""

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.story import Story
from tests.docs.terminal import COLUMNS, Terminal

ROOT = Path(__file__).parents[2]
STORIES = ["README.md", *sorted(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]


@pytest.fixture
def terminal(tmp_path):
    """A terminal in an empty folder, with a home in which nothing ever ran."""
    folder, pages = tmp_path / "etl", tmp_path / "pages"
    folder.mkdir()
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html><title>Penstock</title>")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    environ = kept | {
        "PENSTOCK_HOME": str(tmp_path / "home"),
        "PENSTOCK_SERVER_API_PORT": "0",
        # What is shown does not depend on whether the pages were built here.
        "PENSTOCK_SERVER_UI_STATIC_DIRECTORY": str(pages),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
    }
    terminal = Terminal(folder, environ, tmp_path / "notes")
    yield terminal
    terminal.close()
    subprocess.run(["penstock", "server", "stop"], env=environ, check=False, timeout=60, capture_output=True)


@pytest.mark.parametrize("name", STORIES)
def test_what_is_shown_in_the_terminal_happens(name, terminal, tmp_path):
    if name == "README.md":
        shutil.copytree(ROOT / "examples" / "job_variables", terminal.folder, dirs_exist_ok=True)
    places = {terminal.folder: "/srv/etl", tmp_path / "home": "~/.penstock"}
    Story(ROOT / name, terminal, places).tell()


@pytest.mark.parametrize("name", STORIES)
def test_what_is_shown_in_python_happens(name):
    result = doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8")
    assert result.failed == 0
