"""What the API is sent of automations, in the form of its types."""

from datetime import timedelta
from typing import Any

import pytest

from penstock.domain.automation_reading import as_sent

EVENT = {"type": "event", "expect": ["a"]}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no automation", "no automation"),
        ({"name": "a", "tags": ["b"]}, {"name": "a", "tags": ["b"]}),
        ({"trigger": {"expect": ["a"]}}, {"trigger": EVENT}),
        ({"trigger": EVENT}, {"trigger": EVENT}),
        ({"trigger": "none"}, {"trigger": "none"}),
        (
            {"trigger": {"metric": {"range": "PT10M"}}},
            {"trigger": {"type": "metric", "metric": {"range": 600.0}}},
        ),
        (
            {"trigger": {"triggers": [{"expect": ["a"]}], "within": "PT1M"}},
            {"trigger": {"type": "sequence", "triggers": [EVENT], "within": 60.0}},
        ),
        (
            {"trigger": {"triggers": [EVENT], "require": "all"}},
            {"trigger": {"type": "compound", "triggers": [EVENT], "require": "all"}},
        ),
        ({"trigger": {"triggers": "none"}}, {"trigger": {"type": "sequence", "triggers": "none"}}),
        ({"actions": [{"schedule_after": timedelta(minutes=1)}]}, {"actions": [{"schedule_after": 60.0}]}),
        ({"within": 5}, {"within": 5}),
        ({"within": "90"}, {"within": 90.0}),
        ({"within": "soon"}, {"within": "soon"}),
        ({"within": "inf"}, {"within": "inf"}),
    ],
)
def test_one_meaning_one_form(written: Any, read: Any) -> None:
    assert as_sent(written) == read
