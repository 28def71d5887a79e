"""Frozen jobs: from the domain's type to a row, and back."""

from datetime import datetime
from uuid import UUID

from msgspec import convert
from msgspec.structs import replace

from penstock.db.port import Row
from penstock.domain.job_spec import JobSpec
from penstock.domain.problems import Problem
from penstock.domain.provenance import Leaf


def job_spec_row(
    spec: JobSpec, run_id: UUID, work_pool_name: str, template_version: int, now: datetime
) -> Row:
    """The row that keeps the job of a run."""
    return {
        "flow_run_id": run_id,
        "created": now,
        "updated": now,
        "document": replace(spec, leaves=(), warnings=()),
        "provenance": spec.leaves,
        "warnings": spec.warnings,
        "hash": spec.hash,
        "work_pool_name": work_pool_name,
        "template_version": template_version,
        "launched": None,
        "launched_at": None,
    }


def job_spec_of(row: Row) -> JobSpec:
    """The job that a row keeps."""
    return replace(
        convert(row["document"], JobSpec),
        leaves=convert(row["provenance"], tuple[Leaf, ...]),
        warnings=convert(row["warnings"], tuple[Problem, ...]),
    )
