"""Wire shape, refusals, bounds, and what holds for every schedule."""

import contextlib
import itertools
import time
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import (
    CronSchedule,
    IntervalSchedule,
    RRuleSchedule,
    next_dates,
    parse_schedule,
)
from penstock.domain.schedules.base import Schedule

START = datetime(2024, 2, 1, tzinfo=UTC)
FIRST = datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def days(schedule, count, after=START):
    return [date.strftime("%Y-%m-%d %H:%M:%S") for date in next_dates(schedule, after, count)]


# The wire


@pytest.mark.parametrize(
    ("wire", "schedule"),
    [
        ({"cron": "0 9 * * 1"}, CronSchedule("0 9 * * 1", None, True)),
        (
            {"cron": "0 9 * * 1", "timezone": "Europe/London", "day_or": False},
            CronSchedule("0 9 * * 1", "Europe/London", False),
        ),
        ({"cron": "@daily", "interval": None, "rrule": None}, CronSchedule("@daily")),
        ({"interval": 3600}, IntervalSchedule(3600.0)),
        ({"interval": 0.5e4, "timezone": None}, IntervalSchedule(5000.0)),
        ({"interval": "PT10M"}, IntervalSchedule(600.0)),
        ({"interval": timedelta(hours=1)}, IntervalSchedule(3600.0)),
        (
            {"interval": 60, "anchor_date": "2025-06-01T12:00:00+02:00"},
            IntervalSchedule(60.0, datetime(2025, 6, 1, 10, tzinfo=UTC)),
        ),
        ({"rrule": "FREQ=DAILY"}, RRuleSchedule("FREQ=DAILY", "UTC")),
        ({"rrule": "FREQ=DAILY", "timezone": None}, RRuleSchedule("FREQ=DAILY", None)),
    ],
)
def test_a_schedule_is_told_by_its_key(wire, schedule):
    assert parse_schedule(wire) == schedule


def test_the_wire_form_has_the_reference_s_fields_and_no_tag():
    def wire(schedule):
        return msgspec.json.decode(msgspec.json.encode(schedule))

    assert wire(CronSchedule("0 9 * * 1")) == {"cron": "0 9 * * 1", "timezone": None, "day_or": True}
    assert wire(IntervalSchedule(90.0)) == {
        "interval": 90.0,
        "anchor_date": "2024-01-01T00:00:00Z",
        "timezone": None,
    }
    assert wire(RRuleSchedule("FREQ=DAILY")) == {"rrule": "FREQ=DAILY", "timezone": "UTC"}


def test_a_larger_struct_decodes_them_by_a_hook():
    class Holder(msgspec.Struct):
        schedule: Schedule

    def hook(type_, value):
        assert type_ is Schedule
        return parse_schedule(value)

    holder = msgspec.json.decode(b'{"schedule": {"interval": 60}}', type=Holder, dec_hook=hook)
    assert holder.schedule == IntervalSchedule(60.0)
    assert msgspec.json.decode(msgspec.json.encode(holder), type=Holder, dec_hook=hook) == holder


@pytest.mark.parametrize(
    ("wire", "field", "words"),
    [
        ([], "schedule", "object"),
        ({}, "schedule", "exactly one"),
        ({"cron": None}, "schedule", "none of them"),
        ({"cron": "@daily", "rrule": "FREQ=DAILY"}, "schedule", "cron and rrule"),
        ({"cron": 5}, "cron", "Expected `str`"),
        ({"cron": "@daily", "anchor_date": "2020-01-01T00:00:00Z"}, "cron", "anchor_date"),
        ({"cron": ""}, "cron", "five fields"),
        ({"cron": "* * * *"}, "cron", "five fields"),
        ({"cron": "@reboot"}, "cron", "@hourly"),
        ({"cron": "0 0 0 * * *"}, "cron", "seconds"),
        ({"cron": "61 * * * *"}, "cron", "minute"),
        ({"cron": "0 24 * * *"}, "cron", "hour"),
        ({"cron": "0 0 32 * *"}, "cron", "day-of-month"),
        ({"cron": "0 0 * 13 *"}, "cron", "month"),
        ({"cron": "0 0 * * 8"}, "cron", "day-of-week"),
        ({"cron": "R * * * *"}, "cron", "minute"),
        ({"cron": "*/0 * * * *"}, "cron", "minute"),
        ({"cron": "0 0 30 2 *"}, "cron", "day-of-month"),
        ({"cron": "0 0 30 2 1", "day_or": False}, "cron", "never"),
        ({"cron": "0 0 1-6 * 1#2", "day_or": False}, "cron", "never"),
        ({"cron": "0 " * 600}, "cron", "1,000"),
        ({"cron": "@daily", "timezone": "Europe/Londn"}, "timezone", "'Europe/London'"),
        ({"cron": "@daily", "timezone": ""}, "timezone", "IANA"),
        ({"cron": "@daily", "timezone": "Europe"}, "timezone", "time zone"),
        ({"cron": "@daily", "timezone": "../etc/passwd"}, "timezone", "time zone"),
        ({"cron": "@daily", "timezone": "a\0b"}, "timezone", "time zone"),
        ({"interval": 0}, "interval", "one second"),
        ({"interval": -5}, "interval", "one second"),
        ({"interval": 0.1}, "interval", "one second"),
        ({"interval": 1e12}, "interval", "hundred years"),
        ({"interval": float("nan")}, "interval", "one second"),
        ({"interval": float("inf")}, "interval", "one second"),
        ({"interval": "soon"}, "interval", "duration"),
        ({"interval": "P999999999999D"}, "interval", ""),
        ({"interval": 60, "anchor_date": "0001-01-01T00:00:00Z"}, "anchor_date", "out of range"),
        ({"interval": 60, "anchor_date": "9999-01-01T00:00:00Z"}, "anchor_date", "out of range"),
        ({"interval": 60, "timezone": "Mars/Base"}, "timezone", "Mars/Base"),
        ({"rrule": "FREQ=DAILY", "timezone": "Mars/Base"}, "timezone", "Mars/Base"),
        ({"rrule": ""}, "rrule", "no RRULE"),
        ({"rrule": "DTSTART:20240101"}, "rrule", "no RRULE"),
        ({"rrule": "every day"}, "rrule", "FREQ"),
        ({"rrule": "BYDAY=MO"}, "rrule", "FREQ"),
        ({"rrule": "FREQ=SOMETIMES"}, "rrule", "FREQ"),
        ({"rrule": "FREQ=DAILY;BYDAY=XX"}, "rrule", "BYDAY"),
        ({"rrule": "FREQ=DAILY;BYHOUR=25"}, "rrule", "hour"),
        ({"rrule": "FREQ=MINUTELY;BYHOUR=25"}, "rrule", "byhour"),
        ({"rrule": "FREQ=MINUTELY;BYMINUTE=60"}, "rrule", "not valid"),
        ({"rrule": "FREQ=DAILY;INTERVAL=0"}, "rrule", "INTERVAL"),
        ({"rrule": "FREQ=DAILY;INTERVAL=-1"}, "rrule", "INTERVAL"),
        ({"rrule": "FREQ=DAILY;INTERVAL=" + "9" * 5000}, "rrule", "INTERVAL"),
        ({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "rrule", "never"),
        ({"rrule": "FREQ=MINUTELY;BYHOUR=3;BYMONTH=2;BYMONTHDAY=30"}, "rrule", "never"),
        ({"rrule": "FREQ=YEARLY;BYEASTER=0"}, "rrule", "BYEASTER"),
        ({"rrule": "FREQ=SECONDLY;BYHOUR=3"}, "rrule", "BY parts"),
        ({"rrule": "FREQ=HOURLY;BYSETPOS=2"}, "rrule", "BYSETPOS"),
        ({"rrule": "FREQ=DAILY;COUNT=3"}, "rrule", "DTSTART"),
        ({"rrule": "DTSTART:20240101\nRRULE:FREQ=DAILY;COUNT=10001"}, "rrule", "10,000"),
        ({"rrule": "DTSTART:20240101\nRRULE:FREQ=SECONDLY;COUNT=99999999999"}, "rrule", "10,000"),
        ({"rrule": "DTSTART:20240101\nRRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY"}, "rrule", "EXRULE"),
        ({"rrule": "DTSTART:yesterday\nRRULE:FREQ=DAILY"}, "rrule", "YESTERDAY"),
        ({"rrule": "DTSTART:00010101T000000\nRRULE:FREQ=SECONDLY"}, "rrule", "out of range"),
        ({"rrule": "DTSTART;TZID=Mars/Base:20240101\nRRULE:FREQ=DAILY"}, "timezone", "Mars/Base"),
        ({"rrule": "FREQ=DAILY;BYMONTHDAY=" + "1," * 4000 + "1"}, "rrule", "6,500"),
    ],
)
def test_refusals_name_the_field_and_are_fast(wire, field, words):
    began = time.process_time()
    with pytest.raises(InvalidInput) as refusal:
        parse_schedule(wire)
    assert time.process_time() - began < 2
    assert refusal.value.field == field
    assert words in str(refusal.value)


def test_naive_moments_are_refused():
    naive = START.replace(tzinfo=None)
    for arguments in ((naive,), (START, 1, naive)):
        with pytest.raises(ValueError, match="aware"):
            next_dates(CronSchedule("@daily"), *arguments)


def test_the_base_is_only_a_name():
    with pytest.raises(NotImplementedError):
        Schedule().ticks(START)


# Cron


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (CronSchedule("@hourly"), ["2024-02-01 01:00:00", "2024-02-01 02:00:00"]),
        (CronSchedule(" @Daily "), ["2024-02-02 00:00:00", "2024-02-03 00:00:00"]),
        (CronSchedule("@weekly"), ["2024-02-04 00:00:00", "2024-02-11 00:00:00"]),
        (CronSchedule("@monthly"), ["2024-03-01 00:00:00", "2024-04-01 00:00:00"]),
        (CronSchedule("@annually"), ["2025-01-01 00:00:00", "2026-01-01 00:00:00"]),
        (CronSchedule("0 9 * jan-mar mon,FRI"), ["2024-02-02 09:00:00", "2024-02-05 09:00:00"]),
        (CronSchedule("0 9 * * 7"), ["2024-02-04 09:00:00", "2024-02-11 09:00:00"]),
        (CronSchedule("0 0 L * *"), ["2024-02-29 00:00:00", "2024-03-31 00:00:00"]),
        (CronSchedule("0 0 * * FRI#2"), ["2024-02-09 00:00:00", "2024-03-08 00:00:00"]),
        # Either day field, or both.
        (CronSchedule("0 0 3 * FRI"), ["2024-02-02 00:00:00", "2024-02-03 00:00:00"]),
        (CronSchedule("0 0 3 * FRI", day_or=False), ["2024-05-03 00:00:00", "2025-01-03 00:00:00"]),
        (CronSchedule("0 0 * * FRI", day_or=False), ["2024-02-02 00:00:00", "2024-02-09 00:00:00"]),
        (CronSchedule("0 0 */10 * FRI"), ["2024-02-02 00:00:00", "2024-02-09 00:00:00"]),
        (CronSchedule("0 0 */10 * FRI", day_or=False), ["2024-03-01 00:00:00", "2024-05-31 00:00:00"]),
        # Leap days, also over the year without one.
        (CronSchedule("0 0 29 2 *"), ["2024-02-29 00:00:00", "2028-02-29 00:00:00"]),
        (CronSchedule("0 0 29 2 MON", day_or=False), ["2044-02-29 00:00:00", "2072-02-29 00:00:00"]),
    ],
)
def test_cron(schedule, expected):
    assert days(schedule, 2) == expected


def test_a_leap_day_cron_steps_over_the_year_2100():
    dates = next_dates(CronSchedule("0 0 29 2 *"), datetime(2095, 1, 1, tzinfo=UTC), 2)
    assert [date.year for date in dates] == [2096, 2104]


# Intervals


def test_an_interval_lines_up_with_its_anchor_in_both_directions():
    schedule = IntervalSchedule(25 * 60.0, datetime(2024, 2, 1, 0, 10, tzinfo=UTC))
    assert days(schedule, 2) == ["2024-02-01 00:10:00", "2024-02-01 00:35:00"]
    assert days(schedule, 2, START - timedelta(minutes=16)) == ["2024-01-31 23:45:00", "2024-02-01 00:10:00"]


def test_an_interval_without_anchor_is_the_same_whenever_it_is_made():
    assert days(IntervalSchedule(3600), 1, START + timedelta(minutes=37)) == ["2024-02-01 01:00:00"]
    assert days(IntervalSchedule(7 * 86400), 1) == ["2024-02-05 00:00:00"]
    assert days(IntervalSchedule(86400, timezone="America/New_York"), 1) == ["2024-02-01 05:00:00"]


def test_fractions_of_seconds_do_not_drift():
    schedule = IntervalSchedule(1.1, datetime(2024, 2, 1, tzinfo=UTC))
    later = list(next_dates(schedule, START + timedelta(days=365), 3))
    assert [(tick - START) % timedelta(seconds=1.1) for tick in later] == [timedelta(0)] * 3


# Rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY", ["2024-02-02 00:00:00", "2024-02-03 00:00:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE,FR;BYHOUR=9", ["2024-02-02 09:00:00", "2024-02-07 09:00:00"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["2024-02-12 00:00:00", "2024-02-26 00:00:00"]),
        ("freq=monthly;byday=-1fr", ["2024-02-23 00:00:00", "2024-03-29 00:00:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,WE,TH,FR;BYSETPOS=-1", ["2024-02-29 00:00:00", "2024-03-29 00:00:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2024-02-29 00:00:00", "2028-02-29 00:00:00"]),
        ("DTSTART:20200131\nRRULE:FREQ=MONTHLY", ["2024-03-31 00:00:00", "2024-05-31 00:00:00"]),
        ("DTSTART:20240210T080000\nRRULE:FREQ=DAILY", ["2024-02-10 08:00:00", "2024-02-11 08:00:00"]),
        ("DTSTART:20240210T080000+0200\nRRULE:FREQ=DAILY", ["2024-02-10 06:00:00", "2024-02-11 06:00:00"]),
        (
            "DTSTART:20240130T080000Z\nRRULE:FREQ=DAILY;COUNT=4",
            ["2024-02-01 08:00:00", "2024-02-02 08:00:00"],
        ),
        ("DTSTART:20240101\nRRULE:FREQ=DAILY;COUNT=4", []),
        ("FREQ=DAILY;UNTIL=20240202T000000Z", ["2024-02-02 00:00:00"]),
        ("FREQ=DAILY;UNTIL=20240101", []),
        ("RDATE:20240301T120000,20240201T120000", ["2024-02-01 12:00:00", "2024-03-01 12:00:00"]),
        ("FREQ=DAILY\nEXDATE:20240202,20240203", ["2024-02-04 00:00:00", "2024-02-05 00:00:00"]),
        ("FREQ=DAILY\nRDATE:20240202", ["2024-02-02 00:00:00", "2024-02-03 00:00:00"]),
        ("FREQ=DAILY\nRDATE:20240202T120000", ["2024-02-02 00:00:00", "2024-02-02 12:00:00"]),
        ("FREQ=DAILY\nRRULE:FREQ=HOURLY;INTERVAL=12", ["2024-02-01 12:00:00", "2024-02-02 00:00:00"]),
        ("FREQ=SECONDLY;INTERVAL=30", ["2024-02-01 00:00:30", "2024-02-01 00:01:00"]),
        ("FREQ=MINUTELY;INTERVAL=7", ["2024-02-01 00:06:00", "2024-02-01 00:13:00"]),
        # A zone in the text: 08:00 in New York, also for what stands in another zone beside it.
        (
            "DTSTART;TZID=America/New_York:20240101T080000\nRRULE:FREQ=DAILY",
            ["2024-02-01 13:00:00", "2024-02-02 13:00:00"],
        ),
        (
            "DTSTART;TZID=America/New_York:20240101T08\nRRULE:FREQ=DAILY\nEXDATE;TZID=Europe/London:20240201T13",
            ["2024-02-02 13:00:00", "2024-02-03 13:00:00"],
        ),
    ],
)
def test_rrule(text, expected):
    assert days(RRuleSchedule(text), 2) == expected


def test_a_rule_s_zone_is_that_of_the_schedule_unless_its_start_names_one():
    assert days(RRuleSchedule("FREQ=DAILY;BYHOUR=8", "Europe/Paris"), 1) == ["2024-02-01 07:00:00"]
    text = "DTSTART;TZID=Asia/Tokyo:20240101T080000\nRRULE:FREQ=DAILY"
    assert days(RRuleSchedule(text, "Europe/Paris"), 1) == ["2024-02-01 23:00:00"]


@pytest.mark.parametrize(
    "text",
    [
        "DTSTART:19020101\nRRULE:FREQ=SECONDLY",
        "DTSTART:19020101\nRRULE:FREQ=MINUTELY;BYSECOND=1,2,3",
        "DTSTART:19020101\nRRULE:FREQ=HOURLY;INTERVAL=5",
        "DTSTART:19020101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29",
        "DTSTART:19020101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "DTSTART:19020101\nRRULE:FREQ=MINUTELY;BYHOUR=3;BYMONTH=2;BYMONTHDAY=29",
        "DTSTART:19020101\nRRULE:FREQ=DAILY;COUNT=10000;BYMONTH=2;BYMONTHDAY=29",
        "DTSTART:19020101\nRRULE:FREQ=SECONDLY;INTERVAL=1000000000",
        "DTSTART:23890101\nRRULE:FREQ=DAILY",
    ],
)
def test_the_search_for_a_tick_is_short(text):
    began = time.process_time()
    list(next_dates(RRuleSchedule(text), START, 5))
    assert time.process_time() - began < 2


# What holds for all

zones = st.sampled_from(
    [
        "UTC",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        None,
    ]
)
clock_times = st.integers(0, 60 * 366 * 24 * 60).map(lambda n: FIRST + timedelta(minutes=n))
moments = clock_times.map(lambda time: time.replace(tzinfo=UTC)) | clock_times.map(
    lambda time: time.replace(tzinfo=timezone(timedelta(hours=-5)))
)
crons = st.builds(
    CronSchedule,
    st.tuples(
        st.sampled_from(["*", "*/7", "30", "0,45", "10-20/5"]),
        st.sampled_from(["*", "1", "2", "*/2", "0-3", "1,23"]),
        st.sampled_from(["*", "1", "29", "L", "28-31"]),
        st.sampled_from(["*", "2", "3,10", "*/4"]),
        st.sampled_from(["*", "SUN", "1-5", "6#2"]),
    ).map(" ".join),
    zones,
)
intervals = st.builds(
    IntervalSchedule,
    st.floats(1, 4e6) | st.sampled_from([60.0, 3600.0, 86400.0, 604800.0]),
    clock_times,
    zones,
)
rules = st.builds(
    RRuleSchedule,
    st.tuples(
        st.sampled_from(["DTSTART:19990131T023000\nRRULE:", "DTSTART:20200229T013000Z\nRRULE:", ""]),
        st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]).map("FREQ={}".format),
        st.sampled_from(["", ";INTERVAL=1", ";INTERVAL=2", ";INTERVAL=5", ";UNTIL=20300101T000000Z"]),
        st.sampled_from(
            ["", ";BYDAY=SU", ";BYMONTH=2,3,11", ";BYMONTHDAY=1,29,31", ";BYDAY=MO,SU;BYHOUR=1,2"]
        ),
    ).map("".join),
    zones,
)
schedules = crons | intervals | rules


@given(schedules, moments)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ticks_increase_and_are_aware_utc(schedule, after):
    ticks = list(next_dates(schedule, after, 40))
    assert all(tick.tzinfo is UTC for tick in ticks)
    assert all(earlier < later for earlier, later in itertools.pairwise([after, *ticks]))


@given(schedules, moments, st.integers(0, 25))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_to_continue_from_a_tick_is_to_go_on(schedule, after, index):
    ticks = list(next_dates(schedule, after, 40))
    assume(len(ticks) > index)
    assert list(next_dates(schedule, ticks[index], 39 - index)) == ticks[index + 1 :]


@given(schedules, moments)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_until_is_the_last_and_count_the_most(schedule, after):
    until = after + timedelta(days=40)
    ticks = list(next_dates(schedule, after, 1000, until))
    assert all(tick <= until for tick in ticks)
    assert list(next_dates(schedule, after, 3, until)) == ticks[:3]
    if ticks:
        assert list(next_dates(schedule, after, 1000, ticks[-1])) == ticks


@given(schedules)
@settings(max_examples=100, deadline=None)
def test_the_wire_gives_back_what_was_sent(schedule):
    assert parse_schedule(msgspec.json.decode(msgspec.json.encode(schedule))) == schedule


WORDS = """FREQ= DAILY
    HOURLY YEARLY SECONDLY BYDAY= MO BYMONTH= COUNT= DTSTART TZID= Europe/Paris RRULE: EXDATE:
    20240101T000000 UNTIL= INTERVAL= WKST= BYWEEKNO= BYSETPOS= BYYEARDAY= BYHOUR= @daily"""
fragments = st.sampled_from([*"=;:,-+*/#L0123456789\n Z\0\udc00٣", *WORDS.split(), "* * * * *"])


@given(
    st.lists(fragments, max_size=12).map("".join), st.sampled_from(["cron", "rrule", "interval", "timezone"])
)
@example("\udc00", "interval")
@settings(max_examples=400, deadline=None)
def test_any_text_is_taken_or_refused(text, key):
    wire = {"cron": "@daily", "timezone": text} if key == "timezone" else {key: text}
    with contextlib.suppress(InvalidInput):
        assert len(list(next_dates(parse_schedule(wire), START, 3))) <= 3


# Far away


@pytest.mark.parametrize(
    "schedule",
    [
        CronSchedule("0 0 1 1 *", "Europe/London"),
        IntervalSchedule(86400),
        RRuleSchedule("FREQ=YEARLY", "Pacific/Apia"),
    ],
)
def test_beyond_2038_and_to_the_end(schedule):
    assert next(next_dates(schedule, datetime(2039, 12, 30, tzinfo=UTC))).year in (2039, 2040)
    assert list(next_dates(schedule, datetime(2389, 12, 31, 12, tzinfo=UTC))) in (
        [],
        [datetime(2390, 1, 1, tzinfo=UTC)],
    )
    assert list(next_dates(schedule, datetime.max.replace(tzinfo=UTC))) == []
    assert len(list(next_dates(schedule, datetime.min.replace(tzinfo=UTC), 2))) == 2
    assert list(next_dates(schedule, START, until=START)) == []
