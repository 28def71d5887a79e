"""Spans of time in words."""

from datetime import timedelta

import pytest

from penstock.domain.spans import in_words, runs_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (45, "45 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_that_fits_twice(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words


def test_runs_are_counted_in_words():
    assert [runs_in_words(count) for count in (0, 1, 2, 1200)] == ["0 runs", "1 run", "2 runs", "1,200 runs"]
