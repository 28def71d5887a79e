"""What our own constructs are made of: elements of SQL that each database is told in its own words."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Condition(FunctionElement[bool]):
    """A condition; its arguments are a column and what is looked for."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - conditions stand in parentheses
        return self


def parts(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    """The SQL of each argument."""
    return [compiler.process(part, **kw) for part in element.clauses]
