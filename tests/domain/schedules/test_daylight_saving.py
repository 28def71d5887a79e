"""The policy for clocks that change, against golden tables and against brute force."""

import functools
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule, next_dates

LONDON, NEW_YORK = "Europe/London", "America/New_York"
LORD_HOWE, APIA = "Australia/Lord_Howe", "Pacific/Apia"


def clock(*numbers: int) -> datetime:
    """A time on the clock of the schedule's zone."""
    return datetime(*numbers, tzinfo=UTC).replace(tzinfo=None)


def ticks(schedule: Schedule, start: str, end: str) -> list[str]:
    """Ticks in (start, end], as local time with offset in the schedule's zone."""
    zone = ZoneInfo(schedule.timezone)
    dates = next_dates(schedule, datetime.fromisoformat(start), until=datetime.fromisoformat(end))
    return [date.astimezone(zone).strftime("%m-%dT%H:%M%z") for date in dates]


GOLDEN = [
    # The hour that is skipped: moved to its end, once.
    (
        CronSchedule("30 1 * * *", LONDON),
        ("2025-03-29T00:00Z", "2025-03-31T23:00Z"),
        ["03-29T01:30+0000", "03-30T02:00+0100", "03-31T01:30+0100"],
    ),
    (
        CronSchedule("0,20,40 2 * * *", NEW_YORK),
        ("2025-03-09T00:00-05:00", "2025-03-10T00:00-04:00"),
        ["03-09T03:00-0400"],
    ),
    (
        CronSchedule("30 2,3 * * *", NEW_YORK),
        ("2025-03-09T00:00-05:00", "2025-03-10T00:00-04:00"),
        ["03-09T03:00-0400", "03-09T03:30-0400"],
    ),
    (
        CronSchedule("0 2,3 * * *", NEW_YORK),
        ("2025-03-09T00:00-05:00", "2025-03-10T00:00-04:00"),
        ["03-09T03:00-0400"],
    ),
    (
        CronSchedule("15 2 * * *", LORD_HOWE),
        ("2025-10-04T00:00Z", "2025-10-07T00:00+11:00"),
        ["10-05T02:30+1100", "10-06T02:15+1100"],
    ),
    # Samoa had no 30 December 2011: what was due on it runs at the first moment of the 31st.
    (
        CronSchedule("0 9 * * *", APIA),
        ("2011-12-29T00:00-10:00", "2011-12-31T23:00+14:00"),
        ["12-29T09:00-1000", "12-31T00:00+1400", "12-31T09:00+1400"],
    ),
    (
        CronSchedule("0 */6 * * *", APIA),
        ("2011-12-29T17:00-10:00", "2011-12-31T13:00+14:00"),
        ["12-29T18:00-1000", "12-31T00:00+1400", "12-31T06:00+1400", "12-31T12:00+1400"],
    ),
    # The hour that is repeated: the first time.
    (
        CronSchedule("30 1 * * *", LONDON),
        ("2025-10-25T00:00Z", "2025-10-27T12:00Z"),
        ["10-25T01:30+0100", "10-26T01:30+0100", "10-27T01:30+0000"],
    ),
    (
        CronSchedule("*/30 1 * * *", NEW_YORK),
        ("2025-11-02T00:00-04:00", "2025-11-02T12:00-05:00"),
        ["11-02T01:00-0400", "11-02T01:30-0400"],
    ),
    (
        CronSchedule("45 1 * * *", LORD_HOWE),
        ("2025-04-05T12:00Z", "2025-04-06T12:00Z"),
        ["04-06T01:45+1100"],
    ),
    (
        CronSchedule("30 3 * * *", APIA),
        ("2012-03-31T00:00Z", "2012-04-01T23:00Z"),
        ["04-01T03:30+1400", "04-02T03:30+1300"],
    ),
    # Every hour: every real hour.
    (
        CronSchedule("0 * * * *", LONDON),
        ("2025-10-26T00:30+01:00", "2025-10-26T02:30Z"),
        ["10-26T01:00+0100", "10-26T01:00+0000", "10-26T02:00+0000"],
    ),
    (
        CronSchedule("30 * * * *", NEW_YORK),
        ("2025-03-09T01:00-05:00", "2025-03-09T04:45-04:00"),
        ["03-09T01:30-0500", "03-09T03:30-0400", "03-09T04:30-0400"],
    ),
    (
        CronSchedule("*/20 * * * *", LORD_HOWE),
        ("2025-04-06T01:30+11:00", "2025-04-06T02:00+10:30"),
        ["04-06T01:40+1100", "04-06T01:40+1030", "04-06T02:00+1030"],
    ),
    (
        CronSchedule("0 * * * *", APIA),
        ("2011-12-29T22:30-10:00", "2011-12-31T01:30+14:00"),
        ["12-29T23:00-1000", "12-31T00:00+1400", "12-31T01:00+1400"],
    ),
    # Two-hourly names hours, and so follows the clock.
    (
        CronSchedule("0 */2 * * *", NEW_YORK),
        ("2025-03-08T23:00-05:00", "2025-03-09T07:00-04:00"),
        ["03-09T00:00-0500", "03-09T03:00-0400", "03-09T04:00-0400", "03-09T06:00-0400"],
    ),
    # Intervals: from a day on the clock, below it real time.
    (
        IntervalSchedule(86_400, clock(2025, 1, 1, 9), LONDON),
        ("2025-03-28T12:00Z", "2025-03-31T12:00Z"),
        ["03-29T09:00+0000", "03-30T09:00+0100", "03-31T09:00+0100"],
    ),
    (
        IntervalSchedule(86_400, clock(2025, 1, 1, 2, 30), NEW_YORK),
        ("2025-03-08T12:00Z", "2025-03-10T12:00Z"),
        ["03-09T03:00-0400", "03-10T02:30-0400"],
    ),
    (
        IntervalSchedule(86_400, clock(2025, 1, 1, 1, 30), NEW_YORK),
        ("2025-11-01T12:00Z", "2025-11-03T12:00Z"),
        ["11-02T01:30-0400", "11-03T01:30-0500"],
    ),
    (
        IntervalSchedule(3_600, clock(2025, 1, 1), LONDON),
        ("2025-10-26T00:30+01:00", "2025-10-26T02:30Z"),
        ["10-26T01:00+0100", "10-26T01:00+0000", "10-26T02:00+0000"],
    ),
    (
        IntervalSchedule(43_200, clock(2025, 1, 1, 6), LONDON),
        ("2025-03-29T12:00Z", "2025-03-30T23:00Z"),
        ["03-29T18:00+0000", "03-30T07:00+0100", "03-30T19:00+0100"],
    ),
    (
        IntervalSchedule(7 * 86_400, clock(2011, 12, 23, 8), APIA),
        ("2011-12-24T00:00Z", "2012-01-07T00:00Z"),
        ["12-31T00:00+1400", "01-06T08:00+1400"],
    ),
    # Recurrence rules.
    (
        RRuleSchedule("FREQ=DAILY;BYHOUR=1;BYMINUTE=30", LONDON),
        ("2025-03-29T00:00Z", "2025-03-31T23:00Z"),
        ["03-29T01:30+0000", "03-30T02:00+0100", "03-31T01:30+0100"],
    ),
    (
        RRuleSchedule("DTSTART:20250101T013000\nRRULE:FREQ=DAILY", LONDON),
        ("2025-10-25T00:00Z", "2025-10-27T12:00Z"),
        ["10-25T01:30+0100", "10-26T01:30+0100", "10-27T01:30+0000"],
    ),
    (
        RRuleSchedule("FREQ=HOURLY", NEW_YORK),
        ("2025-11-02T00:30-04:00", "2025-11-02T02:30-05:00"),
        ["11-02T01:00-0400", "11-02T01:00-0500", "11-02T02:00-0500"],
    ),
    (
        RRuleSchedule("DTSTART:20250101T000000\nRRULE:FREQ=HOURLY;UNTIL=20251102T013000", NEW_YORK),
        ("2025-11-02T00:30-04:00", "2025-11-02T04:30-05:00"),
        ["11-02T01:00-0400", "11-02T01:00-0500"],
    ),
    (
        RRuleSchedule("DTSTART:20250101T010000\nRRULE:FREQ=HOURLY;INTERVAL=2", NEW_YORK),
        ("2025-11-02T00:30-04:00", "2025-11-02T04:30-05:00"),
        ["11-02T01:00-0400", "11-02T03:00-0500"],
    ),
    (
        RRuleSchedule("FREQ=MINUTELY;INTERVAL=20", LORD_HOWE),
        ("2025-04-06T01:30+11:00", "2025-04-06T02:00+10:30"),
        ["04-06T01:40+1100", "04-06T01:40+1030", "04-06T02:00+1030"],
    ),
    (
        RRuleSchedule("FREQ=DAILY;BYHOUR=9", APIA),
        ("2011-12-29T00:00-10:00", "2011-12-31T23:00+14:00"),
        ["12-29T09:00-1000", "12-31T00:00+1400", "12-31T09:00+1400"],
    ),
]
# A rule starts in 2024 unless it says otherwise.
GOLDEN = [
    (
        RRuleSchedule("DTSTART:20110101T000000\nRRULE:" + schedule.rrule, schedule.timezone)
        if isinstance(schedule, RRuleSchedule) and "DTSTART" not in schedule.rrule
        else schedule,
        window,
        expected,
    )
    for schedule, window, expected in GOLDEN
]


@pytest.mark.parametrize(("schedule", "window", "expected"), GOLDEN)
def test_golden(schedule, window, expected):
    assert ticks(schedule, *window) == expected


@pytest.mark.parametrize(("schedule", "window", "expected"), GOLDEN)
def test_a_search_from_any_moment_gives_the_same_ticks(schedule, window, expected):
    """The scheduler asks again and again, from anywhere, a repeated hour included."""
    start, end = map(datetime.fromisoformat, window)
    whole = list(next_dates(schedule, start, until=end))
    moment = start
    while moment < end:
        assert list(next_dates(schedule, moment, until=end)) == [tick for tick in whole if tick > moment]
        moment += timedelta(minutes=25)


@functools.cache
def changes(zone: ZoneInfo, first_year: int, last_year: int) -> list[datetime]:
    """The instants at which the clock of a zone changes, found by asking every half hour."""
    found, moment = [], datetime(first_year, 1, 1, tzinfo=UTC)
    offset = moment.astimezone(zone).utcoffset()
    while moment.year <= last_year:
        moment += timedelta(minutes=30)
        if (now := moment.astimezone(zone).utcoffset()) != offset:
            found.append(moment)
            offset = now
    return found


def shown(zone: ZoneInfo, moment: datetime, hours: int) -> list[tuple[datetime, datetime]]:
    """Every minute around a moment as (instant, what the clock shows)."""
    minutes = (moment + timedelta(minutes=minute) for minute in range(-60 * hours, 60 * hours))
    return [(instant, instant.astimezone(zone).replace(tzinfo=None, fold=0)) for instant in minutes]


@pytest.mark.parametrize("name", [LONDON, NEW_YORK, LORD_HOWE, APIA])
@pytest.mark.parametrize(
    ("cron", "hours", "minutes"),
    [
        ("30 1 * * *", {1}, {30}),
        ("*/10 1-3 * * *", {1, 2, 3}, set(range(0, 60, 10))),
        ("7 */2 * * *", set(range(0, 24, 2)), {7}),
    ],
)
def test_twenty_years_of_named_hours_against_brute_force(name, cron, hours, minutes):
    """What the clock shows first, and for what it skips the end of the gap."""
    zone = ZoneInfo(name)
    for change in changes(zone, 2008, 2028):
        minute_by_minute = shown(zone, change, 30)
        expected, seen = set(), set()
        for (_, before), (instant, time) in pairwise(minute_by_minute):
            jump = int((time - before).total_seconds() // 60)
            skipped = [before + timedelta(minutes=n) for n in range(1, jump)]
            meant = skipped if time in seen else [*skipped, time]
            if any(time.hour in hours and time.minute in minutes for time in meant):
                expected.add(instant)
            seen.add(time)
        # The brute force knows of no reading before its window.
        start, end = change - timedelta(hours=4), minute_by_minute[-1][0]
        found = list(next_dates(CronSchedule(cron, name), start, until=end))
        assert found == sorted(instant for instant in expected if instant > start), change


@pytest.mark.parametrize("name", [LONDON, NEW_YORK, LORD_HOWE, APIA])
@pytest.mark.parametrize(
    "schedule",
    [
        CronSchedule("*/15 * * * *", LONDON),
        RRuleSchedule("DTSTART:20080101T000000\nRRULE:FREQ=MINUTELY;INTERVAL=15"),
    ],
)
def test_twenty_years_of_every_hour_against_brute_force(name, schedule):
    zone = ZoneInfo(name)
    schedule = type(schedule)(getattr(schedule, type(schedule).__struct_fields__[0]), name)
    for change in changes(zone, 2008, 2028):
        minute_by_minute = shown(zone, change, 4)
        expected = [instant for instant, time in minute_by_minute[1:] if time.minute % 15 == 0]
        found = list(next_dates(schedule, minute_by_minute[0][0], until=minute_by_minute[-1][0]))
        assert found == expected, change


@pytest.mark.parametrize("name", [LONDON, NEW_YORK, APIA])
def test_hourly_is_hourly_in_real_time_for_twenty_years(name):
    """True where the clock changes by whole hours."""
    for schedule in (
        CronSchedule("17 * * * *", name),
        IntervalSchedule(3_600, timezone=name),
        RRuleSchedule("DTSTART:20080101T000000\nRRULE:FREQ=HOURLY;BYMINUTE=17", name),
    ):
        for change in changes(ZoneInfo(name), 2008, 2028):
            window = (change - timedelta(hours=30), change + timedelta(hours=30))
            dates = list(next_dates(schedule, window[0], until=window[1]))
            assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(hours=1)}
            assert dates[0] - window[0] <= timedelta(hours=1)
