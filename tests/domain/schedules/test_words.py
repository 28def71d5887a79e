"""Schedules in words: what is said is what they do, and what words would not tell is not put into any."""

import pytest

from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from penstock.domain.schedules.words import in_words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/1 * * * *", "every minute"),
        ("*/7 * * * *", "cron */7 * * * *"),
        ("0 * * * *", "every hour"),
        ("30 * * * *", "every hour at minute 30"),
        ("0,30 * * * *", "cron 0,30 * * * *"),
        ("0 */6 * * *", "every 6 hours"),
        ("0 */5 * * *", "cron 0 */5 * * *"),
        ("5 */6 * * *", "cron 5 */6 * * *"),
        ("*/5 9 * * *", "cron */5 9 * * *"),
        ("0 9 * * *", "at 09:00 every day"),
        ("5 9,17 * * *", "at 09:05 and 17:05 every day"),
        ("0 1-3 * * *", "at 01:00, 02:00 and 03:00 every day"),
        ("0 9-17 * * *", "cron 0 9-17 * * *"),
        ("0 9 * * 1-5", "at 09:00 on weekdays"),
        ("0 9 * * MON-FRI", "at 09:00 on weekdays"),
        ("0 9 * * sat,sun", "at 09:00 at weekends"),
        ("0 9 * * 6-7", "at 09:00 at weekends"),
        ("0 9 * * 0-6", "at 09:00 every day"),
        ("*/15 * * * 1-5", "every 15 minutes on weekdays"),
        ("0 9 * * 0,1", "at 09:00 on Mondays and Sundays"),
        ("0 9 * * 5L", "cron 0 9 * * 5L"),
        ("0 9 * * MON#2", "cron 0 9 * * MON#2"),
        ("0 9 1 * *", "at 09:00 on day 1 of every month"),
        ("0 9 L * *", "at 09:00 on the last day of every month"),
        ("0 9 1 1,7 *", "at 09:00 on day 1 of January and July"),
        ("0 9 1 jan *", "at 09:00 on day 1 of January"),
        ("0 9 1 */2 *", "cron 0 9 1 */2 *"),
        ("0 9 1,15 * *", "cron 0 9 1,15 * *"),
        ("0 9 * 1 *", "cron 0 9 * 1 *"),
        ("0 9 13 * 5", "cron 0 9 13 * 5"),
        ("0 9 * 1 5", "cron 0 9 * 1 5"),
        ("@daily", "at 00:00 every day"),
        (" @Hourly ", "every hour"),
        ("@weekly", "at 00:00 on Sundays"),
        ("@yearly", "at 00:00 on day 1 of January"),
    ],
)
def test_of_cron(cron, words):
    assert in_words(CronSchedule(cron)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "every second"),
        (1.5, "every 1.5 seconds"),
        (60, "every minute"),
        (900, "every 15 minutes"),
        (5400, "every 90 minutes"),
        (3600, "every hour"),
        (86_400, "every day"),
        (129_600, "every 36 hours"),
        (604_800, "every week"),
        (1_209_600, "every 2 weeks"),
    ],
)
def test_of_intervals(seconds, words):
    assert in_words(IntervalSchedule(seconds)) == words


@pytest.mark.parametrize(
    ("rrule", "words"),
    [
        ("FREQ=DAILY", "at 00:00 every day"),
        ("RRULE:FREQ=DAILY;INTERVAL=2;BYHOUR=9", "every 2 days at 09:00"),
        ("freq=weekly;byday=mo,we;byhour=9,12;byminute=30", "at 09:30 and 12:30 on Mondays and Wednesdays"),
        ("FREQ=WEEKLY;INTERVAL=2", "every 2 weeks on Mondays at 00:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "at 00:00 on weekdays"),
        ("FREQ=HOURLY", "every hour"),
        ("FREQ=MINUTELY;INTERVAL=5", "every 5 minutes"),
        ("FREQ=SECONDLY;INTERVAL=30", "every 30 seconds"),
        ("FREQ=HOURLY;BYHOUR=9", "FREQ=HOURLY;BYHOUR=9"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY"),
        ("FREQ=DAILY;BYDAY=MO", "FREQ=DAILY;BYDAY=MO"),
        ("FREQ=DAILY;BYMINUTE=0,30", "FREQ=DAILY;BYMINUTE=0,30"),
        ("FREQ=WEEKLY;BYDAY=+1MO", "FREQ=WEEKLY;BYDAY=+1MO"),
        (
            "FREQ=DAILY;INTERVAL=2\nEXDATE:20240103T000000",
            "FREQ=DAILY;INTERVAL=2\nEXDATE:20240103T000000",
        ),
        ("DTSTART:20240101T090000\nRRULE:FREQ=DAILY", "DTSTART:20240101T090000\nRRULE:FREQ=DAILY"),
    ],
)
def test_of_recurrence_rules(rrule, words):
    assert in_words(RRuleSchedule(rrule)) == words
