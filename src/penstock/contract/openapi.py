"""The OpenAPI 3.1 document of the API, derived from the registry."""

from collections.abc import Iterable
from typing import Any

import msgspec

from penstock.contract.endpoint import JSON, Endpoint, Parameter
from penstock.contract.fields import JsonObject
from penstock.contract.permissions import ROLES_BY_ACTION, Role
from penstock.contract.refusals import Refusal
from penstock.domain.errors import (
    InvalidInput,
    PenstockError,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
)
from penstock.domain.schedules import SCHEDULE_KINDS, Schedule

_SCHEMA_URL = "#/components/schemas/{name}"
_EVERYWHERE: tuple[type[PenstockError], ...] = (InvalidInput, Unauthenticated, PermissionDenied, Unavailable)


def describe(endpoints: Iterable[Endpoint[..., Any]], version: str) -> JsonObject:
    """The OpenAPI document of `endpoints`; `version` is that of the product."""
    endpoints = list(endpoints)
    types = _types_of(endpoints)
    schemas, components = msgspec.json.schema_components(
        types, schema_hook=_schema_of, ref_template=_SCHEMA_URL
    )
    schema_by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, JsonObject] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schema_by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Penstock", "version": version},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _types_of(endpoints: list[Endpoint[..., Any]]) -> list[Any]:
    """Every type that travels, each once; refusals and the kinds of schedules included."""
    found: list[Any] = [Refusal, *SCHEDULE_KINDS.values()]
    for endpoint in endpoints:
        found += [parameter.type for parameter in (*endpoint.path_params, *endpoint.query_params)]
        found += [endpoint.body.type] if endpoint.body and endpoint.body.type is not bytes else []
        found += [endpoint.response] if endpoint.response not in (None, bytes) else []
    return list({repr(type_): type_ for type_ in found}.values())


def _schema_of(type_: Any) -> JsonObject:
    """The schema of types that msgspec does not know."""
    if type_ is Schedule:
        names = [kind.__name__ for kind in SCHEDULE_KINDS.values()]
        return {"anyOf": [{"$ref": _SCHEMA_URL.format(name=name)} for name in names]}
    raise NotImplementedError(type_)


def _operation(endpoint: Endpoint[..., Any], schemas: dict[str, JsonObject]) -> JsonObject:
    summary, _, description = endpoint.doc.partition("\n\n")
    roles = [role for role in Role if role in ROLES_BY_ACTION[endpoint.action]]
    operation: JsonObject = {
        "operationId": endpoint.name,
        "tags": [endpoint.noun],
        "summary": summary,
        "parameters": [
            *(_parameter(p, "path", schemas) for p in endpoint.path_params),
            *(_parameter(p, "query", schemas) for p in endpoint.query_params),
        ],
        "responses": _responses(endpoint, schemas),
        "x-action": endpoint.action,
        "x-roles": [] if Role.ANONYMOUS in roles else roles,
    }
    if description:
        operation["description"] = description
    if endpoint.body:
        is_raw = endpoint.body.type is bytes
        content: JsonObject = {"*/*": {}} if is_raw else {JSON: {"schema": schemas[repr(endpoint.body.type)]}}
        operation["requestBody"] = {"required": endpoint.body.required, "content": content}
    if endpoint.ours:
        operation["x-addition"] = True
    return operation


def _parameter(parameter: Parameter, place: str, schemas: dict[str, JsonObject]) -> JsonObject:
    schema = dict(schemas[repr(parameter.type)])
    if not parameter.required and parameter.default is not None:
        schema["default"] = msgspec.to_builtins(parameter.default)
    return {"name": parameter.sent_as, "in": place, "required": parameter.required, "schema": schema}


def _responses(endpoint: Endpoint[..., Any], schemas: dict[str, JsonObject]) -> JsonObject:
    success: JsonObject = {"description": "Done."}
    if endpoint.response is bytes:
        success["content"] = {endpoint.media_type: {}}
    elif endpoint.statuses != (204,):
        schema = {} if endpoint.response is None else schemas[repr(endpoint.response)]
        success["content"] = {endpoint.media_type: {"schema": schema}}
    return {str(status): success for status in endpoint.statuses} | {"default": _refusals(endpoint)}


def _refusals(endpoint: Endpoint[..., Any]) -> JsonObject:
    """What it may answer instead; `x-codes` are the values that `code` in the body can have."""
    codes = sorted({error.code for error in (*_EVERYWHERE, *endpoint.errors)})
    content = {JSON: {"schema": {"$ref": _SCHEMA_URL.format(name=Refusal.__name__)}}}
    return {"description": "Refused.", "content": content, "x-codes": codes}
