"""What can be wrong with a template: when it is written, and when it is filled."""

from collections.abc import Sequence

from msgspec import Struct

from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean


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


class _TemplatesWrong(InvalidInput):
    """Says what is wrong with which templates."""

    def __init__(self, problems: Sequence[TemplateProblem]) -> None:
        first = problems[0]
        more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
        detail = [{"path": p.path, "line": p.line, "message": p.message, "hint": p.hint} for p in problems]
        super().__init__(f"{first}{more}", field=first.path or None, detail=detail)
        self.problems = tuple(problems)


class RenderError(_TemplatesWrong):
    """Templates that could not be filled. Nothing was made of them: there is no value to go on with."""

    code = "template-failed"


class TemplateInvalid(_TemplatesWrong):
    """Templates that are not saved, because they could never be filled."""

    code = "template-invalid"


def nearest(name: str, known: Sequence[str]) -> str | None:
    """What was probably meant, as the next step: `Did you mean 'event'?`."""
    return did_you_mean(name, known) or None
