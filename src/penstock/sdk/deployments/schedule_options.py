"""Schedules as they are given to a function or on a command line: by kind, one or several at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule, parse_schedule

Seconds: TypeAlias = float | timedelta
AnySchedule: TypeAlias = Schedule | DeploymentScheduleCreate | Mapping[str, Any]
_SETTINGS = ("active", "max_scheduled_runs", "parameters", "slug", "replaces")


def schedules_of(
    *,
    cron: str | Iterable[str] | None = None,
    interval: Seconds | Iterable[Seconds] | None = None,
    rrule: str | Iterable[str] | None = None,
    schedule: AnySchedule | None = None,
    schedules: Iterable[AnySchedule] | None = None,
    timezone: str | None = None,
    anchor_date: datetime | str | None = None,
) -> list[DeploymentScheduleCreate]:
    """Every schedule that is given, in the form in which a deployment is created with it.

    Args:
        cron: Cron expressions.
        interval: Seconds or timedeltas.
        rrule: Recurrence rules.
        schedule: One schedule, also as a map with `active`, `parameters`, `slug` and the like.
        schedules: Several of those; not together with `schedule`.
        timezone: For those given by `cron`, `interval` and `rrule`.
        anchor_date: For those given by `interval`.

    Raises `InvalidInput` that names the field.
    """
    if schedule is not None and schedules is not None:
        raise InvalidInput(
            "schedule and schedules are both given.", field="schedules", hint="Give one of them."
        )
    zone = {"timezone": timezone} if timezone is not None else {}
    anchor = {"anchor_date": anchor_date} if anchor_date is not None else {}
    given: list[AnySchedule] = [{"cron": text, **zone} for text in _several(cron)]
    given += [{"interval": length, **anchor, **zone} for length in _several(interval)]
    given += [{"rrule": text, **zone} for text in _several(rrule)]
    given += [schedule] if schedule is not None else schedules or []
    return [_entry(value) for value in given]


def _several(value: Any) -> Iterator[Any]:
    if isinstance(value, str | int | float | timedelta):
        yield value
    else:
        yield from value or ()


def _entry(value: AnySchedule) -> DeploymentScheduleCreate:
    if isinstance(value, DeploymentScheduleCreate):
        return value
    if isinstance(value, CronSchedule | IntervalSchedule | RRuleSchedule):
        return DeploymentScheduleCreate(schedule=value)
    if not isinstance(value, Mapping):
        raise InvalidInput(f"a schedule cannot be of the type {type(value).__name__}.", field="schedules")
    settings = {name: value[name] for name in _SETTINGS if value.get(name) is not None}
    own = {name: item for name, item in value.items() if name not in _SETTINGS}
    return DeploymentScheduleCreate(schedule=parse_schedule(own.get("schedule", own)), **settings)
