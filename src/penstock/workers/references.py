"""References in a frozen job, filled in just before launch: here, and nowhere else, they become values."""

from penstock.client.client import Client
from penstock.contract.variables import read_variable_by_name
from penstock.domain.errors import NotFound
from penstock.domain.job_spec import BoundJob, JobSpec, bind_references
from penstock.domain.json_values import Json

_VARIABLE_PREFIXES = ("penstock.variables.", "prefect.variables.")


async def bind(client: Client, spec: JobSpec) -> BoundJob:
    """The job with the values of what it refers to.

    Raises:
        ReferenceMissing: Something that it refers to does not exist.
    """
    values: dict[str, Json] = {}
    for reference in spec.references:
        name = _variable_name(reference)
        if name is not None:
            await _fetch(client, reference, name, values)
    return bind_references(spec, values)


def _variable_name(reference: str) -> str | None:
    for prefix in _VARIABLE_PREFIXES:
        if reference.startswith(prefix):
            return reference.removeprefix(prefix)
    return None


async def _fetch(client: Client, reference: str, name: str, values: dict[str, Json]) -> None:
    try:
        values[reference] = (await client.call(read_variable_by_name, name)).value
    except NotFound:
        return  # `bind_references` names all that are missing at once, and knows their defaults
