"""Frozen jobs of runs."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Insert, Select, Update, bindparam

from penstock.db import dialect
from penstock.db.tables import job_specs

_FROZEN = ("updated", "document", "provenance", "warnings", "hash", "work_pool_name", "template_version")
_REPORTED = ("launched", "launched_at")


@cache
def freeze() -> Insert:
    """Keep the job of a run; a run that is claimed anew gets a new one."""
    return dialect.upsert(job_specs, key=("flow_run_id",), update=(*_FROZEN, *_REPORTED))


@cache
def of_run() -> Select[Any]:
    """The frozen job of the run `flow_run_id`."""
    return sa.select(job_specs).where(job_specs.c.flow_run_id == bindparam("flow_run_id"))


@cache
def report_launch() -> Update:
    """Note what was really started for the run `run_id`."""
    return job_specs.update().where(job_specs.c.flow_run_id == bindparam("run_id"))
