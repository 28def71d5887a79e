"""Frozen jobs of runs."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Insert, Select, Update, bindparam

from penstock.db import dialect
from penstock.db.tables import flow_runs, job_specs

_FROZEN = ("updated", "document", "provenance", "warnings", "hash", "work_pool_name", "template_version")
_REPORTED = ("launched", "launched_at")


@cache
def freeze() -> Insert:
    """Keep the job of a run; a run that is claimed anew gets a new one."""
    return dialect.upsert(job_specs, key=("flow_run_id",), update=(*_FROZEN, *_REPORTED))


@cache
def provenance_of_deployment() -> Select[Any]:
    """What the runs of the deployment `deployment_id` got, and why, as JSON text; newest run first.

    At most `at_most`, after the first `offset`.
    """
    return (
        sa.select(
            flow_runs.c.id,
            flow_runs.c.name,
            job_specs.c.updated,
            sa.type_coerce(job_specs.c.provenance, sa.Text).label("provenance"),
        )
        .select_from(flow_runs.join(job_specs, job_specs.c.flow_run_id == flow_runs.c.id))
        .where(flow_runs.c.deployment_id == bindparam("deployment_id"))
        .order_by(flow_runs.c.expected_start_time.desc(), flow_runs.c.id.desc())
        .limit(bindparam("at_most", type_=sa.Integer))
        .offset(bindparam("offset", type_=sa.Integer))
    )


@cache
def of_run() -> Select[Any]:
    """The frozen job of the run `flow_run_id`."""
    return sa.select(job_specs).where(job_specs.c.flow_run_id == bindparam("flow_run_id"))


@cache
def report_launch() -> Update:
    """Note what was really started for the run `run_id`."""
    return job_specs.update().where(job_specs.c.flow_run_id == bindparam("run_id"))
