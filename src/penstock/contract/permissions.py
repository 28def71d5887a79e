"""Who may do what: the actions that endpoints declare and the roles that hold them.

Roles of people add up: an operator may do all that a viewer may, and so on to admin, who may do everything.
`WORKER` and `RUN` are roles of tokens, not of people: a worker's reaches its pools, a run's only its own run.
This table says which role may try an action at all; the server then asks whether it may on that resource.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a principal may do, in one word."""

    ANONYMOUS = "anonymous"
    """Nobody in particular. May do what needs no credential: ask whether the server lives."""
    VIEWER = "viewer"
    """Reads everything; secrets stay masked."""
    OPERATOR = "operator"
    """Also starts, cancels, retries and pauses."""
    AUTHOR = "author"
    """Also writes deployments, queues, variables and blocks."""
    ADMIN = "admin"
    """Also writes pools and their templates, users and tokens."""
    WORKER = "worker"
    """A worker, within its pools."""
    RUN = "run"
    """A run, while it holds its lease."""


_LADDER = (Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN)


def _from(least: Role, *tokens: Role) -> frozenset[Role]:
    return frozenset((*_LADDER[_LADDER.index(least) :], *tokens))


_VIEWER_UP = _from(Role.VIEWER, Role.WORKER, Role.RUN)
_OPERATOR_UP = _from(Role.OPERATOR)
_AUTHOR_UP = _from(Role.AUTHOR)
_AUTHOR_UP_OR_RUN = _from(Role.AUTHOR, Role.RUN)
"""A run by what its pool says that tokens may."""
_ADMIN_ONLY = _from(Role.ADMIN)

ROLES_BY_ACTION: dict[str, frozenset[Role]] = {
    "server:probe": frozenset(Role),
    "server:read": _VIEWER_UP,
    "sessions:read": frozenset(Role),
    "api_keys:read": _ADMIN_ONLY,
    "api_keys:create": _ADMIN_ONLY,
    "api_keys:delete": _ADMIN_ONLY,
    "audit:read": _ADMIN_ONLY,
    "sessions:create": frozenset(Role),
    "sessions:delete": frozenset(Role),
    "flows:read": _VIEWER_UP,
    "flows:create": _from(Role.OPERATOR, Role.RUN),
    "flows:update": _AUTHOR_UP,
    "flows:delete": _AUTHOR_UP,
    "flow_runs:read": _VIEWER_UP,
    "flow_runs:create": _from(Role.OPERATOR, Role.RUN),
    "flow_runs:update": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "flow_runs:delete": _AUTHOR_UP,
    "flow_runs:set_state": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "flow_runs:claim": _from(Role.ADMIN, Role.WORKER),
    "flow_runs:renew_lease": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "task_runs:read": _VIEWER_UP,
    "task_runs:create": _from(Role.OPERATOR, Role.RUN),
    "task_runs:update": _from(Role.OPERATOR, Role.RUN),
    "task_runs:delete": _AUTHOR_UP,
    "task_runs:set_state": _from(Role.OPERATOR, Role.RUN),
    "task_runs:serve": _from(Role.OPERATOR, Role.WORKER),
    "task_workers:read": _VIEWER_UP,
    "deployments:read": _VIEWER_UP,
    "deployments:create": _AUTHOR_UP,
    "deployments:update": _AUTHOR_UP,
    "deployments:delete": _AUTHOR_UP,
    "deployments:pause": _OPERATOR_UP,
    "deployments:run": _from(Role.OPERATOR, Role.RUN),
    "work_pools:read": _VIEWER_UP,
    "work_pools:create": _from(Role.ADMIN, Role.WORKER),
    "work_pools:update": _from(Role.ADMIN, Role.WORKER),
    "work_pools:delete": _ADMIN_ONLY,
    "work_queues:read": _VIEWER_UP,
    "work_queues:create": _AUTHOR_UP,
    "work_queues:update": _AUTHOR_UP,
    "work_queues:delete": _AUTHOR_UP,
    "workers:read": _VIEWER_UP,
    "workers:heartbeat": _from(Role.ADMIN, Role.WORKER),
    "workers:delete": _ADMIN_ONLY,
    "logs:read": _VIEWER_UP,
    "logs:create": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "events:read": _VIEWER_UP,
    "events:create": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "concurrency_limits:read": _VIEWER_UP,
    "concurrency_limits:create": _AUTHOR_UP,
    "concurrency_limits:update": _AUTHOR_UP,
    "concurrency_limits:delete": _AUTHOR_UP,
    "concurrency_limits:release": _OPERATOR_UP,
    "concurrency_limits:take": _from(Role.OPERATOR, Role.WORKER, Role.RUN),
    "artifacts:read": _VIEWER_UP,
    "artifacts:create": _from(Role.OPERATOR, Role.RUN),
    "artifacts:update": _from(Role.OPERATOR, Role.RUN),
    "artifacts:delete": _AUTHOR_UP,
    "variables:read": _VIEWER_UP,
    "variables:create": _AUTHOR_UP_OR_RUN,
    "variables:update": _AUTHOR_UP_OR_RUN,
    "variables:delete": _AUTHOR_UP_OR_RUN,
    "block_types:read": _VIEWER_UP,
    "block_types:create": _AUTHOR_UP_OR_RUN,
    "block_types:update": _AUTHOR_UP_OR_RUN,
    "block_types:delete": _AUTHOR_UP,
    "block_schemas:read": _VIEWER_UP,
    "block_schemas:create": _AUTHOR_UP_OR_RUN,
    "block_schemas:delete": _AUTHOR_UP,
    "block_documents:read": _VIEWER_UP,
    "block_documents:create": _AUTHOR_UP_OR_RUN,
    "block_documents:update": _AUTHOR_UP_OR_RUN,
    "block_documents:delete": _AUTHOR_UP,
    "block_documents:reveal": _from(Role.ADMIN, Role.RUN),
    "block_documents:rotate_key": _ADMIN_ONLY,
    "automations:read": _VIEWER_UP,
    "automations:create": _AUTHOR_UP,
    "automations:update": _AUTHOR_UP,
    "automations:delete": _AUTHOR_UP,
    "automations:pause": _OPERATOR_UP,
    "automations:test": _OPERATOR_UP,
    "webhooks:read": _AUTHOR_UP,
    "webhooks:create": _AUTHOR_UP,
    "webhooks:update": _AUTHOR_UP,
    "webhooks:delete": _AUTHOR_UP,
    "webhooks:receive": frozenset(Role),
    "saved_views:read": _from(Role.VIEWER),
    "saved_views:write": _OPERATOR_UP,
    "saved_searches:read": _from(Role.VIEWER),
    "saved_searches:create": _OPERATOR_UP,
    "saved_searches:delete": _OPERATOR_UP,
    "result_storage:read": _VIEWER_UP,
    "result_storage:update": _ADMIN_ONLY,
    "result_storage:delete": _ADMIN_ONLY,
    "settings:read": _ADMIN_ONLY,
    "metrics:read": _from(Role.VIEWER),
}
"""Every action there is, `noun:verb`, and the roles that may try it."""


def may(role: Role, action: str) -> bool:
    """Whether `role` may try `action`. Raises `KeyError` for an action that is not declared."""
    return role in ROLES_BY_ACTION[action]
