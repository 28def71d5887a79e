"""Drafts of automations are checked as they are typed: all that is wrong is told at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from penstock.contract import codec
from penstock.contract.automation_checks import AutomationCheck, AutomationDraft
from penstock.contract.automations import AutomationCreate
from penstock.db.port import Transaction
from penstock.domain.automation_checks import check_automation as check
from penstock.domain.automation_reading import as_sent
from penstock.domain.automations import AutomationCore
from penstock.domain.errors import InvalidInput
from penstock.domain.problems import JobVariablesInvalid, Problem, bounded
from penstock.server import automation_checking
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.rendering import TemplateProblem
from penstock.server.views.automations import core_of

_LISTS: Final = ("actions", "actions_on_trigger", "actions_on_resolve")
_FAULTLESS: Final[Mapping[str, Any]] = {"name": "draft", "trigger": {"type": "event"}, "actions": []}
"""What a part of a draft is put into, so that all that is refused is the part."""
_INDEX: Final = re.compile(r"\.(\d+)(?=[.\[]|$)")


@operation("check_automation", access="read")
async def check_automation(tx: Transaction, caller: Caller, *, body: AutomationDraft) -> AutomationCheck:
    """Whether a draft could be saved, and what is wrong with it."""
    problems = bounded(await _wrong(tx, caller, body.automation))
    return AutomationCheck(ok=not problems, problems=list(problems))


async def _wrong(tx: Transaction, caller: Caller, written: dict[str, Any]) -> list[Problem]:
    """All that saving would be refused for.

    A refusal tells of the first part that is wrong; where there is one, each part is asked about by itself.
    """
    whole = await _refused(tx, caller, written)
    if not whole:
        return []
    found = []
    for part, place, moved in _parts(written):
        found += [
            replace(each, path=each.path.replace(place, moved, 1))
            for each in await _refused(tx, caller, part)
        ]
    return found or whole


def _parts(written: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Drafts with one part of the draft each; and where that stands in them, and in the draft."""
    rest = {name: value for name, value in written.items() if not _is_looked_at(name, value)}
    yield {**{name: _FAULTLESS[name] for name in _FAULTLESS.keys() & written.keys()}, **rest}, "", ""
    if "trigger" in written:
        yield {**_FAULTLESS, "trigger": written["trigger"]}, "", ""
    for name in _LISTS:
        if isinstance(actions := written.get(name), list):
            for index, action in enumerate(actions):
                yield {**_FAULTLESS, name: [action]}, f"{name}[0]", f"{name}[{index}]"


def _is_looked_at(name: str, value: Any) -> bool:
    """Whether it is a part by itself, or consists of some."""
    return name == "trigger" or (name in _LISTS and isinstance(value, list))


async def _refused(tx: Transaction, caller: Caller, written: dict[str, Any]) -> list[Problem]:
    """What saving it would be refused for first."""
    try:
        body = codec.decode(AutomationCreate, codec.encode(as_sent(written)))
        core = check(core_of(body, body.owner_resource))
        if unfit := _unfit_templates(core):
            return unfit
        await automation_checking.check_actions(tx, caller, core)
    except JobVariablesInvalid as error:
        return [replace(each, path=_spelled(each.path)) for each in error.problems]
    except InvalidInput as error:
        return [_problem_of(error)]
    return []


def _unfit_templates(core: AutomationCore) -> list[Problem]:
    return [
        _template_problem(place, problem)
        for place, action in automation_checking.actions_of(core)
        for problem in automation_checking.template_problems(action)
    ]


def _template_problem(place: str, problem: TemplateProblem) -> Problem:
    path = _spelled(f"{place}.{problem.path}")
    return Problem(path=path, rule="template", message=problem.message, hint=problem.hint)


def _problem_of(error: InvalidInput) -> Problem:
    """A refusal as what is wrong in one place; the place is not said again in its words."""
    place = error.field or ""
    faults = error.detail if isinstance(error.detail, list) else []
    is_missing = any(fault.get("type") == "missing" for fault in faults)
    message = error.message.removeprefix(f"{place}: ")
    rule = "required" if is_missing else error.code
    return Problem(path=_spelled(place), rule=rule, message=message, hint=error.hint)


def _spelled(path: str) -> str:
    """`actions.0.parameters` as `actions[0].parameters`."""
    return _INDEX.sub(r"[\1]", path)
