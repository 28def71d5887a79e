"""`penstock global-concurrency-limit`: limits with a name, whose slots any code takes."""

from pathlib import Path
from uuid import UUID

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import confirm_where_asked, open_client
from penstock.contract.concurrency import (
    ConcurrencyLimit,
    SlotHolder,
    Waiter,
    read_limit_holders,
    release_slot_holder,
)
from penstock.contract.fields import MAX_PAGE
from penstock.contract.global_limits import (
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    GlobalConcurrencyLimitResponse,
    LimitQuery,
    create_global_limit,
    delete_global_limit,
    read_global_limit,
    read_global_limits,
    update_global_limit,
)
from penstock.domain.errors import InvalidInput

_NAME_HELP = "Name of the limit."
_decay_option = click.option(
    "--slot-decay-per-second",
    "decay",
    type=click.FloatRange(0),
    help="Slots that come free by themselves in a second: makes it a rate limit.",
)
_slots_option = click.option(
    "--active-slots", type=click.IntRange(0), help="Slots that are taken from now on."
)


@click.group("global-concurrency-limit", cls=Noun)
def global_concurrency_limit() -> None:
    """Limit how much is done at once, or how often, by any code that names the limit.

    Code takes slots by `concurrency("NAME")` and `rate_limit("NAME")`. May be called `gcl`.
    """


global_concurrency_limit.alias("delete", "rm")


@global_concurrency_limit.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List limits by name."""
    found = _all()
    if as_json:
        show_json(found)
        return
    rows = [
        (each.name, each.limit, each.active_slots, each.slot_decay_per_second, _switch(each))
        for each in found
    ]
    empty = "There are none. Create one by `penstock gcl create NAME --limit 1`."
    show_table(("Name", "Limit", "Taken", "Decay per second", "State"), rows, empty=empty)


def _switch(limit: GlobalConcurrencyLimitResponse) -> str:
    return "on" if limit.active else "off"


def _all() -> list[GlobalConcurrencyLimitResponse]:
    found: list[GlobalConcurrencyLimitResponse] = []
    with open_client() as client:
        while True:
            page = client.call(read_global_limits, LimitQuery(offset=len(found)))
            found += page
            if len(page) < MAX_PAGE:
                return found


@global_concurrency_limit.command("inspect")
@argument("name", help=_NAME_HELP)
@click.option(
    "--file", "-f", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, as JSON."
)
@output_option
def inspect(name: str, file: Path | None, as_json: bool) -> None:
    """Show all that is known of a limit: who holds slots of it, and who waits for some."""
    with open_client() as client:
        found = client.call(read_global_limit, name)
        held = None if _is_of_deployment(found) else client.call(read_limit_holders, str(found.id))
    known = msgspec.to_builtins(found) | ({} if held is None else msgspec.to_builtins(_Held.of(held)))
    if file is not None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(known)) + b"\n")
        show(f"Wrote the concurrency limit {name!r} to {file}.")
    elif as_json:
        show_json(known)
    else:
        show_fields(msgspec.structs.asdict(found))
        if held is not None:
            _show_held(held)


def _is_of_deployment(limit: GlobalConcurrencyLimitResponse) -> bool:
    return limit.name.startswith("deployment:")


class _Held(msgspec.Struct, frozen=True):
    """What is told of who holds slots, and who waits."""

    holding: int
    holders: list[SlotHolder]
    waiting: int
    waiters: list[Waiter]

    @classmethod
    def of(cls, limit: ConcurrencyLimit) -> "_Held":
        return cls(limit.holding, limit.holders, limit.waiting, limit.waiters)


def _show_held(limit: ConcurrencyLimit) -> None:
    if limit.holders:
        rows = [
            (each.id, _who(each), each.slots, each.since, each.expires or "with its end")
            for each in limit.holders
        ]
        show_table(("Holder", "What holds them", "Slots", "Since", "Lease until"), rows)
    if limit.holding > len(limit.holders):
        note(f"{limit.holding - len(limit.holders)} more hold slots.")
    if limit.waiters:
        show_table(("Waiting", "Since"), [(_who(each), each.since) for each in limit.waiters])


def _who(each: SlotHolder | Waiter) -> str:
    parts = [
        f"task run {each.task_run.name!r}" if each.task_run else None,
        f"flow run {each.run.name!r}" if each.run else None,
    ]
    if isinstance(each, SlotHolder):
        deployment = each.deployment
        parts.append(f"deployment {deployment.within}/{deployment.name}" if deployment else None)
        parts.append(each.holder)
    return ", ".join(part for part in parts if part) or "nobody knows"


@global_concurrency_limit.command("create")
@argument("name", help=_NAME_HELP)
@click.option("--limit", "-l", type=click.IntRange(0), required=True, help="How many slots it has.")
@click.option("--disable/--no-disable", default=False, help="Switched off: it limits nothing yet.")
@_slots_option
@_decay_option
@output_option
def create(
    name: str, limit: int, disable: bool, active_slots: int | None, decay: float | None, as_json: bool
) -> None:
    """Create a limit."""
    wanted = ConcurrencyLimitV2Create(
        name=name,
        limit=limit,
        active=not disable,
        active_slots=active_slots or 0,
        slot_decay_per_second=decay or 0.0,
    )
    with open_client() as client:
        made = client.call(create_global_limit, wanted)
    if as_json:
        show_json(made)
    else:
        show(f"Created the concurrency limit {name!r} with {limit} {'slot' if limit == 1 else 'slots'}.")


@global_concurrency_limit.command("update")
@argument("name", help=_NAME_HELP)
@click.option("--enable", is_flag=True, help="Switch it on.")
@click.option("--disable", is_flag=True, help="Switch it off: it limits nothing.")
@click.option("--limit", "-l", type=click.IntRange(0), help="How many slots it has from now on.")
@_slots_option
@_decay_option
def update(
    name: str,
    enable: bool,
    disable: bool,
    limit: int | None,
    active_slots: int | None,
    decay: float | None,
) -> None:
    """Change a limit. Whoever holds slots keeps them, even where there are fewer from now on."""
    if enable and disable:
        raise InvalidInput("A limit can't be switched on and off at once.", field="enable")
    active = True if enable else False if disable else None
    given = {
        "active": active,
        "limit": limit,
        "active_slots": active_slots,
        "slot_decay_per_second": decay,
    }
    changes = {option: value for option, value in given.items() if value is not None}
    if not changes:
        message = "Nothing was said that is to change."
        raise InvalidInput(message, hint=f"For example: penstock gcl update {name} --limit 5")
    with open_client() as client:
        client.call(update_global_limit, name, msgspec.convert(changes, ConcurrencyLimitV2Update))
    show(f"Changed the concurrency limit {name!r}.")


@global_concurrency_limit.command("enable")
@argument("name", help=_NAME_HELP)
def enable(name: str) -> None:
    """Switch a limit on."""
    _switch_to(name, active=True)
    show(f"The concurrency limit {name!r} is on.")


@global_concurrency_limit.command("disable")
@argument("name", help=_NAME_HELP)
def disable(name: str) -> None:
    """Switch a limit off: it limits nothing until it is on again."""
    _switch_to(name, active=False)
    show(f"The concurrency limit {name!r} is off.")


def _switch_to(name: str, *, active: bool) -> None:
    with open_client() as client:
        client.call(update_global_limit, name, ConcurrencyLimitV2Update(active=active))


@global_concurrency_limit.command("release")
@argument("name", help=_NAME_HELP)
@argument("holder", help="Id of the holder, as `inspect` shows it.", type=click.UUID)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@output_option
def release(name: str, holder: UUID, yes: bool, as_json: bool) -> None:
    """Take slots from who holds them. What works under them is not stopped."""
    question = f"Take slots of {name!r} from {holder}? What works under them is not stopped."
    confirm_where_asked(question, yes=yes)
    with open_client() as client:
        released = client.call(release_slot_holder, name, holder)
    if as_json:
        show_json(released)
    else:
        count = "1 slot is" if released.slots == 1 else f"{released.slots} slots are"
        show(f"{count} free again. {released.text}")


@global_concurrency_limit.command("delete")
@argument("name", help=_NAME_HELP)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a limit. Whoever holds slots goes on, and whoever waits begins."""
    confirm_where_asked(f"Delete the concurrency limit {name!r}?", yes=yes)
    with open_client() as client:
        client.call(delete_global_limit, name)
    show(f"Deleted the concurrency limit {name!r}.")
