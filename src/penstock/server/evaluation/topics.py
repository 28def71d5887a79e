"""What rings when automations have something to do, and what keeps evaluations apart."""

from typing import Final

AUTOMATIONS: Final = "automations"
"""The topic that is rung when an automation was made, changed or taken away."""
ACTIONS: Final = "actions"
"""The topic that is rung when actions are to be done."""
EVALUATION_LOCK: Final = 7237104392
"""Number of the lock that whoever evaluates, or changes automations, holds to the end of the transaction."""
