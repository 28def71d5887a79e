"""Automations are made, changed and taken away here, whoever asks: people, deployments, other automations.

Whoever writes holds the lock of the evaluation, so that no trigger is shown an event while it is changed.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from penstock.db.dialect import lock
from penstock.db.event_tables import automations
from penstock.db.port import Row, Transaction
from penstock.db.statements import automations as statements
from penstock.db.statements import buckets, rows
from penstock.domain.automations import AutomationCore, Trigger
from penstock.domain.ids import new_id
from penstock.domain.triggers import check_automation, unchanged
from penstock.server import action_log, automation_checking
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.evaluation.beginnings import begin
from penstock.server.evaluation.topics import AUTOMATIONS, EVALUATION_LOCK
from penstock.server.event_sources.automations import automation_changed
from penstock.server.views.automations import core_columns, core_from


async def add(tx: Transaction, caller: Caller, core: AutomationCore) -> Row:
    """Make an automation; its row.

    Raises:
        InvalidInput: It can't be; `field` says what of it.
    """
    core = await _checked(tx, caller, core)
    await tx.fetch_value(lock(), {"number": EVALUATION_LOCK})
    dated = {"id": new_id(tx.now), "created": tx.now, "updated": tx.now, "since": tx.now}
    row: Row = {**dated, **core_columns(core), "stopped": None}
    await tx.execute(rows.insert(automations), row)
    if core.enabled:
        await begin(tx, row["id"], core.trigger)
    await _tell(tx, caller, "created", row)
    return row


async def change(tx: Transaction, caller: Caller, row: Row, core: AutomationCore) -> None:
    """Make an automation what `core` says. What unchanged triggers have seen stays.

    Raises:
        InvalidInput: It can't be; `field` says what of it.
    """
    before = core_from(row)
    core = await _checked(tx, caller, core)
    await tx.fetch_value(lock(), {"number": EVALUATION_LOCK})
    columns: dict[str, Any] = {**core_columns(core), "updated": tx.now}
    begins = core.enabled and (not row["enabled"] or core.trigger != before.trigger)
    if begins:
        columns["since"] = tx.now
    if core.enabled:
        columns["stopped"] = None
    await tx.execute(rows.update_by_id(automations), {"row_id": row["id"], **columns})
    await _forget(tx, row, core.trigger, all_=begins and not row["enabled"])
    if not core.enabled:
        await tx.execute(buckets.rest_all(), {"of_automation": row["id"]})
        await action_log.give_up(tx, caller, row["id"])
    if begins:
        await begin(tx, row["id"], core.trigger)
    await _tell(tx, caller, "updated", row | columns)


async def enable(tx: Transaction, caller: Caller, row: Row, enabled: bool) -> None:
    """Let an automation fire or not. One that is enabled again begins anew."""
    if row["enabled"] == enabled:
        return
    await tx.fetch_value(lock(), {"number": EVALUATION_LOCK})
    columns: dict[str, Any] = {"enabled": enabled, "updated": tx.now}
    if enabled:
        columns |= {"stopped": None, "since": tx.now}
    # What an automation has seen that does not fire is for people; it begins anew when it fires again.
    keep = buckets.forget_all() if enabled else buckets.rest_all()
    await tx.execute(keep, {"of_automation": row["id"]})
    if not enabled:
        await action_log.give_up(tx, caller, row["id"])
    await tx.execute(rows.update_by_id(automations), {"row_id": row["id"], **columns})
    if enabled:
        await begin(tx, row["id"], core_from(row).trigger)
    await _tell(tx, caller, "updated", row | columns)


async def remove(tx: Transaction, caller: Caller, gone: Sequence[Row]) -> None:
    """Take automations away with all that they have seen and done."""
    if not gone:
        return
    await tx.fetch_value(lock(), {"number": EVALUATION_LOCK})
    for row in gone:
        await tx.execute(rows.delete_by_id(automations), {"row_id": row["id"]})
        await _tell(tx, caller, "deleted", row)


async def remove_owned(tx: Transaction, caller: Caller, resource: str) -> int:
    """Take away the automations that belong to a resource; how many there were."""
    owned = await tx.fetch_all(statements.owned_by(), {"resource": resource})
    await remove(tx, caller, owned)
    return len(owned)


async def replace_owned(
    tx: Transaction, caller: Caller, resource: str, wanted: Sequence[AutomationCore]
) -> list[Row]:
    """Let exactly these automations belong to a resource. Those of the same names are changed, and stay.

    Raises:
        InvalidInput: One of them can't be; `field` begins with its place: `1.trigger`.
    """
    owned = {row["name"]: row for row in await tx.fetch_all(statements.owned_by(), {"resource": resource})}
    kept = []
    for index, core in enumerate(wanted):
        core = replace(core, owner_resource=resource)
        row = owned.pop(core.name, None)
        with automation_checking.placed(str(index)):
            if row is None:
                row = await add(tx, caller, core)
            elif core_columns(check_automation(core)) != core_columns(core_from(row)):
                await change(tx, caller, row, core)
        kept.append(row)
    await remove(tx, caller, list(owned.values()))
    return kept


async def _checked(tx: Transaction, caller: Caller, core: AutomationCore) -> AutomationCore:
    core = check_automation(core)
    await automation_checking.check_actions(tx, caller, core)
    return core


async def _forget(tx: Transaction, row: Row, trigger: Trigger, *, all_: bool) -> None:
    """Forget what triggers have seen that are not what they were."""
    same = unchanged(core_from(row).trigger, trigger)
    if all_ or not same:
        await tx.execute(buckets.forget_all(), {"of_automation": row["id"]})
    else:
        await tx.execute(buckets.forget_others(row["id"], sorted(same)))


async def _tell(tx: Transaction, caller: Caller, verb: str, row: Row) -> None:
    changed(tx, "automations", row["id"])
    tx.notify(AUTOMATIONS)
    await emit(tx, caller, automation_changed(verb, row))
