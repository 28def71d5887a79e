"""The repository as material: its root, its tracked files, its parsed sources."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AIM = 400


@dataclass(frozen=True)
class Source:
    """One module of the package: where it is (relative to src), its text and its syntax tree."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def lines(self) -> int:
        return self.text.count("\n")


def read_sources() -> list[Source]:
    source_root = ROOT / "src"
    return [
        Source(path.relative_to(source_root), path.read_text())
        for path in sorted((source_root / "penstock").rglob("*.py"))
    ]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    return read_sources()


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that is, or with the next commit could be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := root / name).is_file()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """400 lines a file is an aim, so it is told rather than enforced; 600 is a test."""
    for source in sorted(read_sources(), key=lambda each: -each.lines):
        if source.lines > AIM:
            terminalreporter.write_line(f"longer than the aim of {AIM} lines: {source.path} ({source.lines})")
