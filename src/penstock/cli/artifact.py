"""`penstock artifact`: what runs left behind for people to look at."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, open_client
from penstock.contract.artifacts import (
    Artifact,
    ArtifactCollectionQuery,
    ArtifactCriteria,
    ArtifactQuery,
    ArtifactSort,
    count_artifacts,
    delete_artifact,
    read_artifacts,
    read_latest_artifacts,
)
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import ArtifactFilter
from penstock.contract.operators import TextInOrLikeOrExists
from penstock.domain.errors import NotFound

T = TypeVar("T")

_NONE = "There are no artifacts. Flows leave them: see penstock.artifacts."


@click.group("artifact", cls=Noun)
def artifact() -> None:
    """Look at what runs left behind: links, texts, tables, images."""


artifact.alias("delete", "rm")


@artifact.command("ls")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at most.")
@click.option(
    "--all/--no-all",
    "-a",
    "every",
    default=False,
    help="Also older versions, and artifacts without a key.",
)
@output_option
def ls(limit: int, every: bool, as_json: bool) -> None:
    """List the latest artifact of each key, by key; or all artifacts, newest first."""
    with open_client() as client:
        found = _everything(client, limit) if every else _collections(client, limit)
    if as_json:
        show_json(found)
        return
    # Of a collection its latest artifact is what other commands take.
    rows = [(getattr(each, "latest_id", each.id), each.key, each.type, each.updated) for each in found]
    show_table(("Id", "Key", "Type", "Updated"), rows, empty=_NONE)


@artifact.command("inspect")
@argument("key", help="Key of the artifacts.")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="How many at most.")
@output_option
def inspect(key: str, limit: int, as_json: bool) -> None:
    """Show the versions of a key, newest first."""
    with open_client() as client:
        found = _of_key(client, key, limit)
    if as_json:
        show_json(found)
        return
    for number, each in enumerate(found):
        if number:
            show("")
        fields = msgspec.structs.asdict(each)
        data = fields.pop("data")
        show_fields({name: value for name, value in fields.items() if value is not None})
        show(data if isinstance(data, str) else msgspec.json.encode(data).decode())


@artifact.command("delete")
@argument("key", help="Key of the artifacts: all of its versions go.", required=False)
@click.option("--id", "id", type=click.UUID, metavar="ID", help="Id of the one artifact, instead.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(key: str | None, id: UUID | None, yes: bool) -> None:
    """Delete all artifacts of a key, or one by its id."""
    if (key is None) == (id is None):
        message = "Say which artifacts: KEY, or --id."
        raise click.UsageError(message, click.get_current_context())
    with open_client() as client:
        if id is not None:
            confirm_where_asked(f"Delete the artifact {id}?", yes=yes)
            client.call(delete_artifact, id)
            show(f"Deleted the artifact {id}.")
            return
        _delete_all(client, key or "", yes=yes)


def _delete_all(client: CommandClient, key: str, *, yes: bool) -> None:
    of_key = _named(key)
    count = client.call(count_artifacts, ArtifactCriteria(artifacts=of_key))
    if not count:
        raise _nothing(key)
    confirm_where_asked(f"Delete {count} artifacts with the key {key!r}?", yes=yes)
    deleted = 0
    while page := client.call(read_artifacts, ArtifactQuery(artifacts=of_key)):
        for each in page:
            with contextlib.suppress(NotFound):  # somebody else was faster
                client.call(delete_artifact, each.id)
                deleted += 1
    show(f"Deleted {deleted} artifacts with the key {key!r}.")


def _named(key: str) -> ArtifactFilter:
    return ArtifactFilter(key=TextInOrLikeOrExists(any_=[key]))


def _nothing(key: str) -> NotFound:
    message = f"There is no artifact with the key {key!r}."
    return NotFound(message, hint="See the keys by `penstock artifact ls`.")


def _of_key(client: CommandClient, key: str, limit: int) -> list[Artifact]:
    def page(offset: int, limit: int) -> list[Artifact]:
        query = ArtifactQuery(
            artifacts=_named(key), sort=ArtifactSort.CREATED_DESC, offset=offset, limit=limit
        )
        return client.call(read_artifacts, query)

    found = _pages(page, limit)
    if not found:
        raise _nothing(key)
    return found


def _everything(client: CommandClient, limit: int) -> Sequence[Any]:
    def page(offset: int, limit: int) -> list[Artifact]:
        query = ArtifactQuery(sort=ArtifactSort.CREATED_DESC, offset=offset, limit=limit)
        return client.call(read_artifacts, query)

    return _pages(page, limit)


def _collections(client: CommandClient, limit: int) -> Sequence[Any]:
    return _pages(
        lambda offset, limit: client.call(
            read_latest_artifacts,
            ArtifactCollectionQuery(sort=ArtifactSort.KEY_ASC, offset=offset, limit=limit),
        ),
        limit,
    )


def _pages(page: Callable[[int, int], list[T]], limit: int) -> list[T]:
    """What `page(offset, limit)` has, up to a limit."""
    found: list[T] = []
    while len(found) < limit:
        wanted = min(MAX_PAGE, limit - len(found))
        more = page(len(found), wanted)
        found += more
        if len(more) < wanted:
            return found
    if page(limit, 1):
        note(f"There are more than these {limit}; see more by --limit.")
    return found
