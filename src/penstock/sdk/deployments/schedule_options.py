"""Schedules as they are given to a function or on a command line: by kind, one or several at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from msgspec.structs import replace

from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule, parse_schedule

Seconds: TypeAlias = float | timedelta
AnySchedule: TypeAlias = Schedule | DeploymentScheduleCreate | Mapping[str, Any]
_SETTINGS = ("active", "max_scheduled_runs", "parameters", "slug", "replaces", "max_lateness_seconds")


def schedules_of(
    *,
    cron: str | Iterable[str] | None = None,
    interval: Seconds | Iterable[Seconds] | None = None,
    rrule: str | Iterable[str] | None = None,
    schedule: AnySchedule | None = None,
    schedules: Iterable[AnySchedule] | None = None,
    timezone: str | None = None,
    anchor_date: datetime | str | None = None,
    catch_up: CatchUp | str | None = None,
    max_lateness_seconds: float | None = None,
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
        catch_up: What is done about ticks that are missed: `all`, `latest` or `none`; for all that are given,
            unless they say it themselves.
        max_lateness_seconds: Runs are skipped that have not started so long after their time; likewise.

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
    missed = {"catch_up": _catch_up(catch_up), "max_lateness_seconds": max_lateness_seconds}
    return [_with_missed(_entry(value), missed) for value in given]


def _catch_up(value: Any) -> CatchUp | None:
    try:
        return None if value is None else CatchUp(value)
    except ValueError:
        message = f"catch_up is {value!r}, which is none of {', '.join(CatchUp)}."
        raise InvalidInput(message, field="catch_up") from None


def _with_missed(entry: DeploymentScheduleCreate, missed: Mapping[str, Any]) -> DeploymentScheduleCreate:
    """The entry, with what is said about missed ticks of all; null where nothing is said."""
    return replace(entry, **{name: value for name, value in missed.items() if not getattr(entry, name)})


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
    settings |= {"catch_up": _catch_up(value.get("catch_up"))}
    own = {name: item for name, item in value.items() if name not in _SETTINGS and name != "catch_up"}
    return DeploymentScheduleCreate(schedule=parse_schedule(own.get("schedule", own)), **settings)
