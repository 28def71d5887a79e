"""The rules of `transitions.decide`, in the order in which they are asked."""

from penstock.domain.rules.flow_runs import FLOW_RUN_RULES
from penstock.domain.rules.task_runs import TASK_RUN_RULES

__all__ = ["FLOW_RUN_RULES", "TASK_RUN_RULES"]
