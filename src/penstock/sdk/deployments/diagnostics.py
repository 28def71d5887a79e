"""What there is to say about a deployment file: where, what, and the next step."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path as FilePath

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Path
from penstock.domain.problems import join_path
from penstock.sdk.deployments.yaml_document import Document, Position


class Severity(StrEnum):
    """Whether something can be deployed all the same."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong (an error) or doubtful (a warning) in a deployment file."""

    severity: Severity
    message: str
    path: str = ""
    """Where in the document: `deployments[0].work_pool.name`."""
    file: str = ""
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    """The next step."""

    @property
    def is_error(self) -> bool:
        """Whether it stops the deployment."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        parts = [part for part in (place, self.path, self.message) if part]
        return ": ".join(parts) + (f" {self.hint}" if self.hint else "")


class ProjectInvalid(InvalidInput):
    """Deployments that cannot be made as they are written.

    `diagnostics` has every error and warning; the text shows the errors, one a line.
    """

    code = "project-invalid"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [diagnostic for diagnostic in self.diagnostics if diagnostic.is_error]
        detail = msgspec.to_builtins(self.diagnostics)
        super().__init__("\n".join(map(str, errors)), field=errors[0].path if errors else None, detail=detail)


class Reporter:
    """Makes diagnostics about one document, or about what was given without one."""

    def __init__(self, document: Document | None) -> None:
        self._document = document
        self._shown = _short(document.file) if document else ""

    def error(self, path: Path, message: str, hint: str | None = None) -> Diagnostic:
        """Something that is wrong at `path`."""
        return self._at(Severity.ERROR, path, self._position(path), message, hint)

    def warning(self, path: Path, message: str, hint: str | None = None) -> Diagnostic:
        """Something that is doubtful at `path`."""
        return self._at(Severity.WARNING, path, self._position(path), message, hint)

    def warning_at(self, position: Position, message: str, hint: str | None = None) -> Diagnostic:
        """Something that is doubtful at a place of the file."""
        return self._at(Severity.WARNING, (), position, message, hint)

    def _position(self, path: Path) -> Position | None:
        return self._document.position(path) if self._document else None

    def _at(
        self, severity: Severity, path: Path, position: Position | None, message: str, hint: str | None
    ) -> Diagnostic:
        line, column = position or (None, None)
        return Diagnostic(
            severity=severity,
            message=message,
            path=join_path(path),
            file=self._shown,
            line=line,
            column=column,
            hint=hint or None,
        )


def _short(file: FilePath) -> str:
    """A file as people call it: relative to where they are, when it is below."""
    try:
        return str(file.relative_to(FilePath.cwd()))
    except ValueError:
        return str(file)
