"""`penstock automation explain`: what an automation has seen, what it waits for, and why it hasn't fired."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import click

from penstock.cli.automation_finding import name_or_id, named
from penstock.cli.command import Command, output_option
from penstock.cli.pages import page_url
from penstock.cli.render import cell, note, show, show_fields, show_json
from penstock.cli.session import current_settings, open_client
from penstock.contract.automation_explanations import (
    AutomationExplanation,
    BucketState,
    NearMiss,
    TriggerState,
    explain_automation,
)


@click.command("explain", cls=Command)
@name_or_id
@output_option
def explain(*, name: str | None, id: UUID | None, as_json: bool) -> None:
    """Tell what an automation waits for, what it has seen, and why it hasn't fired."""
    settings = current_settings()
    with open_client(settings) as client:
        found = named(client, name, id)
        told = client.call(explain_automation, found.id)
    if as_json:
        show_json(told)
        return
    _show(told)
    note(f"View: {page_url(settings, 'automations', found.id)}")


def _show(told: AutomationExplanation) -> None:
    automation = told.automation
    fields = {
        "Automation": automation.name,
        "Enabled": automation.enabled,
        "Watches since": told.since,
        "Last fired": told.last_fired or "never",
        "Fired in 24 h": told.firings_24h,
        "Actions to do": told.pending_actions or None,
        "Events to look at": told.waiting_events or None,
    }
    show_fields({name: value for name, value in fields.items() if value is not None})
    for reason in told.reasons:
        show(f"- {reason}")
    for trigger in told.triggers:
        for line in _trigger_lines(trigger, told.reasons):
            show(line)


def _trigger_lines(trigger: TriggerState, said: Sequence[str]) -> Iterator[str]:
    """A trigger, indented by how deep it stands in another one; without reasons that were said already."""
    depth = trigger.path.count("[")
    indent = "  " * depth
    place = f" {trigger.path}" if trigger.path else ""
    yield ""
    yield f"{indent}{trigger.type} trigger{place}: {trigger.words}"
    if trigger.named_24h is not None:
        matched = trigger.matched_24h or 0
        yield f"{indent}  In the last 24 h: {trigger.named_24h} events of that name, {matched} counted."
    buckets = list(_bucket_lines(trigger))
    yield from (f"{indent}  {line}" for line in buckets)
    yield from (f"{indent}  - {reason}" for reason in trigger.reasons if reason not in (*buckets, *said))
    for miss in trigger.near_misses:
        yield from (f"{indent}  {line}" for line in _miss_lines(miss))


def _bucket_lines(trigger: TriggerState) -> Iterator[str]:
    for bucket in trigger.buckets:
        yield f"{_key(bucket)}{bucket.words}"
    more = trigger.bucket_count - len(trigger.buckets)
    if more > 0:
        yield f"and {more} more."


def _key(bucket: BucketState) -> str:
    return f"{', '.join(bucket.key)}: " if bucket.key else ""


def _miss_lines(miss: NearMiss) -> Iterator[str]:
    yield f"Nearly: {miss.event} of {miss.resource_id} at {cell(miss.occurred)} ({miss.event_id})"
    yield from (f"  {each.words}" for each in miss.misses)
