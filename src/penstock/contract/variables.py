"""Variables: named JSON values that flows and job variables refer to."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset, VariableName
from penstock.contract.filters import NamedSort, VariableFilter
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment


class Variable(Struct, kw_only=True):
    """A named JSON value."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    value: Any
    tags: list[str] = []


class VariableCreate(Document):
    """A variable to make."""

    name: VariableName
    value: Any
    tags: list[str] | None = []


class VariableUpdate(Document):
    """What to change about a variable; what is left out stays, and so does what is null, but for `value`."""

    name: VariableName | UnsetType | None = UNSET
    value: Any = UNSET
    tags: list[str] | UnsetType | None = UNSET


class VariableCriteria(Form):
    """Which variables."""

    variables: VariableFilter | None = None


class VariableQuery(VariableCriteria):
    """Which variables, in which order, how many."""

    sort: NamedSort = NamedSort.NAME_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint("POST", "/variables/", action="variables:create", status=201, errors=(AlreadyExists,))
def create_variable(body: VariableCreate) -> Variable:
    """Make a variable."""


@endpoint("GET", "/variables/{id}", action="variables:read", errors=(NotFound,))
def read_variable(id: UUID) -> Variable:
    """One variable, by its id."""


@endpoint("PATCH", "/variables/{id}", action="variables:update", status=204, errors=(NotFound, AlreadyExists))
def update_variable(id: UUID, body: VariableUpdate) -> None:
    """Change a variable."""


@endpoint("DELETE", "/variables/{id}", action="variables:delete", status=204, errors=(NotFound,))
def delete_variable(id: UUID) -> None:
    """Delete a variable."""


@endpoint("GET", "/variables/name/{name}", action="variables:read", errors=(NotFound,))
def read_variable_by_name(name: str) -> Variable:
    """One variable, by its name."""


@endpoint(
    "PATCH", "/variables/name/{name}", action="variables:update", status=204, errors=(NotFound, AlreadyExists)
)
def update_variable_by_name(name: str, body: VariableUpdate) -> None:
    """Change a variable that is known by its name."""


@endpoint("DELETE", "/variables/name/{name}", action="variables:delete", status=204, errors=(NotFound,))
def delete_variable_by_name(name: str) -> None:
    """Delete a variable that is known by its name."""


@endpoint("POST", "/variables/filter", action="variables:read", idempotent=True)
def read_variables(body: VariableQuery = VariableQuery()) -> list[Variable]:
    """The variables that meet the criteria."""


@endpoint("POST", "/variables/count", action="variables:read", idempotent=True)
def count_variables(body: VariableCriteria = VariableCriteria()) -> int:
    """How many variables meet the criteria."""
