"""When a schedule would make runs, before it is saved."""

from penstock.contract.schedule_previews import PreviewedRun, SchedulePreview, SchedulePreviewQuery
from penstock.db.port import Transaction
from penstock.domain.schedules.preview import preview
from penstock.domain.schedules.words import in_words
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("preview_schedule", access="read")
async def preview_schedule(tx: Transaction, caller: Caller, *, body: SchedulePreviewQuery) -> SchedulePreview:
    """The next times of a schedule that is not saved; fewer than asked for where it ends."""
    ticks = preview(body.schedule, body.start or tx.now, body.count)
    return SchedulePreview(
        timezone=body.schedule.zone.key,
        description=in_words(body.schedule),
        runs=[PreviewedRun(at=tick.at, local=tick.local.isoformat(), note=tick.note) for tick in ticks],
    )
