"""The forms of automations are made from a schema that is kept with the pages: it is the contract's."""

import json
import runpy
from pathlib import Path

UI = Path(__file__).parents[2] / "ui"


def test_the_schema_of_the_forms_is_that_of_the_code():
    script = runpy.run_path(str(UI / "scripts" / "automation_schema.py"))
    kept = json.loads((UI / "src" / "features" / "automations" / "schema.json").read_text("utf-8"))
    assert kept == script["schema"](), "`npm run types` in ui/ writes it anew"


def test_fields_have_what_the_code_says_of_them():
    kept = json.loads((UI / "src" / "features" / "automations" / "schema.json").read_text("utf-8"))
    trigger = kept["definitions"]["EventTrigger"]["properties"]
    assert trigger["match"]["description"] == "What the event must be about."
