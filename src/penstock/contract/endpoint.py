"""One endpoint of the HTTP API, declared once as a typed function without a body.

    @endpoint("POST", "/flow_runs/{id}/set_state", action="flow_runs:set_state", errors=(NotFound, Fenced))
    def set_flow_run_state(id: UUID, body: SetFlowRunState) -> OrchestrationResult:
        "Propose a state to a flow run."

The signature *is* the declaration: parameters that stand in the path are path parameters, `body` is the JSON
body (of the type `bytes`: whatever was sent), the others are query parameters, and a default makes one
optional. Routes, validation, OpenAPI, the client and the table of routes and roles are derived from it. Paths
are relative to `/api`.
"""

import re
from collections.abc import Callable, Mapping
from inspect import cleandoc
from typing import Any, Final, Generic, Literal, ParamSpec, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from penstock.contract.permissions import ROLES_BY_ACTION
from penstock.domain.errors import PenstockError

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

JSON: Final = "application/json"

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]

Audited = Literal["always", "if-new", "by-others", "by-people", "secrets", "never"]
"""When a call is a row of the audit log.

- `always`: whoever asks.
- `if-new`: where it made something; not where that was there already.
- `by-others`: unless a run asks for itself, or a worker: its states and its rows name it.
- `by-people`: where somebody sits at the page or the terminal, or says what a run never says of itself. For
  what processes do all the time, and what has a history with names of its own.
- `secrets`: where secrets are asked for in the clear.
- `never`: reads, and what is volume.
"""


_READS: Final = (":read", ":probe")


class Required:
    """Stands where a parameter has no default."""


class Parameter(Struct, frozen=True):
    """A path or query parameter, or the body."""

    name: str
    type: Any
    default: Any = Required
    alias: str | None = None

    @property
    def sent_as(self) -> str:
        """Its name on the wire, where that is not its name in Python."""
        return self.alias or self.name

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is Required


class Upserted(Struct, Generic[T], frozen=True):
    """What the op of an endpoint with two success statuses returns: a thing, and whether it is new."""

    value: T
    created: bool


def is_new(answer: Any) -> bool:
    """Whether an op's answer gets the first of two success statuses. An answer may say so by its type."""
    if isinstance(answer, Upserted):
        return answer.created
    return getattr(answer, "is_new", True)


class Call(Struct, frozen=True):
    """The arguments of one call, sorted by where they travel."""

    path: dict[str, Any]
    query: dict[str, Any]
    body: Any = None


class Endpoint(Struct, Generic[P, R], frozen=True, kw_only=True, eq=False):
    """A method, a path, and all that is known about what goes in and comes out."""

    name: str
    """Name of the op that answers it, unique in the API: `create_flow_run`."""
    noun: str
    """Which part of the API it belongs to: `flow_runs`."""
    method: Method
    path: str
    """Below `/api`, with `{name}` for path parameters."""
    path_params: tuple[Parameter, ...]
    query_params: tuple[Parameter, ...]
    body: Parameter | None
    response: Any
    """Type of the answer; `None` where there is no content."""
    media_type: str
    """Of the answer. `response` is `bytes` where this is not JSON."""
    statuses: tuple[int, ...]
    """Success statuses: one, or (what a new thing gets, what an existing one gets); see `is_new`."""
    errors: tuple[type[PenstockError], ...]
    """What it may answer beyond `InvalidInput`, `Unauthenticated`, `PermissionDenied` and `Unavailable`."""
    action: str
    """The permission that it takes, a key of `permissions.ROLES_BY_ACTION`."""
    idempotent: bool
    """Whether doing it twice is the same as doing it once, so that a client may repeat it blindly."""
    doc: str
    ours: bool
    """Whether it is an addition to the reference's API."""
    audited: Audited = "always"
    """When a call is a row of the audit log."""
    max_body_size: int | None = None
    """Of a request, in bytes, where that is less than the server takes anywhere."""

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
        """Sort the arguments of a call. Raises `TypeError` as calling a function wrongly does."""
        given = self._by_name(args, kwargs)
        path = {parameter.name: self._take(given, parameter) for parameter in self.path_params}
        query = {p.name: given.pop(p.name) for p in self.query_params if p.name in given}
        if missing := [p.name for p in self.query_params if p.required and p.name not in query]:
            message = f"{self.name}() needs {', '.join(missing)}"
            raise TypeError(message)
        body = self._take(given, self.body) if self.body is not None else None
        if given:
            message = f"{self.name}() takes no {', '.join(given)}"
            raise TypeError(message)
        return Call(path, query, body)

    def _by_name(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        body = (self.body,) if self.body is not None else ()
        names = [p.name for p in (*self.path_params, *body, *self.query_params)]
        if len(args) > len(names):
            message = f"{self.name}() takes {len(names)} argument(s), not {len(args)}"
            raise TypeError(message)
        given = dict(zip(names, args, strict=False))
        if twice := given.keys() & kwargs.keys():
            message = f"{self.name}() got {', '.join(sorted(twice))} twice"
            raise TypeError(message)
        given.update(kwargs)
        return given

    def _take(self, given: dict[str, Any], parameter: Parameter) -> Any:
        value = given.pop(parameter.name, parameter.default)
        if value is Required:
            message = f"{self.name}() needs {parameter.name}"
            raise TypeError(message)
        return value


def endpoint(
    method: Method,
    path: str,
    *,
    action: str,
    status: int = 200,
    existing_status: int | None = None,
    errors: tuple[type[PenstockError], ...] = (),
    media_type: str = JSON,
    idempotent: bool | None = None,
    ours: bool = False,
    audited: Audited | None = None,
    query_names: Mapping[str, str] = {},
    max_body_size: int | None = None,
) -> Callable[[Callable[P, R]], Endpoint[P, R]]:
    """Declare the decorated function's signature as an endpoint.

    Args:
        status: Answered on success.
        existing_status: Answered instead when what was to be made exists already, or nothing changed.
        idempotent: Whether it may be repeated blindly. Unless said otherwise, everything but POST may.
        audited: When a call is a row of the audit log. Unless said otherwise, always, but never of a read.
        query_names: How query parameters are called on the wire whose names Python can't say.

    Raises:
        ValueError: The action is not declared in `permissions.py`, or the path and the signature differ.
    """
    if action not in ROLES_BY_ACTION:
        message = f"{method} {path} declares the unknown action {action!r}"
        raise ValueError(message)

    def declare(function: Callable[P, R]) -> Endpoint[P, R]:
        in_path = re.findall(r"{(\w+)}", path)
        parameters = _parameters(function)
        if missing := set(in_path) - parameters.keys():
            message = f"{function.__name__} lacks the path parameters {sorted(missing)} of {path}"
            raise ValueError(message)
        return Endpoint(
            name=function.__name__,
            noun=function.__module__.rpartition(".")[2],
            method=method,
            path=path,
            path_params=tuple(parameters.pop(name) for name in in_path),
            body=parameters.pop("body", None),
            query_params=tuple(
                replace(parameter, alias=query_names.get(name)) for name, parameter in parameters.items()
            ),
            response=function.__annotations__["return"],
            media_type=media_type,
            statuses=(status,) if existing_status is None else (status, existing_status),
            errors=errors,
            action=action,
            idempotent=method != "POST" if idempotent is None else idempotent,
            doc=_documentation(function),
            ours=ours,
            audited=audited or ("never" if action.endswith(_READS) else "always"),
            max_body_size=max_body_size,
        )

    return declare


def _parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    # Read from the code object: `inspect.signature` is slower than everything else here together.
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    by_name = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    types = function.__annotations__
    return {name: Parameter(name, types[name], by_name.get(name, Required)) for name in names}


def _documentation(function: Callable[..., Any]) -> str:
    if not function.__doc__:
        message = f"{function.__module__}.{function.__name__} says nothing about what it does"
        raise ValueError(message)
    return cleandoc(function.__doc__)
