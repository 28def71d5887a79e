"""What it costs to import the SDK and to ask the command line something."""

import subprocess

from benchmarks.figures import Figure, middle
from benchmarks.machine import cost_of_command
from benchmarks.sides import Side, Sides

ROUNDS = 7
_MODULES = (
    "import sys; before = len(sys.modules); from {0} import flow, task; print(len(sys.modules) - before)"
)

_CLOSURE = """
import re
from importlib.metadata import distribution, PackageNotFoundError

seen, todo = set(), ["{0}"]
while todo:
    name = re.sub("[-_.]+", "-", todo.pop()).lower()
    if name in seen:
        continue
    try:
        needed = distribution(name).requires or []
    except PackageNotFoundError:
        continue
    seen.add(name)
    todo += [re.match("[A-Za-z0-9._-]+", line).group() for line in needed if "extra ==" not in line]
print(*seen)
"""


def measure(sides: Sides) -> list[Figure]:
    """Modules and CPU of the import; CPU of `--help` and `version`; each against `python -c pass`."""
    figures = [_modules(sides)]
    statement = "from {0} import flow, task"
    figures.append(_against_bare(sides, "import flow, task: CPU", 3.0, ["-c", statement]))
    figures.append(_against_bare(sides, "--help: CPU", 5.0, ["--help"]))
    figures.append(_against_bare(sides, "version: CPU", 5.0, ["version"]))
    return [*figures, _distributions(sides)]


def _modules(sides: Sides) -> Figure:
    counts = [int(_output(side, _MODULES.format(side.name))) for side in sides]
    return Figure("import flow, task: modules", "", counts[0], 120, counts[1] if len(counts) > 1 else None)


def _against_bare(sides: Sides, what: str, bar: float, arguments: list[str]) -> Figure:
    ratios = [_ratio(side, arguments) for side in sides]
    return Figure(what, "× bare python", ratios[0], bar, ratios[1] if len(ratios) > 1 else None)


def _ratio(side: Side, arguments: list[str]) -> float:
    """The median, over rounds in turn, of the command's CPU against that of an idle interpreter."""
    program = side.python if arguments[0] == "-c" else side.command
    command = [program, *(part.format(side.name) for part in arguments)]
    with side.home() as home:
        env = side.env(home)
        cost_of_command(command, env)
        ratios = []
        for _ in range(ROUNDS if side.name == "penstock" else 3):
            bare = cost_of_command([side.python, "-c", "pass"], env).cpu
            ratios.append(cost_of_command(command, env).cpu / bare)
    return middle(ratios)


def _distributions(sides: Sides) -> Figure:
    counts = [len(_output(side, _CLOSURE.format(side.name)).split()) for side in sides]
    return Figure("pip install: distributions", "", counts[0], 25, counts[1] if len(counts) > 1 else None)


def _output(side: Side, code: str) -> str:
    done = subprocess.run([side.python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
