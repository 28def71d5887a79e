"""The base job templates that new pools get. Data only, so that a worker may load it cheaply."""

from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any, Final

_RUNS_CODE = "Whoever may set this runs code as the worker, with all that the worker may do."

_PROCESS: Final[dict[str, Any]] = {
    "job_configuration": {
        "name": "{{ name }}",
        "command": "{{ command }}",
        "env": "{{ env }}",
        "labels": "{{ labels }}",
        "stream_output": "{{ stream_output }}",
        "working_dir": "{{ working_dir }}",
    },
    "variables": {
        "type": "object",
        "properties": {
            "name": {
                "title": "Name",
                "description": "What the job is called on its infrastructure. By default the run's name.",
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "default": None,
            },
            "env": {
                "title": "Environment variables",
                "description": (
                    "Merged key by key; null takes a variable away. Values become text when the job starts: "
                    f"42 is 42, true is true, a list or map is its JSON. {_RUNS_CODE}"
                ),
                "type": "object",
                "additionalProperties": True,
                "x-merge": "keys",
            },
            "labels": {
                "title": "Labels",
                "description": "Put on the job where its infrastructure has labels. Merged key by key.",
                "type": "object",
                "additionalProperties": {"type": "string"},
                "x-merge": "keys",
            },
            "command": {
                "title": "Command",
                "description": (
                    "What to run instead of the flow's own process, split into arguments as a shell would "
                    f"split it, but never given to a shell. {_RUNS_CODE}"
                ),
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "default": None,
            },
            "stream_output": {
                "title": "Stream output",
                "description": "Whether what the job prints also goes to the worker's own output.",
                "type": "boolean",
                "default": True,
            },
            "working_dir": {
                "title": "Working directory",
                "description": "Where the job starts. By default a new directory, removed after the run.",
                "anyOf": [{"type": "string", "format": "path"}, {"type": "null"}],
                "default": None,
            },
        },
    },
}


DEFAULT_TEMPLATES: Final[Mapping[str, dict[str, Any]]] = MappingProxyType({"process": _PROCESS})
"""The template of a new pool, by the pool's type."""


def process_template() -> dict[str, Any]:
    """What a new pool of the type `process` gets. A copy: it may be changed."""
    return deepcopy(_PROCESS)
