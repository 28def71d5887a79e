"""`penstock concurrency-limit`: how many task runs with a tag run at once."""

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import confirm_where_asked, open_client
from penstock.contract.fields import MAX_PAGE
from penstock.contract.global_limits import LimitQuery
from penstock.contract.tag_limits import (
    TagLimit,
    TagLimitCreate,
    create_tag_limit,
    delete_tag_limit_by_tag,
    read_tag_limit_by_tag,
    read_tag_limits,
    reset_tag_limit,
)

_TAG_HELP = "The tag."


@click.group("concurrency-limit", cls=Noun)
def concurrency_limit() -> None:
    """Limit how many task runs with a tag run at once.

    Limits with a name, whose slots any code takes, are `penstock global-concurrency-limit`.
    """


concurrency_limit.alias("delete", "rm")


@concurrency_limit.command("create")
@argument("tag", help=_TAG_HELP)
@argument("concurrency_limit", help="Task runs at once at most; 0 lets none begin.", type=click.IntRange(0))
@output_option
def create(tag: str, concurrency_limit: int, as_json: bool) -> None:
    """Create the limit of a tag, or set it anew."""
    wanted = TagLimitCreate(tag=tag, concurrency_limit=concurrency_limit)
    with open_client() as client:
        made = client.call(create_tag_limit, wanted)
    if as_json:
        show_json(made)
    else:
        show(f"At most {made.concurrency_limit} task runs with the tag {tag!r} run at once.")


@concurrency_limit.command("inspect")
@argument("tag", help=_TAG_HELP)
@output_option
def inspect(tag: str, as_json: bool) -> None:
    """Show the limit of a tag, and which task runs hold its slots."""
    with open_client() as client:
        found = client.call(read_tag_limit_by_tag, tag)
    if as_json:
        show_json(found)
    else:
        show_fields(msgspec.structs.asdict(found))


@concurrency_limit.command("ls")
@click.option("--limit", type=click.IntRange(1), default=15, show_default=True, help="How many at most.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many.")
@output_option
def ls(limit: int, offset: int, as_json: bool) -> None:
    """List the limits of tags."""
    found = _some(limit, offset)
    if as_json:
        show_json(found)
        return
    rows = [(each.tag, each.concurrency_limit, len(each.active_slots), each.updated) for each in found]
    empty = "There are none. Create one by `penstock concurrency-limit create TAG LIMIT`."
    show_table(("Tag", "Limit", "Taken", "Updated"), rows, empty=empty)


def _some(limit: int, offset: int) -> list[TagLimit]:
    with open_client() as client:
        found: list[TagLimit] = []
        while len(found) <= limit:
            wanted = min(MAX_PAGE, limit + 1 - len(found))
            page = client.call(read_tag_limits, LimitQuery(offset=offset + len(found), limit=wanted))
            found += page
            if len(page) < wanted:
                return found
    note(f"There are more than these {limit}; see more by --limit or --offset.")
    return found[:limit]


@concurrency_limit.command("reset")
@argument("tag", help=_TAG_HELP)
def reset(tag: str) -> None:
    """Make all slots of a tag free, whoever holds some."""
    with open_client() as client:
        client.call(reset_tag_limit, tag)
    show(f"No task run holds a slot of the tag {tag!r} now.")


@concurrency_limit.command("delete")
@argument("tag", help=_TAG_HELP)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(tag: str, yes: bool) -> None:
    """Delete the limit of a tag: any number of task runs with it run at once."""
    confirm_where_asked(f"Delete the concurrency limit of the tag {tag!r}?", yes=yes)
    with open_client() as client:
        client.call(delete_tag_limit_by_tag, tag)
    show(f"Deleted the concurrency limit of the tag {tag!r}.")
