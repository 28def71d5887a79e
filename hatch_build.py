"""Builds the web UI where Penstock is built from a clone: its pages are a part of the wheel.

The build backend calls `CustomBuildHook` for wheels, editable installs and source distributions; `make` runs
this file. Nothing is done where there are no sources (a source distribution brings the pages along), or where
the pages are those of the sources that are there. Without Node.js Penstock is built without pages, and says
so, unless `PENSTOCK_REQUIRE_UI=1` is set. `PENSTOCK_SKIP_UI=1` leaves the pages alone.

    python hatch_build.py               bring the pages up to date
    python hatch_build.py check test    run these scripts of ui/package.json; told only where they fail
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = Path("src/penstock/ui_dist")
"""Where `npm run build` puts them."""
STAMP = ".stamp"
"""Beside the pages: what they were made from."""
REQUIRED = "PENSTOCK_REQUIRE_UI"
SKIPPED = "PENSTOCK_SKIP_UI"

_SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
_FOLDERS = ("public", "scripts", "src")
_NOT_BUILT_IN = re.compile(r"\.test\.tsx?$|^src/test/|^src/api/")
"""Tests, and types that are made from the contract."""
_LAST_WORDS = 3_000
"""Characters of what npm said that are shown when it fails."""


class Built(NamedTuple):
    """How bringing the pages up to date went."""

    is_done: bool
    message: str = ""
    """What a person should know; nothing where all is well and nothing was done."""


def bring_up_to_date(root: Path, say: Callable[[str], None]) -> Built:
    """Build the pages of the clone at `root`, if that is needed and can be done."""
    ui, pages = root / "ui", root / PAGES
    if not (ui / "package.json").is_file():
        return Built(is_done=True)
    wanted = stamp_of(ui)
    if is_fresh(pages, wanted):
        (pages / STAMP).touch()
        return Built(is_done=True)
    if (missing := missing_tool(ui)) is not None:
        kept = "The pages that are there are older than ui/." if (pages / "index.html").is_file() else ""
        return Built(is_done=False, message=f"The web UI is not built: {missing} {kept}".rstrip())
    say("Building the web UI.")
    if (failure := run(ui, "build")) is not None:
        return Built(is_done=False, message=f"The web UI is not built. {failure}")
    (pages / STAMP).write_text(wanted)
    return Built(is_done=True)


def run(ui: Path, script: str) -> str | None:
    """Run a script of `package.json`; what went wrong, if something did."""
    for command in commands(ui, script):
        # Types are made from the contract by this Python.
        environ = {**os.environ, "PYTHON": sys.executable, "NO_COLOR": "1"}
        answer = subprocess.run(command, cwd=ui, env=environ, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            said = (answer.stdout + answer.stderr).strip()[-_LAST_WORDS:]
            return f"{' '.join(command)} failed:\n{said}"
    return None


def is_fresh(pages: Path, wanted: str) -> bool:
    """Whether these are the pages of the sources with this stamp."""
    stamp = pages / STAMP
    return (pages / "index.html").is_file() and stamp.is_file() and stamp.read_text() == wanted


def stamp_of(ui: Path) -> str:
    """A hash of everything that the pages are made from."""
    digest = hashlib.sha256()
    for path in sorted(sources(ui)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ui).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def sources(ui: Path) -> Iterator[Path]:
    """The files that the pages are made from."""
    found = [ui / name for name in _SOURCES]
    found += [path for folder in _FOLDERS for path in (ui / folder).rglob("*")]
    for path in found:
        if path.is_file() and not _NOT_BUILT_IN.search(path.relative_to(ui).as_posix()):
            yield path


def missing_tool(ui: Path) -> str | None:
    """What this machine lacks to build the pages, in a sentence; None where it lacks nothing."""
    engines = json.loads((ui / "package.json").read_text("utf-8")).get("engines", {})
    asked = engines.get("node", ">=20").lstrip(">=")
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return f"Node.js {asked} or later, with npm, is not installed."
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if _numbers(answer.stdout) < _numbers(asked):
        return f"Node.js {asked} or later is needed, and this is {answer.stdout.strip() or 'unknown'}."
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def commands(ui: Path, script: str) -> Iterator[list[str]]:
    """What is run in `ui` for a script; libraries are fetched where those there are older than the lock."""
    installed = ui / "node_modules" / ".package-lock.json"
    locked = ui / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
        yield ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    yield ["npm", "run", script, "--silent"]


def is_set(variable: str) -> bool:
    """Whether a variable of the environment says yes."""
    return os.environ.get(variable, "") not in ("", "0")


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it gathers the files of a distribution."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """See that the pages are there."""
        if is_set(SKIPPED):
            return
        built = bring_up_to_date(Path(self.root), self.app.display_info)
        if built.is_done:
            return
        if is_set(REQUIRED):
            raise RuntimeError(built.message)
        self.app.display_warning(f"{built.message} Everything else works without it.")


def main(scripts: list[str]) -> int:
    """Bring the pages up to date, or run scripts. A machine without Node.js is told so, and goes on."""
    root = Path(__file__).resolve().parent
    ui = root / "ui"
    if not scripts:
        built = bring_up_to_date(root, print)
        failures = [] if built.is_done else [built.message]
    elif (missing := missing_tool(ui)) is not None:
        failures = [f"Of ui/ nothing is checked: {missing}"]
    else:
        failures = [failure for script in scripts if (failure := run(ui, script)) is not None]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures and (is_set(REQUIRED) or missing_tool(ui) is None) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
