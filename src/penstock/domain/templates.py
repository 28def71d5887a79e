"""Placeholders: the one grammar of `{{ … }}` in pool templates, deployment files and job variables.

    {{ name }}                              a job variable                  filled when a job is resolved
    {{ $NAME }}                             an environment variable         filled where `deploy` runs
    {{ penstock.variables.NAME[.path] }}    a reference                     filled in the worker, at launch
    {{ penstock.secrets.NAME[.path] }}
    {{ penstock.blocks.TYPE.NAME[.path] }}  (`prefect.` is understood too)
    {{ ctx.flow_run.name }}                 a fact about the run            filled in the worker, at launch

Each may be followed by `| default('text')`, used when there is no value, or by `| required('why')`, which
says what to tell when there is none. A placeholder that is a whole value keeps the type of what fills it;
inside longer text it becomes text. One without a value takes its key or list item away with it; inside longer
text it becomes nothing. A pass is single: what was filled in is never looked at again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from penstock.domain.errors import TooLarge
from penstock.domain.json_values import MAX_DEPTH, Json, Path, as_text
from penstock.domain.problems import Problem, join_path, shown

BLOCK_DOCUMENT = "penstock.block-documents"
"""What names a block by its id: the value `{"$ref": {"block_document_id": ID}}`, as older pools have it."""

_PLACEHOLDER = re.compile(
    r"\{\{\s*+([\w.\-\[\]$]++)\s*+"
    r"""(?:\|\s*+(default|required)\s*+\(\s*+(?:'([^']*+)'|"([^"]*+)")\s*+\)\s*+)?+\}\}"""
)
_ENVIRONMENT_LOOKALIKE = re.compile(r"\{\{\s*+\$[^{}]*+\}\}")
_REFERENCE = re.compile(
    r"(?:penstock|prefect)\.(variables\.[\w-]+|secrets\.[\w-]+|blocks\.[\w-]+\.[\w-]+)((?:\.[\w-]+|\[\d+\])*)"
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_CACHED_CHARACTERS = 1_000
"""Longer texts are parsed anew each time, so that the cache stays small."""


class Nothing(Enum):
    """Answers of a `Fill` that are not values."""

    MISSING = "missing"
    """There is no value: use the default, or take the key away."""
    KEEP = "keep"
    """Not this pass's to fill: leave the text as it is written."""


MISSING: Final = Nothing.MISSING
KEEP: Final = Nothing.KEEP


class PlaceholderKind(StrEnum):
    """What a placeholder stands for."""

    VARIABLE = "variable"
    ENVIRONMENT = "environment"
    REFERENCE = "reference"
    CONTEXT = "context"


class Placeholder(msgspec.Struct, frozen=True):
    """One `{{ … }}`.

    `name` is the job variable's name, the environment variable's without `$`, the fact's without `ctx.`, or
    the reference's with the prefix `penstock.` however it was spelled; `path` leads into a reference's value.
    """

    kind: PlaceholderKind
    name: str
    text: str
    """As it was written, braces included."""
    path: Path = ()
    filter: Literal["default", "required"] | None = None
    argument: str = ""

    @property
    def default(self) -> Json:
        """What `default('…')` gives, or MISSING."""
        return self.argument if self.filter == "default" else MISSING


Piece: TypeAlias = str | Placeholder
Fill: TypeAlias = Callable[[Placeholder], Json]
"""Gives the value of a placeholder, or MISSING, or KEEP."""
FillMap: TypeAlias = Callable[[dict[str, Json]], Json]
"""Gives what a map stands for, or KEEP where it is an ordinary one."""


def parse_text(text: str) -> tuple[Piece, ...]:
    """Split a text into its literal pieces and its placeholders. What is none by the grammar is literal."""
    return _parse_cached(text) if len(text) <= _CACHED_CHARACTERS else _parse(text)


def _parse(text: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        if found.start() > end:
            pieces.append(text[end : found.start()])
        pieces.append(_placeholder(found))
        end = found.end()
    if end < len(text):
        pieces.append(text[end:])
    return tuple(pieces)


_parse_cached = lru_cache(maxsize=4096)(_parse)


def _placeholder(found: re.Match[str]) -> Placeholder:
    kind, name, path = _classify(found[1])
    filtered: Literal["default", "required"] | None = None
    if found[2]:
        filtered = "default" if found[2] == "default" else "required"
    return Placeholder(kind, name, found[0], path, filtered, found[3] or found[4] or "")


def _classify(name: str) -> tuple[PlaceholderKind, str, Path]:
    if name.startswith("$") and len(name) > 1:
        return PlaceholderKind.ENVIRONMENT, name[1:], ()
    if name.startswith("ctx."):
        return PlaceholderKind.CONTEXT, name.removeprefix("ctx."), ()
    if reference := _REFERENCE.fullmatch(name):
        path = tuple(int(index) if index else key for key, index in _STEP.findall(reference[2]))
        return PlaceholderKind.REFERENCE, f"penstock.{reference[1]}", path
    return PlaceholderKind.VARIABLE, name, ()


def block_document(value: Json) -> Placeholder | None:
    """The reference that `{"$ref": {"block_document_id": ID}}` is, or None for any other value."""
    match value:
        case {"$ref": {"block_document_id": str(block_id), **rest}, **others} if not rest and not others:
            name = f"{BLOCK_DOCUMENT}.{block_id}"
            return Placeholder(PlaceholderKind.REFERENCE, name, f"{{{{ {name} }}}}")
    return None


def substitute(value: Json, fill: Fill, fill_map: FillMap | None = None) -> Json:
    """A copy of `value` in which `fill` has replaced every placeholder; keys of maps are left alone.

    `fill_map` may give something else for a whole map, or KEEP. Returns MISSING where the value is a
    placeholder that has no value and no default.

    Raises:
        TooLarge: `value` is nested deeper than `MAX_DEPTH`.
    """
    return _substitute(value, fill, fill_map, MAX_DEPTH)


def _substitute(value: Json, fill: Fill, fill_map: FillMap | None, depth: int) -> Json:
    if isinstance(value, str):
        return _substitute_text(value, fill) if "{{" in value else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        raise TooLarge(f"A template is nested deeper than {MAX_DEPTH} levels.", hint="Make it flatter.")
    if isinstance(value, list):
        items = [_substitute(item, fill, fill_map, depth - 1) for item in value]
        return [item for item in items if item is not MISSING]
    if fill_map is not None and (whole := fill_map(value)) is not KEEP:
        return whole
    entries = [(key, _substitute(item, fill, fill_map, depth - 1)) for key, item in value.items()]
    return {key: item for key, item in entries if item is not MISSING}


def _substitute_text(text: str, fill: Fill) -> Json:
    pieces = parse_text(text)
    if len(pieces) == 1:
        return pieces[0] if isinstance(pieces[0], str) else _filled(pieces[0], fill)
    return "".join([piece if isinstance(piece, str) else _filled_text(piece, fill) for piece in pieces])


def _filled(placeholder: Placeholder, fill: Fill) -> Json:
    value = fill(placeholder)
    if value is MISSING:
        return placeholder.default
    return placeholder.text if value is KEEP else value


def _filled_text(placeholder: Placeholder, fill: Fill) -> str:
    value = _filled(placeholder, fill)
    return "" if value is MISSING else as_text(value)


class Use(NamedTuple):
    """One placeholder and where it stands."""

    path: Path
    placeholder: Placeholder
    is_whole: bool
    """Whether it is the whole value, so that it keeps its type."""

    @property
    def is_variable(self) -> bool:
        """Whether it stands for a job variable."""
        return self.placeholder.kind is PlaceholderKind.VARIABLE

    @property
    def is_late(self) -> bool:
        """Whether it is filled only in the worker, at launch: a reference, or a fact about the run."""
        return self.placeholder.kind in {PlaceholderKind.REFERENCE, PlaceholderKind.CONTEXT}


def placeholders(value: Json) -> Iterator[Use]:
    """Every placeholder in a value, in the order in which they are written."""
    for path, found in _templated(value):
        if isinstance(found, Placeholder):
            yield Use(path, found, True)
        else:
            pieces = parse_text(found)
            yield from [
                Use(path, piece, len(pieces) == 1) for piece in pieces if isinstance(piece, Placeholder)
            ]


def _templated(value: Json) -> Iterator[tuple[Path, Piece]]:
    """Every text that may hold placeholders, and every block document. A loop: safe at any depth."""
    pending: list[tuple[Json, Path]] = [(value, ())]
    while pending:
        current, path = pending.pop()
        if isinstance(current, str):
            if "{{" in current:
                yield path, current
        elif reference := block_document(current):
            yield path, reference
        elif isinstance(current, dict):
            pending += reversed([(item, (*path, key)) for key, item in current.items()])
        elif isinstance(current, list):
            pending += reversed([(item, (*path, index)) for index, item in enumerate(current)])


class Expansion(NamedTuple):
    """A value after the pass over the environment, and what there is to say about it."""

    value: Json
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def expand_environment(value: Json, environ: Mapping[str, str], *, strict: bool = False) -> Expansion:
    """Fill every `{{ $NAME }}` from `environ`, always as text, and leave all else as it is written.

    A name that is not set becomes empty text with a warning; with `strict`, or where the placeholder says
    `required('why')`, it is an error. A name that is set to nothing is set: no warning, and no default.

    Raises:
        TooLarge: `value` is nested deeper than `MAX_DEPTH`.
    """
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for use in placeholders(value):
        placeholder = use.placeholder
        is_set = placeholder.name in environ or placeholder.filter == "default"
        if placeholder.kind is PlaceholderKind.ENVIRONMENT and not is_set:
            refused = strict or placeholder.filter == "required"
            (errors if refused else warnings).append(_unset(use))
    warnings += _misspelt(value)

    def fill(placeholder: Placeholder) -> Json:
        if placeholder.kind is not PlaceholderKind.ENVIRONMENT:
            return KEEP
        return environ.get(placeholder.name, MISSING if placeholder.filter == "default" else "")

    return Expansion(substitute(value, fill), tuple(errors), tuple(warnings))


def _unset(use: Use) -> Problem:
    placeholder = use.placeholder
    why = f": {shown(placeholder.argument)}" if placeholder.argument else ""
    return Problem(
        path=join_path(use.path),
        rule="environment-unset",
        message=f"${shown(placeholder.name)} is not set here{why}.",
        hint=f"Set it, or write {{{{ ${shown(placeholder.name)} | default('…') }}}}.",
    )


def _misspelt(value: Json) -> Iterator[Problem]:
    """Warn of `{{ $NAME | upper }}` and the like, which stay as they are."""
    for path, text in _templated(value):
        literal = [] if isinstance(text, Placeholder) else [p for p in parse_text(text) if isinstance(p, str)]
        if any(map(_ENVIRONMENT_LOOKALIKE.search, literal)):
            yield Problem(
                path=join_path(path),
                rule="placeholder",
                message="has a {{ $… }} that is not understood, and stays as it is written.",
                hint="Only | default('…') and | required('…') may follow the name.",
            )
