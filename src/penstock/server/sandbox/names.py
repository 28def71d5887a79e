"""What templates may name: an event and its resources in automations, the request in webhooks."""

from typing import Final, TypeAlias

Names: TypeAlias = dict[str, frozenset[str] | None]
"""Names, and the attributes that each has; None where that can't be told beforehand."""

_EVENT = frozenset(("id", "event", "occurred", "received", "resource", "related", "payload", "follows"))

AUTOMATION_NAMES: Final[Names] = {
    "automation": None,
    "deployment": None,
    "event": _EVENT,
    "events": None,
    "firing": None,
    "flow": None,
    "flow_run": None,
    "labels": None,
    "metric": None,
    "task_run": None,
    "trigger": None,
    "work_pool": None,
    "work_queue": None,
}
"""What the templates of an action may name."""

WEBHOOK_NAMES: Final[Names] = {"body": None, "headers": None, "method": None, "query": None}
"""What the templates of a webhook may name."""
