"""A document told as a story: its files are written, its commands are typed, and what they show is compared.

    ```python           with `# name.py` as its first line, a file; with `>>>`, tried by doctest; else parsed.
    ```console          each line after `$ ` is typed; what follows it is what the terminal then shows.
    ```console stays    the same, in a terminal of its own, where it runs until the story ends.
    ```console later    the same, when all else is done: what a document begins with may need what follows.

In what is shown `...` stands for anything. Ids, times, hashes, ports, and names that runs get by themselves
differ from one telling to the next: they are compared by kind, like runs of spaces and lines of tables.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.terminal import Terminal, until

_FENCE = re.compile(
    r"^```(?P<language>\w+)(?: (?P<manner>\w+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_FILE = re.compile(r"# (?P<name>[\w./-]+\.\w+)\n")
_KINDS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{12}\b"), "<hash>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d)?"), "<moment>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(\.\d{3})?\b"), "<time>"),
    (re.compile(r"\b127\.0\.0\.1:\d+"), "127.0.0.1:4200"),
    (re.compile(r"(?<=[Rr]un ')[a-z]+-[a-z]+(?=')"), "<name>"),
    (re.compile(r"(?<=worker ')worker-[\w.-]+-[0-9a-f]{6}(?=')"), "<worker>"),
    (re.compile(r"(?<=as )[\w.-]+:\d+"), "<process>"),
    (re.compile(r"(?<=process )\d+|(?<=Process: )\d+|(?<=pid: )\d+"), "<pid>"),
    (re.compile(r"(?<=host: )[\w.-]+"), "<host>"),
    (re.compile(r"(?<=Penstock )\d+\.\d+\.\d+\w*|(?<=Version: )\d+\.\d+\.\d+\w*"), "<version>"),
    (re.compile(r"─+"), "─"),
    (re.compile(r"(?<=\S)  +"), "  "),
]


class Block(NamedTuple):
    """A fenced piece of a document."""

    language: str
    manner: str | None
    body: str
    line: int
    """At which it begins."""


class Step(NamedTuple):
    """One command of a session."""

    command: str
    shown: str


def blocks(text: str) -> Iterator[Block]:
    """The fenced pieces of a document, in their order."""
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found["language"], found["manner"], found["body"], line)


def steps(body: str) -> Iterator[Step]:
    """The commands of a session. One that ends in a backslash goes on in the next line."""
    for piece in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r"\\\n *", "", piece).partition("\n")
        yield Step(command, shown.strip("\n"))


def _pattern(told: str) -> re.Pattern[str]:
    """What matches `told`: `...` is anything in a line, and a line of it any number of lines."""
    lines = [r"(?:.*\n)*?" if line == "..." else _line_pattern(line) for line in told.split("\n")]
    return re.compile("".join(lines))


def _line_pattern(line: str) -> str:
    return ".*?".join(map(re.escape, line.split("..."))) + r"\n"


class Story:
    """Tells one document.

    Args:
        places: Folders of this telling, and what the document calls them.
    """

    def __init__(self, document: Path, terminal: Terminal, places: dict[Path, str]) -> None:
        self._document, self._terminal, self._places = document, terminal, places

    def tell(self) -> None:
        """Tell it from beginning to end. Raises AssertionError where it is not true."""
        told = list(blocks(self._document.read_text(encoding="utf-8")))
        for block in sorted(told, key=lambda block: block.manner == "later"):
            if block.language == "console":
                self._converse(block)
            elif (name := _FILE.match(block.body)) is not None:
                file = self._terminal.folder / name["name"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body, encoding="utf-8")
            elif block.language == "python" and ">>> " not in block.body:
                ast.parse(block.body)

    def _converse(self, block: Block) -> None:
        for step in steps(block.body):
            if block.manner == "stays":
                self._check(step, self._stay(step), block)
            else:
                self._check(step, self._terminal.type(step.command), block)

    def _stay(self, step: Step) -> str:
        """What a command shows that goes on running, once it has shown what is told."""
        screen = self._terminal.leave_running(step.command)
        until(lambda: self._is_as_told(step, screen.shown) or screen.process.poll() is not None)
        return screen.shown

    def _check(self, step: Step, shown: str, block: Block) -> None:
        told = self._is_as_told(step, shown) if step.shown else self._terminal.code == 0
        place = f"{self._document.name}, line {block.line}"
        assert told, f"{place}: $ {step.command}\n\nTold:\n{step.shown}\n\nShown:\n{self._named(shown)}"

    def _is_as_told(self, step: Step, shown: str) -> bool:
        told, seen = self._by_kind(step.shown), self._by_kind(self._named(shown.strip("\n")))
        return _pattern(told).fullmatch(f"{seen}\n") is not None

    def _named(self, text: str) -> str:
        for place, name in self._places.items():
            text = text.replace(str(place), name)
        return text

    @staticmethod
    def _by_kind(text: str) -> str:
        for pattern, kind in _KINDS:
            text = pattern.sub(kind, text)
        return text
