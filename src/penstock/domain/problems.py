"""What is wrong, or doubtful, about job variables and templates: data that every entrance shows alike.

A problem names the path, the layer, the rule and the type of the value, and never the value itself: that may
be a secret that someone wrote in the wrong place.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Fault, Path

_PLAIN = re.compile(r"[^\W\d][\w-]*")
MAX_PROBLEMS = 200
_SHOWN = 200
"""How many characters of a name are shown."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong (an error) or doubtful (a warning)."""

    path: str
    """Where: `env.A`, `args[0]`, `env["a.b"]`; empty for the whole document."""
    rule: str
    """Which rule: a JSON Schema keyword (`type`, `required`, …) or one of ours (`undeclared`, …)."""
    message: str
    layer: str | None = None
    """Who wrote the value: `pool`, `deployment`, `run`; None where nobody did."""
    value_type: str | None = None
    """The JSON type of the value that was given; None where there is none."""
    hint: str | None = None
    """The next step."""

    def __str__(self) -> str:
        layer = f"({self.layer})" if self.layer else ""
        subject = " ".join(filter(None, (self.path, layer)))
        return f"{f'{subject}: ' if subject else ''}{self.message}{f' {self.hint}' if self.hint else ''}"


class Findings(NamedTuple):
    """What is wrong and what is doubtful, gathered while it is found."""

    errors: list[Problem]
    warnings: list[Problem]


def bounded(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The first `MAX_PROBLEMS`, and how many more there are: a thousand lines are read by nobody."""
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return tuple(problems)
    return (*problems[:MAX_PROBLEMS], Problem("", "more", f"and {more:,} more."))


class JobVariablesInvalid(InvalidInput):
    """Job variables that cannot be used. `problems` has all of them; the text shows them one a line."""

    code = "job-variables-invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "\n".join(map(str, problems)), field=problems[0].path, detail=[*map(_as_data, problems)]
        )
        self.problems = tuple(problems)


class JobVariablesForbidden(JobVariablesInvalid):
    """Job variables that the pool does not let this layer say, and that are right otherwise."""

    code = "job-variables-forbidden"


class BaseJobTemplateInvalid(JobVariablesInvalid):
    """A base job template that cannot be used."""

    code = "base-job-template-invalid"


OVERRIDE_RULES: Final = frozenset({"x-overridable", "x-run", "x-env-keys"})
"""The rules of problems that are about who may say what, and not about what makes sense."""


def job_variables_refusal(problems: Sequence[Problem]) -> JobVariablesInvalid:
    """The refusal that tells these problems, of which there is at least one."""
    forbidden = all(problem.rule in OVERRIDE_RULES for problem in problems)
    return JobVariablesForbidden(problems) if forbidden else JobVariablesInvalid(problems)


def join_path(path: Path) -> str:
    """A path as people write it: `env.A`. Names that would be misread are quoted, endless ones are cut."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step) and len(step) <= _SHOWN:
            text += f".{step}" if text else step
        else:
            text += f"['{shown(step)}']" if text else shown(step)
    return text


def shown(text: str) -> str:
    """A user's text as part of a message: not endless, and nothing in it that a terminal would obey."""
    start = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return start if start.isprintable() else repr(start)[1:-1]


def problem_of_fault(fault: Fault, layer: str | None) -> Problem:
    """What is told about a value that is not acceptable JSON."""
    return Problem(
        path=join_path(fault.path),
        rule=fault.rule,
        message=f"{fault.message}.",
        layer=layer,
        value_type=fault.value_type,
    )


def _as_data(problem: Problem) -> dict[str, str]:
    return {
        name: value for name in problem.__struct_fields__ if (value := getattr(problem, name)) is not None
    }
