"""A schedule is thought of before it is saved."""

from datetime import UTC, datetime

from penstock.contract.schedule_previews import SchedulePreviewQuery
from penstock.domain.schedules import CronSchedule, RRuleSchedule


def test_a_preview_says_when_and_why(world):
    body = SchedulePreviewQuery(schedule=CronSchedule("30 2 * * 1-7", "Europe/Berlin"), count=2)
    told = world.call("preview_schedule", body=body)  # the clock of tests stands just before a change
    assert (told.timezone, told.description) == ("Europe/Berlin", "at 02:30 every day")
    assert [(run.at, run.local) for run in told.runs] == [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
        (datetime(2026, 3, 30, 0, 30, tzinfo=UTC), "2026-03-30T02:30:00+02:00"),
    ]
    assert "02:30 is skipped, and this run is at 03:00" in told.runs[0].note
    assert told.runs[1].note is None


def test_a_preview_may_begin_at_any_time_and_ends_with_the_schedule(world):
    once = RRuleSchedule("DTSTART:20300101T090000\nRRULE:FREQ=DAILY;COUNT=3")
    body = SchedulePreviewQuery(schedule=once, start=datetime(2030, 1, 2, tzinfo=UTC))
    told = world.call("preview_schedule", body=body)
    assert [run.local for run in told.runs] == ["2030-01-02T09:00:00+00:00", "2030-01-03T09:00:00+00:00"]
    assert told.timezone == "UTC"
