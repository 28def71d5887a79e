"""The triggers that the documentation shows are triggers, and do what it says."""

import re
from pathlib import Path

import pytest
import yaml
from tests.domain.triggers.history import play, story, told, watch_of

from penstock.domain.triggers import check_trigger, trigger_from

SECTION = (Path(__file__).parents[3] / "docs/automations.md").read_text().partition("\n## Triggers\n")[2]
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", SECTION.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| (`.*?expect.*?`) \|\s*(\d*)\s*\| (.*) \| (.*) \|$", SECTION, re.MULTILINE)


def test_the_section_shows_some() -> None:
    assert len(SHOWN) == 6 and len(ROWS) == 5


@pytest.mark.parametrize("shown", SHOWN)
def test_what_is_shown_is_a_trigger(shown: str) -> None:
    read = check_trigger(trigger_from(yaml.safe_load(shown)))
    assert check_trigger(read) == read


@pytest.mark.parametrize(("trigger", "within", "history", "fires"), ROWS)
def test_the_table_is_true(trigger: str, within: str, history: str, fires: str) -> None:
    fields = yaml.safe_load("{" + trigger.replace("`", "") + "}")
    watch = watch_of({**fields, "within": float(within or 0)})
    moments = re.findall(r"at (\d+)", fires)
    assert told(play(watch, story(history.replace(",", "")))) == " ".join(moments)
