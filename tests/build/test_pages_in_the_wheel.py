"""The web UI as a part of what is built: when it is made, when it is left alone, and where it ends up."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
hook = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hook)

# What stands in for Node.js, where the hook is under test and not the tools: it notes what it was asked.
NPM = """#!/bin/sh
echo "npm $*" >> "$LOG"
case "$1 $2" in
  "ci --no-audit") mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  "run build") [ -n "$FAIL" ] && { echo "it broke here" >&2; exit 3; }
    mkdir -p ../src/penstock/ui_dist/assets
    echo built > ../src/penstock/ui_dist/index.html
    echo built > ../src/penstock/ui_dist/assets/a-1.js ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small clone: the real build files, and sources of a package and of pages."""
    root = tmp_path / "clone"
    (root / "ui" / "src").mkdir(parents=True)
    (root / "src" / "penstock").mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    (root / "src" / "penstock" / "__init__.py").write_text('__version__ = "1.0"\n')
    (root / "ui" / "package.json").write_text('{"engines": {"node": ">=20.19"}}')
    (root / "ui" / "package-lock.json").write_text("{}")
    (root / "ui" / "src" / "main.tsx").write_text("main")
    return root


class Tools:
    """Programs called node and npm."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "bin", folder / "log"
        self.folder.mkdir()
        self.environ = {"PATH": f"{self.folder}:/usr/bin:/bin", "LOG": str(self.log), "HOME": str(folder)}

    def install(self, version: str = "v20.20.2") -> None:
        for name, text in (("node", f"#!/bin/sh\necho {version}\n"), ("npm", NPM)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    tools = Tools(tmp_path)
    for name, value in tools.environ.items():
        monkeypatch.setenv(name, value)
    for name in (hook.REQUIRED, hook.SKIPPED):
        monkeypatch.delenv(name, raising=False)
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: real(name, path=str(tools.folder)))
    return tools


def build(clone: Path):
    said: list[str] = []
    return hook.bring_up_to_date(clone, said.append), said


CI = "npm ci --no-audit --no-fund --loglevel=error"
RUN = "npm run build --silent"


def test_pages_are_built_once_and_again_when_their_sources_change(clone, tools):
    tools.install()
    assert build(clone) == ((True, ""), ["Building the web UI."])
    assert tools.asked == [CI, RUN]
    assert build(clone) == ((True, ""), [])
    assert tools.asked == [CI, RUN]
    (clone / "ui" / "src" / "main.tsx").write_text("changed")
    assert build(clone)[0].is_done
    assert tools.asked == [CI, RUN, RUN]
    (clone / "ui" / "src" / "more.tsx").write_text("new")
    build(clone)
    (clone / "ui" / "src" / "more.tsx").unlink()
    build(clone)
    assert tools.asked == [CI, *[RUN] * 4]
    shutil.rmtree(clone / "src" / "penstock" / "ui_dist")
    assert build(clone)[0].is_done
    assert tools.asked == [CI, *[RUN] * 5]


def test_libraries_are_fetched_again_when_the_lock_is_newer(clone, tools):
    tools.install()
    build(clone)
    lock = clone / "ui" / "package-lock.json"
    lock.write_text('{"newer": true}')
    os.utime(lock, (2_000_000_000, 2_000_000_000))
    build(clone)
    assert tools.asked == [CI, RUN, CI, RUN]


def test_what_is_no_part_of_the_pages_does_not_build_them_anew(clone, tools):
    tools.install()
    build(clone)
    for name in (
        "node_modules/x/index.js",
        "src/main.test.tsx",
        "src/test/setup.ts",
        "src/api/contract.d.ts",
    ):
        file = clone / "ui" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (clone / "ui" / "README.md").write_text("x")
    assert build(clone) == ((True, ""), [])


def test_without_sources_there_is_nothing_to_do(clone, tools):
    shutil.rmtree(clone / "ui")
    assert build(clone) == ((True, ""), [])


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, "Node.js 20.19 or later, with npm, is not installed."),
        ("v18.20.4", "Node.js 20.19 or later is needed, and this is v18.20.4."),
        ("v20.9.0", "and this is v20.9.0."),
    ],
)
def test_without_the_tools_it_says_what_is_missing(clone, tools, version, words):
    if version:
        tools.install(version)
    built, said = build(clone)
    assert not built.is_done
    assert words in built.message
    assert "older" not in built.message
    assert said == tools.asked == []
    pages = clone / "src" / "penstock" / "ui_dist"
    pages.mkdir()
    (pages / "index.html").write_text("old")
    assert "The pages that are there are older than ui/." in build(clone)[0].message
    assert (pages / "index.html").read_text() == "old"


def test_a_build_that_fails_says_why_and_is_tried_again(clone, tools, monkeypatch):
    tools.install("v22.1.0")
    monkeypatch.setenv("FAIL", "1")
    built, _ = build(clone)
    assert not built.is_done
    assert "npm run build" in built.message
    assert "it broke here" in built.message
    monkeypatch.delenv("FAIL")
    assert build(clone)[0].is_done


def packed(clone: Path, tools: Tools, target: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Build a distribution of the clone as any installer does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(clone / "dist")]
    return subprocess.run(
        command,
        cwd=clone,
        env={**tools.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def names_in(archive: Path) -> list[str]:
    if archive.suffix == ".whl":
        return zipfile.ZipFile(archive).namelist()
    with tarfile.open(archive) as tar:
        return [name.partition("/")[2] for name in tar.getnames()]


def test_a_wheel_has_the_pages_and_not_their_sources(clone, tools):
    tools.install()
    finished = packed(clone, tools, "wheel")
    assert finished.returncode == 0, finished.stderr
    names = names_in(*(clone / "dist").glob("*.whl"))
    assert {"penstock/ui_dist/index.html", "penstock/ui_dist/assets/a-1.js"} <= set(names)
    assert not [name for name in names if name.startswith("ui/") or "node_modules" in name]


def test_the_pages_can_be_left_alone(clone, tools):
    tools.install()
    assert packed(clone, tools, "wheel", **{hook.SKIPPED: "1"}).returncode == 0
    assert tools.asked == []


def test_a_wheel_of_a_source_distribution_needs_no_tools(clone, tools, tmp_path):
    tools.install()
    assert packed(clone, tools, "sdist").returncode == 0
    (archive,) = (clone / "dist").glob("*.tar.gz")
    names = names_in(archive)
    assert {"src/penstock/ui_dist/index.html", "hatch_build.py"} <= set(names)
    assert not [name for name in names if name.startswith("ui/")]
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    shutil.rmtree(tools.folder)
    assert packed(unpacked, tools, "wheel", **{hook.REQUIRED: "1"}).returncode == 0
    assert "penstock/ui_dist/index.html" in names_in(*(unpacked / "dist").glob("*.whl"))


def test_without_the_tools_a_wheel_is_built_without_pages_and_says_so(clone, tools):
    finished = packed(clone, tools, "wheel", PATH=str(tools.folder))
    assert finished.returncode == 0, finished.stderr
    assert "The web UI is not built" in finished.stderr + finished.stdout
    assert not [name for name in names_in(*(clone / "dist").glob("*.whl")) if "ui_dist" in name]
    required = packed(clone, tools, "wheel", **{"PATH": str(tools.folder), hook.REQUIRED: "1"})
    assert required.returncode != 0
    assert "The web UI is not built" in required.stderr + required.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(hook.missing_tool(ROOT / "ui") is not None, reason="needs Node.js, as the pages do")
def test_the_real_pages_are_in_the_real_wheel(tmp_path):
    """From a copy of the sources alone: of all that is not ignored."""
    root = tmp_path / "clone"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    needed = ("src/", "ui/", "pyproject", "hatch", "README", "LICENSE", ".gitignore")
    for name in answer.stdout.split("\0"):
        if name.startswith(needed) and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    environ = {**os.environ, hook.REQUIRED: "1"}
    finished = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    (wheel,) = tmp_path.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    pages = [name for name in archive.namelist() if name.startswith("penstock/ui_dist/")]
    document = archive.read("penstock/ui_dist/index.html").decode()
    assert '<base href="/"' in document
    assert "__CSP_NONCE__" in document
    assert [name for name in pages if name.startswith("penstock/ui_dist/assets/") and name.endswith(".js")]
