"""The next ticks of a schedule, on its own clock, with what a change of the clock does to them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule, next_dates
from penstock.domain.schedules.preview import preview

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
FORWARD = "The clock goes forward from 02:00 to 03:00 on 2026-03-29"
IN_NEW_YORK = "The clock goes forward from 02:00 to 03:00 on 2026-03-08"
HALF_AN_HOUR = "The clock goes forward from 02:00 to 02:30 on 2026-10-04"
ALMOST_A_DAY = "23 hours and 30 minutes after the one before."
BACK = "The clock goes back from 03:00 to 02:00 on 2026-10-25"


def previewed(schedule, start, count):
    """Local times with their offsets, and notes."""
    moment = datetime.fromisoformat(start)
    return [(f"{tick.local:%m-%dT%H:%M%z}", tick.note) for tick in preview(schedule, moment, count)]


@pytest.mark.parametrize(
    ("schedule", "start", "expected"),
    [
        (
            CronSchedule("30 2 * * *", BERLIN),
            "2026-03-28T00:00+01:00",
            [
                ("03-28T02:30+0100", None),
                ("03-29T03:00+0200", f"{FORWARD}: 02:30 is skipped, and this run is at 03:00."),
                ("03-30T02:30+0200", None),
            ],
        ),
        (
            CronSchedule("0 3 * * *", BERLIN),
            "2026-03-28T00:00+01:00",
            [
                ("03-28T03:00+0100", None),
                (
                    "03-29T03:00+0200",
                    f"{FORWARD}: this run stays at 03:00 on the clock, 23 hours after the one before.",
                ),
            ],
        ),
        (
            CronSchedule("30 2 * * *", BERLIN),
            "2026-10-24T00:00+02:00",
            [
                ("10-24T02:30+0200", None),
                ("10-25T02:30+0200", f"{BACK}: 02:30 comes twice, and this run is at the first."),
                (
                    "10-26T02:30+0100",
                    f"{BACK}: this run stays at 02:30 on the clock, 25 hours after the one before.",
                ),
            ],
        ),
        (
            CronSchedule("30 * * * *", BERLIN),
            "2026-10-25T01:00+02:00",
            [
                ("10-25T01:30+0200", None),
                ("10-25T02:30+0200", None),
                ("10-25T02:30+0100", f"{BACK}: this is the second 02:30."),
                ("10-25T03:30+0100", None),
            ],
        ),
        (
            CronSchedule("30 * * * *", BERLIN),
            "2026-03-29T01:00+01:00",
            [("03-29T01:30+0100", None), ("03-29T03:30+0200", f"{FORWARD}: runs stay 1 hour apart.")],
        ),
        (
            IntervalSchedule(6 * 3600, timezone=BERLIN),
            "2026-03-28T20:00+01:00",
            [
                ("03-29T00:00+0100", None),
                ("03-29T07:00+0200", f"{FORWARD}: from here on runs are 1 hour later on the clock."),
                ("03-29T13:00+0200", None),
            ],
        ),
        (
            IntervalSchedule(6 * 3600, timezone=BERLIN),
            "2026-10-24T20:00+02:00",
            [
                ("10-25T01:00+0200", None),
                ("10-25T06:00+0100", f"{BACK}: from here on runs are 1 hour earlier on the clock."),
            ],
        ),
        (
            CronSchedule("30 2 * * *", LORD_HOWE),
            "2026-10-03T00:00+10:30",
            [
                ("10-03T02:30+1030", None),
                (
                    "10-04T02:30+1100",
                    f"{HALF_AN_HOUR}: this run stays at 02:30 on the clock, {ALMOST_A_DAY}",
                ),
            ],
        ),
        (
            CronSchedule("0 9 1 1,7 *", BERLIN),
            "2026-01-01T12:00+01:00",
            [
                ("07-01T09:00+0200", f"{FORWARD}: this run stays at 09:00 on the clock."),
                ("01-01T09:00+0100", f"{BACK}: this run stays at 09:00 on the clock."),
            ],
        ),
        (
            RRuleSchedule(f"DTSTART;TZID={NEW_YORK}:20260101T023000\nRRULE:FREQ=DAILY"),
            "2026-03-07T00:00-05:00",
            [
                ("03-07T02:30-0500", None),
                (
                    "03-08T03:00-0400",
                    f"{IN_NEW_YORK}: 02:30 is skipped, and this run is at 03:00.",
                ),
            ],
        ),
        (
            RRuleSchedule("FREQ=MINUTELY;INTERVAL=30", BERLIN),
            "2026-03-29T01:20+01:00",
            [("03-29T01:30+0100", None), ("03-29T03:00+0200", f"{FORWARD}: runs stay 30 minutes apart.")],
        ),
        (
            RRuleSchedule("RDATE:20260329T023000,20260330T023000", BERLIN),
            "2026-03-29T01:20+01:00",
            [
                ("03-29T03:00+0200", f"{FORWARD}: 02:30 is skipped, and this run is at 03:00."),
                ("03-30T02:30+0200", None),
            ],
        ),
        (
            IntervalSchedule(86_400, datetime(2026, 1, 1, 1, 30, 30, tzinfo=UTC), BERLIN),
            "2026-03-28T12:00+01:00",
            [
                ("03-29T03:00+0200", f"{FORWARD}: 02:30:30 is skipped, and this run is at 03:00."),
                ("03-30T02:30+0200", None),
            ],
        ),
        (CronSchedule("0 0 * * *"), "2026-03-28T00:00Z", [("03-29T00:00+0000", None)]),
    ],
)
def test_what_a_change_of_the_clock_does_is_said(schedule, start, expected):
    assert previewed(schedule, start, len(expected)) == expected


def test_a_start_between_two_seconds_is_before_the_change_that_follows():
    start = datetime.fromisoformat("2026-03-29T01:59:59.500000+01:00")
    (tick,) = preview(CronSchedule("* * * * *", BERLIN), start, 1)
    assert tick.note == f"{FORWARD}: runs stay 1 minute apart."


def test_a_first_run_has_none_before_it():
    start = datetime.fromisoformat("2026-03-29T01:00+01:00")
    (tick,) = preview(CronSchedule("0 9 * * *", BERLIN), start, 1)
    assert tick.note == f"{FORWARD}: this run stays at 09:00 on the clock."


def test_after_the_last_run_nothing_is_said_to_follow():
    hourly = RRuleSchedule("DTSTART:20260329T013000\nRRULE:FREQ=HOURLY;COUNT=3", BERLIN)
    start = datetime.fromisoformat("2026-03-29T01:00+01:00")
    assert [tick.note for tick in preview(hourly, start, 5)] == [None, f"{FORWARD}."]


def test_a_schedule_of_no_kind_has_neither_zone_nor_times():
    with pytest.raises(NotImplementedError):
        Schedule().zone  # noqa: B018 - it is asked for, and not there
    with pytest.raises(NotImplementedError):
        Schedule().wall_times(datetime.now(UTC))


SCHEDULES = st.sampled_from(
    [
        CronSchedule("*/30 2 * * *", BERLIN),
        CronSchedule("15 * * * *", LORD_HOWE),
        IntervalSchedule(7 * 3600, timezone=NEW_YORK),
        IntervalSchedule(86_400, timezone=NEW_YORK),
        RRuleSchedule("FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30", BERLIN),
    ]
)


@given(SCHEDULES, st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - made aware below
def test_a_preview_shows_the_ticks_themselves(schedule, start):
    start = start.replace(tzinfo=UTC)
    ticks = [*preview(schedule, start, 5)]
    assert [tick.at for tick in ticks] == [*next_dates(schedule, start, 5)]
    assert [tick.local.astimezone(UTC) for tick in ticks] == [tick.at for tick in ticks]
    for before, tick in zip([None, *ticks], ticks, strict=False):
        last = before.local if before else start.astimezone(schedule.zone)
        if last.utcoffset() != tick.local.utcoffset():
            assert "The clock goes" in (tick.note or "")
    assert all(tick.at - start < timedelta(days=60) for tick in ticks)
