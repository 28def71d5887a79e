"""The text of metrics, whatever their labels hold."""

from penstock.server.metrics.kinds import MOST_SERIES, Counter, Histogram


def test_a_counter_without_labels_is_there_from_the_start():
    counter = Counter("things_total", "Things.")
    assert list(counter.lines()) == [
        "# HELP things_total Things.",
        "# TYPE things_total counter",
        "things_total 0",
    ]
    counter.count()
    counter.count(by=2.5)
    assert list(counter.lines())[-1] == "things_total 3.5"


def test_labels_are_escaped():
    counter = Counter("things_total", "Things.", "kind")
    counter.count('a"b\\c\nd')
    assert list(counter.lines())[-1] == r'things_total{kind="a\"b\\c\nd"} 1'


def test_classes_of_a_histogram_add_up():
    histogram = Histogram("seconds", "Seconds.", (0.1, 1), "route")
    for value in (0.1, 0.05, 0.5, 7):
        histogram.observe(value, "/a")
    assert list(histogram.lines())[2:] == [
        'seconds_bucket{route="/a",le="0.1"} 2',
        'seconds_bucket{route="/a",le="1"} 3',
        'seconds_bucket{route="/a",le="+Inf"} 4',
        'seconds_sum{route="/a"} 7.65',
        'seconds_count{route="/a"} 4',
    ]


def test_there_are_never_too_many_series():
    counter = Counter("things_total", "Things.", "kind")
    for number in range(2 * MOST_SERIES):
        counter.count(str(number))
    lines = list(counter.lines())
    assert len(lines) == 2 + MOST_SERIES + 1
    assert lines[-1] == f'things_total{{kind="other"}} {MOST_SERIES}'
