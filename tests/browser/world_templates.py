"""The work pools of the story."""

from typing import Any

CLUSTER: dict[str, Any] = {
    "job_configuration": {
        "image": "{{ image }}",
        "command": "{{ command }}",
        "env": "{{ env }}",
        "labels": "{{ labels }}",
        "namespace": "{{ namespace }}",
        "resources": {
            "limits": {"cpu": "{{ cpu_limit }}", "memory": "{{ memory }}"},
            "requests": {"cpu": "{{ cpu_request }}"},
        },
        "service_account": "{{ service_account }}",
        "image_pull_policy": "IfNotPresent",
    },
    "variables": {
        "type": "object",
        "required": ["image"],
        "properties": {
            "image": {
                "title": "Image",
                "description": "The container image that the flow's process runs in.",
                "type": "string",
                "default": "registry.example/shop:1.8.0",
            },
            "command": {
                "title": "Command",
                "description": "Runs instead of the flow's own process.",
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "default": None,
                "x-overridable": "never",
            },
            "env": {
                "title": "Environment variables",
                "description": "Merged key by key; null takes a variable away.",
                "type": "object",
                "additionalProperties": True,
                "x-merge": "keys",
                "default": {
                    "LOG_LEVEL": "INFO",
                    "REGION": "eu-west-1",
                    "WAREHOUSE_URL": "postgresql://warehouse.internal/orders",
                    "OLD_FLAG": "1",
                },
            },
            "labels": {
                "title": "Labels",
                "description": "On everything that is made for the run. Merged key by key.",
                "type": "object",
                "additionalProperties": {"type": "string"},
                "x-merge": "keys",
                "default": {"team": "data", "cost-centre": "4711"},
            },
            "namespace": {
                "title": "Namespace",
                "type": "string",
                "enum": ["data", "data-staging", "ml"],
                "default": "data",
            },
            "cpu_limit": {
                "title": "CPU limit",
                "description": "Cores that the job may use at most.",
                "type": "number",
                "minimum": 0.1,
                "maximum": 64,
                "default": 1,
            },
            "cpu_request": {
                "title": "CPU request",
                "description": "Cores that are kept free for the job.",
                "type": "number",
                "minimum": 0.1,
                "default": 0.5,
            },
            "memory": {
                "title": "Memory",
                "description": "At most so much, e.g. 512Mi or 4Gi.",
                "type": "string",
                "pattern": "^[1-9][0-9]*(Mi|Gi)$",
                "default": "2Gi",
            },
            "service_account": {
                "title": "Service account",
                "description": "Whom the job acts as; given by the pool, and nobody else.",
                "type": "string",
                "default": "flow-runner",
                "x-overridable": "never",
            },
        },
    },
}
"""A custom template: bounds, a choice, a pattern, two maps merged by keys, two locked variables."""

BATCH: dict[str, Any] = {
    "job_configuration": {
        "image": "{{ image }}",
        "env": "{{ env }}",
        "queue": "{{ queue }}",
        "gpu": "{{ gpu }}",
    },
    "variables": {
        "type": "object",
        "properties": {
            "image": {"title": "Image", "type": "string", "default": "registry.example/ml:2.1"},
            "env": {
                "title": "Environment variables",
                "type": "object",
                "additionalProperties": True,
                "default": {"OMP_NUM_THREADS": "4"},
            },
            "queue": {"title": "Queue", "type": "string", "default": "standard"},
            "gpu": {"title": "GPU", "type": "boolean", "default": False},
        },
    },
}
