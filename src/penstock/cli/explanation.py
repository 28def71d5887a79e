"""How a resolved job is shown: who said what about each variable, what stands, and the job that comes of it.

One table for all that explain: `deployment explain`, `deployment run --dry-run`, `flow-run explain` and
`resolve`. A line is one leaf: a variable, or one key of a variable whose layers are merged by keys.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET, Struct, UnsetType, json

from penstock.cli.exits import ExitCode
from penstock.cli.render import show, show_fields, show_json, show_table
from penstock.domain.job_spec import Explanation, JobSpec
from penstock.domain.json_values import Json, canonical
from penstock.domain.problems import Problem
from penstock.domain.provenance import DEPLOYMENT, FIXED, POOL, RUN, Leaf, Said

SILENT = "·"
"""Stands where a layer says nothing."""
_LAYERS = (POOL, DEPLOYMENT, RUN)
_RULES = {"keys": " (by key)", "append": " (appended)"}
_CELL_WIDTH = 40
_EFFECTIVE_WIDTH = 60


def show_explanation(explanation: Explanation, *, as_json: bool = False) -> ExitCode:
    """Print an explanation, for people or as the document that the API answers.

    Returns the command's exit code: that of bad input where the layers make no valid job.
    """
    if as_json:
        show_json(explanation)
    else:
        _show_table_of_leaves(explanation)
        _show_problems("Errors", explanation.errors)
        _show_problems("Warnings", explanation.job.warnings)
        _show_job(explanation.job)
    return code_of(explanation)


def code_of(explanation: Explanation) -> ExitCode:
    """The exit code of a command that has shown an explanation."""
    return ExitCode.USAGE if explanation.errors else ExitCode.OK


def _show_table_of_leaves(explanation: Explanation) -> None:
    job = explanation.job
    layers = _columns(job.leaves)
    doubtful = {problem.path for problem in (*explanation.errors, *job.warnings)}
    rows = [_row(leaf, layers, is_doubtful=leaf.path in doubtful) for leaf in job.leaves]
    heads = [_head(layer, job.origins) for layer in layers]
    show_table(("Variable", *heads, "Effective", "From"), rows, empty="No layer sets a job variable.")


def _columns(leaves: Iterable[Leaf]) -> list[str]:
    """Every layer that spoke, lowest first; pool and deployment even where they are silent."""
    spoke = dict.fromkeys(word.layer for leaf in leaves for word in leaf.said)
    known = [layer for layer in _LAYERS if layer in spoke or layer != RUN]
    return [*known, *(layer for layer in spoke if layer not in (*_LAYERS, FIXED))]


def _head(layer: str, origins: dict[str, str]) -> str:
    origin = origins.get(layer)
    # An automation's is `automation:` and its name, which people are told as words.
    return f"{layer.capitalize()} ({origin.replace(':', ' ', 1)})" if origin else layer.capitalize()


def _row(leaf: Leaf, layers: Sequence[str], *, is_doubtful: bool) -> tuple[str, ...]:
    effective = "(removed)" if leaf.removed_by else shown_value(leaf.value, _EFFECTIVE_WIDTH)
    mark = " ⚠" if is_doubtful else ""
    cells = [_layer_cell(leaf, layer) for layer in layers]
    return leaf.path, *cells, effective + mark, leaf.layer + _RULES.get(leaf.rule, "")


def _layer_cell(leaf: Leaf, layer: str) -> str:
    # What the pool fixes is shown in its column: who wrote the template wrote that too.
    of_layer = [word for word in leaf.said if word.layer in ((FIXED, POOL) if layer == POOL else (layer,))]
    return " → ".join(_word(word, leaf) for word in of_layer) or SILENT


def _word(word: Said, leaf: Leaf) -> str:
    removes = word.value is None and leaf.key is not None
    text = "✕ unset" if removes else shown_value(word.value, _CELL_WIDTH)
    fixed = " (fixed)" if word.layer == FIXED else ""
    return f"{text}{fixed}{' ←' if word.layer == leaf.layer else ''}"


def shown_value(value: Json, width: int | None = None) -> str:
    """A value in a cell: text as it is, unless it could be taken for another JSON value; cut at `width`."""
    text = value if isinstance(value, str) and not _needs_quotes(value) else json.encode(value).decode()
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def _needs_quotes(text: str) -> bool:
    if not text.strip() or text != text.strip() or not text.isprintable():
        return True
    try:
        json.decode(text)
    except ValueError:
        return False
    return True


def _show_problems(title: str, problems: Sequence[Problem]) -> None:
    if problems:
        show(f"\n{title}:")
    for problem in problems:
        show(f"  {problem}")


def _show_job(job: JobSpec) -> None:
    show("\nJob:")
    fields = {name: value for name, value in job.job_configuration.items() if name not in ("env", "command")}
    command = job.job_configuration.get("command") or "the flow's own process"
    for line in _lines({"command": command, **fields}):
        show(f"  {line}")
    show("\nEnvironment:")
    for line in _environment_lines(job):
        show(f"  {line}")
    show("")
    show_fields({"Hash": job.hash, "Template": job.template_version})


def _lines(fields: dict[str, Json]) -> Iterator[str]:
    width = max(map(len, fields)) + 1
    for name, value in fields.items():
        yield f"{f'{name}:':<{width}} {shown_value(value)}"


def _environment_lines(job: JobSpec) -> Iterator[str]:
    """The environment as the job gets it: all of it is text, so only what is unprintable needs quotes."""
    environment = job.environment
    for name, text in sorted(environment.items()):
        yield f"{name}={text if text.isprintable() else json.encode(text).decode()}"
    for name in job.unset_environment:
        yield f"{name} is taken away, also from what the worker hands down"
    if not environment and not job.unset_environment:
        yield "nothing is set"


class Difference(Struct, frozen=True, omit_defaults=True):
    """One leaf in which two jobs differ; unset where a job does not have it."""

    path: str
    a: Json | UnsetType = UNSET
    b: Json | UnsetType = UNSET
    a_from: str | None = None
    """The layer that set it."""
    b_from: str | None = None


class Comparison(Struct, frozen=True, kw_only=True):
    """What sets two jobs apart."""

    a_hash: str
    b_hash: str
    same: bool
    """Whether both launch the same."""
    differences: tuple[Difference, ...]


def compare(a: JobSpec, b: JobSpec) -> Comparison:
    """What sets two jobs apart: leaf by leaf; where no leaf does, by the parts of what is launched."""
    of_a, of_b = ({leaf.path: leaf for leaf in job.leaves} for job in (a, b))
    paths = dict.fromkeys([*of_a, *of_b])
    found = [_difference(path, of_a.get(path), of_b.get(path)) for path in paths]
    differences = tuple(each for each in found if _differ(each.a, each.b))
    if a.hash != b.hash and not differences:
        differences = tuple(_of_configuration(a, b))
    return Comparison(a_hash=a.hash, b_hash=b.hash, same=a.hash == b.hash, differences=differences)


def _difference(path: str, a: Leaf | None, b: Leaf | None) -> Difference:
    (value_of_a, layer_of_a), (value_of_b, layer_of_b) = map(_value_and_layer, (a, b))
    return Difference(path, value_of_a, value_of_b, layer_of_a, layer_of_b)


def _value_and_layer(leaf: Leaf | None) -> tuple[Json, str | None]:
    return (UNSET, None) if leaf is None else (leaf.value, leaf.layer)


def _of_configuration(a: JobSpec, b: JobSpec) -> Iterator[Difference]:
    for name in dict.fromkeys([*a.job_configuration, *b.job_configuration]):
        values = [job.job_configuration.get(name, UNSET) for job in (a, b)]
        if _differ(*values):
            yield Difference(f"job_configuration.{name}", *values)


def _differ(a: Json, b: Json) -> bool:
    if a is UNSET or b is UNSET:
        return a is not b
    return canonical(a) != canonical(b)  # for Python 1 and True are equal


def show_comparison(comparison: Comparison, names: tuple[str, str], *, as_json: bool = False) -> None:
    """Print what sets two jobs apart; `names` stand at the head of their columns."""
    if as_json:
        show_json(comparison)
        return
    rows = [
        (each.path, _side(each.a), each.a_from or SILENT, _side(each.b), each.b_from or SILENT)
        for each in comparison.differences
    ]
    show_table(
        ("Variable", names[0], "From", names[1], "From"), rows, empty="No variable is set differently."
    )
    same = "Both launch the same job." if comparison.same else "They launch different jobs."
    show(f"\n{same} Hashes: {comparison.a_hash[:12]} and {comparison.b_hash[:12]}.")


def _side(value: Json) -> str:
    return "(not set)" if value is UNSET else shown_value(value, _EFFECTIVE_WIDTH)
