"""Actions are checked when an automation is saved: nobody should learn at night that they could never work.

What only an event can tell is not asked for: a template stands for some value.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec.structs import replace

from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments
from penstock.domain.automations import Action, AutomationCore, RunDeployment
from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Path
from penstock.domain.problems import JobVariablesInvalid, Problem, job_variables_refusal, join_path
from penstock.server import resolution
from penstock.server.caller import Caller
from penstock.server.rendering import AUTOMATION_NAMES, TemplateProblem, check_tree
from penstock.server.rendering.trees import KIND, is_template

LATE = ("job_variables",)
"""Where the worker fills placeholders of its own, after the templates."""

_NAME_RULES = frozenset({"undeclared", "dotted-name", "conflict", "x-overridable", "x-env-keys"})
"""Rules about who may say what, whatever the value is."""
_RULES_OF_PARTS = frozenset(
    {"anyOf", "oneOf", "allOf", "not", "if", "const", "enum", "contains", "uniqueItems"}
)
"""Rules about a whole that a part can break."""


def actions_of(core: AutomationCore) -> Iterator[tuple[str, Action]]:
    """All actions of an automation with their places: `actions_on_trigger.0`."""
    for field in ("actions_on_trigger", "actions", "actions_on_resolve"):
        for index, action in enumerate(getattr(core, field)):
            yield f"{field}.{index}", action


async def check_actions(tx: Transaction, caller: Caller, core: AutomationCore) -> None:
    """Refuse actions that could never be done.

    Raises:
        InvalidInput: A template does not parse, or a deployment is not there; `field` says where.
        JobVariablesInvalid: The pool of the deployment does not take an action's job variables.
    """
    for place, action in actions_of(core):
        with placed(place):
            check_templates(action)
            if isinstance(action, RunDeployment) and action.source == "selected":
                await _check_run(tx, caller, action)


def check_templates(action: Action) -> None:
    """Refuse templates that don't parse. Raises `InvalidInput` with the first, and all in its detail."""
    if problems := template_problems(action):
        raise template_refusal(problems)


def template_problems(action: Action) -> list[TemplateProblem]:
    """Templates of an action that don't parse; paths begin with a field of the action."""
    return check_tree(_as_data(action), late=LATE, names=AUTOMATION_NAMES)


def template_refusal(problems: list[TemplateProblem]) -> InvalidInput:
    """What a template that does not parse is refused with."""
    first = problems[0]
    detail = [msgspec.to_builtins(problem) for problem in problems]
    return InvalidInput(
        str(replace(first, hint=None)), field=first.path or None, hint=first.hint, detail=detail
    )


async def _check_run(tx: Transaction, caller: Caller, action: RunDeployment) -> None:
    row = await tx.fetch_one(deployments.for_new_runs(), {"row_id": action.deployment_id})
    if row is None:
        message = f"There is no deployment {action.deployment_id}."
        raise InvalidInput(message, field="deployment_id", hint="See: penstock deployment ls")
    if action.job_variables:
        problems = await job_variable_problems(tx, caller, row, action)
        if problems:
            moved = [replace(each, path=f"job_variables.{each.path}".rstrip(".")) for each in problems]
            raise job_variables_refusal(moved)


async def job_variable_problems(
    tx: Transaction, caller: Caller, deployment: Row, action: RunDeployment
) -> list[Problem]:
    """What the deployment's pool would never take of an action's job variables, whatever the event says."""
    if deployment["work_pool_id"] is None:
        return []
    template = await resolution.template_of(tx, deployment["work_pool_id"], deployment["template_version"])
    unknown: list[str] = []
    said = with_stand_ins(action.job_variables or {}, (), unknown)
    layers = resolution.layers(deployment["job_variables"], said, caller.origin)
    found = resolution.resolved(template, layers, complete=False).errors
    return [problem for problem in found if not _hangs_on(problem, unknown)]


def with_stand_ins(value: Any, path: Path, unknown: list[str]) -> Any:
    """A value with plain text in the place of each template; these places are added to `unknown`."""
    if (isinstance(value, dict) and KIND in value) or (
        isinstance(value, str) and is_template(value, is_late=True)
    ):
        unknown.append(join_path(path))
        return "text"
    if isinstance(value, dict):
        return {key: with_stand_ins(item, (*path, key), unknown) for key, item in value.items()}
    if isinstance(value, list):
        return [with_stand_ins(item, (*path, index), unknown) for index, item in enumerate(value)]
    return value


def _hangs_on(problem: Problem, unknown: list[str]) -> bool:
    """Whether another value in the place of a template could be right."""
    if problem.rule in _NAME_RULES:
        return False
    return any(
        _is_within(problem.path, place)
        or (problem.rule in _RULES_OF_PARTS and _is_within(place, problem.path))
        for place in unknown
    )


def _is_within(path: str, other: str) -> bool:
    """Whether a path is another one, or leads into it."""
    return path == other or path.startswith((f"{other}.", f"{other}["))


def _as_data(action: Action) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(action)
    return data


@contextmanager
def placed(place: str) -> Iterator[None]:
    """What is refused inside says where it is: its field begins with `place`."""
    try:
        yield
    except JobVariablesInvalid as error:
        moved = [replace(problem, path=f"{place}.{problem.path}") for problem in error.problems]
        raise type(error)(moved) from None
    except InvalidInput as error:
        error.field = f"{place}.{error.field}" if error.field else place
        raise
