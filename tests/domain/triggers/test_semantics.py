"""What a trigger makes of a history: the tables of its definition."""

from typing import Any

import pytest
from tests.domain.triggers.history import play, story, told, watch_of

REACTIVE: list[tuple[str, dict[str, Any], str, str]] = [
    ("one of one", {"expect": ["A"]}, "A1 B2 A3", "1 3"),
    ("everything is expected where nothing is named", {}, "A1 B2", "1 2"),
    ("three in ten seconds", {"threshold": 3, "within": 10}, "A0 A4 A9", "9"),
    ("the window slides", {"threshold": 3, "within": 10}, "A0 A4 A11 A12", "12"),
    ("both ends belong to it", {"threshold": 2, "within": 10}, "A0 A10", "10"),
    ("and no more", {"threshold": 2, "within": 10}, "A0 A10.001", ""),
    ("then it starts over", {"threshold": 2, "within": 10}, "A0 A1 A2 A3 A4", "1 3"),
    ("any time", {"threshold": 2}, "A0 A100000", "100000"),
    ("what is late counts", {"threshold": 3, "within": 10}, "A0 A9 A4@9", "4"),
    ("what is too late does not", {"threshold": 2, "within": 10}, "A30 A4@30 A5@30", ""),
    ("nothing counts twice", {"threshold": 2, "within": 10}, "A0#1 A0@1#1 A2#2", "2"),
    ("first A, then B", {"after": ["A"], "expect": ["B"]}, "B0 A1 B2 B3", "2"),
    ("A must be near", {"after": ["A"], "expect": ["B"], "within": 10}, "A0 B10 A20 B31", "10"),
    ("the newest A counts", {"after": ["A"], "expect": ["B"], "within": 10}, "A0 A5 B12", "12"),
    ("A must have come first", {"after": ["A"], "expect": ["B"]}, "A5 B4@6 B6", "6"),
    ("two B after A", {"after": ["A"], "expect": ["B"], "threshold": 2, "within": 9}, "A0 B3 B8 B9", "8"),
    ("A after A", {"after": ["A"], "expect": ["A"]}, "A0 A1 A2", "1 2"),
    ("forgotten when nothing can count with it", {"threshold": 2, "within": 10}, "A0 (3620) A1@3620", ""),
    ("and not before", {"threshold": 2, "within": 10}, "A0 (3619) A1@3619", "1"),
]

PROACTIVE: list[tuple[str, dict[str, Any], str, str]] = [
    ("it came", {"after": ["A"], "expect": ["B"]}, "A0 B60 (61)", ""),
    ("it did not", {"after": ["A"], "expect": ["B"]}, "A0 (59.999999) (60) (99)", "60"),
    ("too few", {"after": ["A"], "expect": ["B"], "threshold": 2}, "A0 B1 (60)", "60"),
    ("at last", {"after": ["A"], "expect": ["B"]}, "A0 (60) B61 B62", "60 -61"),
    ("before anybody looked", {"after": ["A"], "expect": ["B"]}, "A0 B61", "60 -61"),
    ("late, but in time", {"after": ["A"], "expect": ["B"]}, "A0 B5@100 (101)", ""),
    ("in time, but told too late", {"after": ["A"], "expect": ["B"]}, "A0 (60) B5@61", "60 -5"),
    ("a second A postpones nothing", {"after": ["A"], "expect": ["B"]}, "A0 A50 (60)", "60"),
    ("the next A opens the next", {"after": ["A"], "expect": ["B"]}, "A0 B1 A2 (62)", "62"),
    ("and after a silence", {"after": ["A"], "expect": ["B"]}, "A0 (60) A70 (130) B131", "60 130 -131"),
    ("B alone is no concern", {"after": ["A"], "expect": ["B"]}, "B0 (100)", ""),
    ("what was before A is not after it", {"after": ["A"], "expect": ["B"]}, "A5 B4@6 (65)", "65"),
    (
        "heartbeats",
        {"after": ["A"], "expect": ["A"]},
        "A0 A50 A100 (159) (160) A170 A200 (260)",
        "160 -170 260",
    ),
    ("a run that ends", {"after": ["A"], "expect": ["A", "E"]}, "A0 A50 E70 (200)", ""),
    ("again and again", {"expect": ["A"]}, "(60) (120) (180)", "60 120 180"),
    ("many at once are one", {"expect": ["A"]}, "(300) (360)", "60 360"),
    ("the next begins with what came", {"expect": ["A"]}, "A50 (60) (110)", "110"),
    ("unnoticed until it came", {"expect": ["A"]}, "A200 (259) (260)", "60 -200 260"),
    ("at the very end of a later one", {"expect": ["A"]}, "A180 (239) (240)", "60 -180 240"),
    ("two of them", {"expect": ["A"], "threshold": 2}, "A10 (60) A70 A80 (140)", "60 -70 140"),
    ("nothing counts twice", {"expect": ["A"], "threshold": 2}, "A10#1 A10@11#1 (60)", "60"),
]


@pytest.mark.parametrize(
    ("trigger", "history", "expected"), [case[1:] for case in REACTIVE], ids=[c[0] for c in REACTIVE]
)
def test_reactive(trigger: dict[str, Any], history: str, expected: str) -> None:
    assert told(play(watch_of(trigger), story(history))) == expected


@pytest.mark.parametrize(
    ("trigger", "history", "expected"), [case[1:] for case in PROACTIVE], ids=[c[0] for c in PROACTIVE]
)
def test_proactive(trigger: dict[str, Any], history: str, expected: str) -> None:
    watch = watch_of({"posture": "Proactive", "within": 60, **trigger})
    assert told(play(watch, story(history))) == expected


A, B, C = ({"expect": [name]} for name in "ABC")

COMPOSITE: list[tuple[str, dict[str, Any], str, str]] = [
    ("all", {"require": "all", "triggers": [A, B], "within": 10}, "A0 B10 A11 B30", "10"),
    ("the newest of each", {"require": "all", "triggers": [A, B], "within": 10}, "A0 A8 B15", "15"),
    ("any", {"require": "any", "triggers": [A, B]}, "A0 B1 C2", "0 1"),
    ("two of three", {"require": 2, "triggers": [A, B, C], "within": 10}, "A0 A1 C5 B6 A7", "5 7"),
    ("not twice the same", {"require": 2, "triggers": [A, B], "within": 10}, "A0 A1", ""),
    ("any time", {"require": "all", "triggers": [A, B]}, "A0 (99999) B99999", "99999"),
    ("one event, two triggers", {"require": "any", "triggers": [A, A]}, "A0", "0"),
    ("late, so as if now", {"require": "all", "triggers": [A, B], "within": 10}, "A50 B0@51", "50"),
    ("forgotten", {"require": "all", "triggers": [A, B], "within": 10}, "A0 (3610) B1@3610", ""),
    ("in order", {"triggers": [A, B]}, "B0 A1 B2 B3 A4 B5", "2 5"),
    ("in time", {"triggers": [A, B, C], "within": 10}, "A0 B1 A5 B6 C12", "12"),
    ("too slow", {"triggers": [A, B, C], "within": 10}, "A0 B1 C11", ""),
    ("each of them newly", {"triggers": [A, B, C], "within": 10}, "A0 B5 A8 C12", ""),
    ("one event is one step", {"triggers": [A, A]}, "A0", "0"),
    ("of one", {"triggers": [A]}, "A0 A1", "0 1"),
    ("forgotten steps", {"triggers": [A, B], "within": 10}, "A0 (3610) B1@3610", ""),
    (
        "nested",
        {"require": "all", "triggers": [{"triggers": [A, B]}, {"require": "any", "triggers": [C]}]},
        "C0 B1 A2 B3",
        "3",
    ),
    (
        "a silence, then C",
        {"triggers": [{**B, "after": ["A"], "posture": "Proactive", "within": 60}, C]},
        "A0 (60) B61 C62",
        "62",
    ),
]


@pytest.mark.parametrize(
    ("trigger", "history", "expected"), [case[1:] for case in COMPOSITE], ids=[c[0] for c in COMPOSITE]
)
def test_composite(trigger: dict[str, Any], history: str, expected: str) -> None:
    assert told(play(watch_of(trigger), story(history))) == expected
