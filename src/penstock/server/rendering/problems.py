"""What can be wrong with a template: when it is written, and when it is filled."""

from collections.abc import Sequence
from difflib import get_close_matches

from msgspec import Struct

from penstock.domain.errors import InvalidInput


class TemplateProblem(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with one template."""

    path: str
    """Where the template stands: `parameters.name`; empty where there is only one."""
    message: str
    line: int = 1
    """Line within the template."""
    hint: str | None = None
    """The next step."""

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.path else f"line {self.line}"
        return f"{where}: {self.message}{f' {self.hint}' if self.hint else ''}"


class RenderError(InvalidInput):
    """Templates that could not be filled. Nothing was made of them: there is no value to go on with."""

    code = "template-failed"

    def __init__(self, problems: Sequence[TemplateProblem]) -> None:
        first = problems[0]
        more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
        detail = [{"path": p.path, "line": p.line, "message": p.message, "hint": p.hint} for p in problems]
        super().__init__(f"{first}{more}", field=first.path or None, detail=detail)
        self.problems = tuple(problems)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """What was probably meant, as the next step: `Did you mean 'event'?`."""
    found = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]!r}?" if found else None
