"""Automations as people keep them: made, changed, found, taken away."""

from uuid import uuid4

import pytest
from tests.ops.automations import EVERY_FAILURE, automation, body_of, kept

from penstock.contract.automations import (
    AutomationCriteria,
    AutomationPartialUpdate,
    AutomationQuery,
    AutomationUpdate,
)
from penstock.contract.filters import AutomationFilter
from penstock.contract.operators import TagsAllOrAny, TextIn
from penstock.domain.automations import DoNothing, EventTrigger, RunDeployment
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.problems import JobVariablesInvalid


def test_an_automation_is_kept_as_it_was_written(world):
    made = automation(world, name="alarm", description="tells", tags=["a", "b"], trigger=EVERY_FAILURE)
    found = world.call("read_automation", id=made.id)
    assert found == made
    assert (found.name, found.description, found.tags, found.enabled) == ("alarm", "tells", ["a", "b"], True)
    assert found.actions == [DoNothing()]
    assert found.trigger.id is not None


def test_names_need_not_be_unique(world):
    first, second = (automation(world, name="same") for _ in range(2))
    assert first.id != second.id
    assert world.call("count_automations", body=AutomationCriteria()) == 2


def test_what_is_not_there_is_told(world):
    for name, more in [
        ("read_automation", {}),
        ("update_automation", {"body": AutomationUpdate(**body_of())}),
        ("patch_automation", {"body": AutomationPartialUpdate(enabled=False)}),
        ("delete_automation", {}),
        ("explain_automation", {}),
        ("read_firings", {"body": kept()}),
    ]:
        with pytest.raises(NotFound, match="There is no automation"):
            world.call(name, id=uuid4(), **more)
