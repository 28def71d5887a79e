"""A draft of an automation, checked as it is typed: all that is wrong with it at once, each in its place."""

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.forms import Form
from penstock.domain.problems import Problem


class AutomationDraft(Form):
    """An automation as far as it is written."""

    automation: JsonObject
    """What saving it would be asked with; any of it may be wrong."""


class AutomationCheck(Struct, kw_only=True):
    """What saving a draft would be refused for. Nothing is saved."""

    ok: bool
    """Whether it would be saved."""
    problems: list[Problem]
    """Paths begin with a field of the automation: `actions[0].job_variables.env.A`, `trigger.within`."""


@endpoint(
    "POST", "/automations/check", action="automations:test", idempotent=True, ours=True, audited="never"
)
def check_automation(body: AutomationDraft) -> AutomationCheck:
    """Whether a draft could be saved, and what is wrong with it.

    A draft that could not be is no error of the request: the answer is the same, and tells why.
    """
