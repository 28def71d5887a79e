"""Documents that commands take: JSON or YAML, in a file or written on the command line."""

from pathlib import Path

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, type_name


def read_document(file: Path) -> dict[str, Json]:
    """A file with one JSON or YAML object, as plain data.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It cannot be read; says line and column. Or it holds no object.
        TooLarge: More than 1 MiB.
    """
    from penstock.sdk.deployments.yaml_document import read_yaml

    value: Json = msgspec.json.decode(msgspec.json.encode(read_yaml(file).data))
    if not isinstance(value, dict):
        message = f"{file} holds {type_name(value)}, where an object must be."
        raise InvalidInput(message)
    return value


def read_base_job_template(given: str) -> dict[str, Json]:
    """A base job template: a file, a JSON text, or a file with a whole work pool as `inspect` prints it.

    Raises as `read_document`.
    """
    if given.lstrip().startswith("{"):
        return template_in(_parse(given))
    return template_in(read_document(Path(given)))


def _parse(text: str) -> dict[str, Json]:
    try:
        found: dict[str, Json] = msgspec.json.decode(text, type=dict)
    except msgspec.DecodeError as error:
        message = f"--base-job-template starts with '{{' and is not JSON: {error}."
        raise InvalidInput(message, hint="Give a file, or write JSON.") from None
    return found


def template_in(document: dict[str, Json]) -> dict[str, Json]:
    """The template in a work pool's document, else the document itself."""
    template = document.get("base_job_template")
    return template if isinstance(template, dict) else document
