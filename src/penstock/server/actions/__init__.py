"""What automations do, one file an action. Here they are entered by type, so that nobody has to list them."""

from typing import Any

from penstock.server.action_kinds import Kind
from penstock.server.actions import (
    call_webhook,
    cancel_flow_run,
    change_flow_run_state,
    delete_flow_run,
    do_nothing,
    pause_automation,
    pause_deployment,
    pause_work_pool,
    pause_work_queue,
    resume_automation,
    resume_deployment,
    resume_flow_run,
    resume_work_pool,
    resume_work_queue,
    run_deployment,
    send_notification,
    suspend_flow_run,
)

_MODULES = (
    call_webhook,
    cancel_flow_run,
    change_flow_run_state,
    delete_flow_run,
    do_nothing,
    pause_automation,
    pause_deployment,
    pause_work_pool,
    pause_work_queue,
    resume_automation,
    resume_deployment,
    resume_flow_run,
    resume_work_pool,
    resume_work_queue,
    run_deployment,
    send_notification,
    suspend_flow_run,
)
KINDS: dict[type[Any], Kind] = {module.KIND.type: module.KIND for module in _MODULES}
"""How each action is done, by its class in `domain.automations`."""
OUTSIDE = tuple(sorted(kind.name for kind in KINDS.values() if kind.ready is not None))
"""The types of the actions that call the outside."""


def kind_of(action: Any) -> Kind:
    """How an action is done."""
    return KINDS[type(action)]
