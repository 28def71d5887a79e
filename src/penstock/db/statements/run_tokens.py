"""Tokens of runs."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, Update, bindparam

from penstock.db.dialect import upsert
from penstock.db.security_tables import run_tokens
from penstock.db.tables import flow_runs, leases

token = run_tokens.c


@cache
def of_run() -> Select[Any]:
    """The token of the flow run `run_id`; `lease` where the lease that it was given with is still there."""
    return (
        sa.select(
            token.hash,
            token.ends,
            token.scopes,
            flow_runs.c.name,
            flow_runs.c.state_type,
            leases.c.id.label("lease"),
        )
        .select_from(
            run_tokens.join(flow_runs, flow_runs.c.id == token.flow_run_id).outerjoin(
                leases, leases.c.id == token.lease_id
            )
        )
        .where(token.flow_run_id == bindparam("run_id"))
    )


@cache
def scopes_of_run() -> Select[Any]:
    """What the token of the flow run `run_id` may write that is nobody's own."""
    return sa.select(token.scopes).where(token.flow_run_id == bindparam("run_id"))


@cache
def give() -> Insert:
    """Give a run a token, in the place of the one that it had."""
    given = ["created", "lease_id", "hash", "ends", "scopes"]
    return upsert(run_tokens, key=["flow_run_id"], update=given)


@cache
def end_at() -> Update:
    """Let the token of a run be good until `until` for what is left to be said."""
    return (
        run_tokens.update()
        .where(token.flow_run_id == bindparam("run_id"), token.lease_id == bindparam("with_lease"))
        .values(ends=bindparam("until", type_=token.ends.type))
    )


@cache
def take() -> Delete:
    """Take the token away that a run was given with a lease."""
    return run_tokens.delete().where(
        token.flow_run_id == bindparam("run_id"), token.lease_id == bindparam("with_lease")
    )
