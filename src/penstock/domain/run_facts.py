"""Facts about a run that job variables may speak of: `{{ ctx.flow_run.name }}`.

They are known when a worker claims the run. They are kept beside the frozen job and filled in together with
the references, in one pass: a run named `{{ penstock.secrets.x }}` must never get at a secret.
"""

from collections.abc import Mapping
from typing import Final

from penstock.domain.json_values import Json
from penstock.domain.names import did_you_mean
from penstock.domain.problems import shown
from penstock.domain.templates import MISSING

FACTS: Final = frozenset(
    {
        "deployment.id",
        "deployment.name",
        "flow.id",
        "flow.name",
        "flow_run.expected_start_time",
        "flow_run.id",
        "flow_run.name",
        "flow_run.run_count",
        "work_pool.name",
        "work_queue.name",
    }
)
PARAMETERS: Final = "flow_run.parameters."
"""Followed by the name of a parameter of the flow, and by dots and keys to lead into its value."""


def unknown_fact(name: str) -> str | None:
    """Why `{{ ctx.NAME }}` stands for nothing that a run has, with the nearest fact; None if it is one."""
    if name in FACTS or (name.startswith(PARAMETERS) and name != PARAMETERS):
        return None
    suggestion = did_you_mean(f"ctx.{name}", [f"ctx.{fact}" for fact in FACTS])
    return f"{{{{ ctx.{shown(name)} }}}} is no fact that a run has. {suggestion}".rstrip()


def look_up(facts: Mapping[str, Json], name: str) -> Json:
    """The fact called `flow_run.name` in `{"flow_run": {"name": …}}`, or MISSING."""
    found: Json = facts
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return MISSING
        found = found[step]
    return found
