"""The functions by which runs leave artifacts: one for each kind, and one for how far something is.

Each answers with the artifact's id: in a coroutine it is awaited, elsewhere it is there at once. Those that
begin with `a` are always awaited. All raise `InvalidInput` for a key that is none, and for what cannot be
said as JSON, and `ServerUnreachable` where the server does not answer.
"""

from uuid import UUID

from msgspec import UNSET

from penstock.client.client import Client
from penstock.contract.artifacts import ArtifactUpdate, update_artifact
from penstock.sdk.artifacts import (
    Artifact,
    ImageArtifact,
    LinkArtifact,
    MarkdownArtifact,
    ProgressArtifact,
    Table,
    TableArtifact,
    client_of,
    percent,
)
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.engine.colours import SUSPENDING, Colour


def create_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
    client: Client | None = None,
) -> UUID:
    """Leave a link.

    Args:
        link: Where it leads.
        link_text: What it says; where it is left out, the link itself.
        key: Makes it the latest version of what has this key: lower-case letters, digits and `-`.
        description: Markdown that stands above it.
        client: Talks to another server than the one that runs are recorded on.
    """
    artifact = LinkArtifact(link=link, link_text=link_text, key=key, description=description)
    return _id_of(artifact, client)


async def acreate_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
    client: Client | None = None,
) -> UUID:
    """`create_link_artifact` that is always awaited."""
    artifact = LinkArtifact(link=link, link_text=link_text, key=key, description=description)
    return (await artifact.acreate(client)).id


def create_markdown_artifact(markdown: str, key: str | None = None, description: str | None = None) -> UUID:
    """Leave a text with markdown in it. `key` and `description` as in `create_link_artifact`."""
    return _id_of(MarkdownArtifact(markdown=markdown, key=key, description=description))


async def acreate_markdown_artifact(
    markdown: str, key: str | None = None, description: str | None = None
) -> UUID:
    """`create_markdown_artifact` that is always awaited."""
    return (await MarkdownArtifact(markdown=markdown, key=key, description=description).acreate()).id


def create_table_artifact(table: Table, key: str | None = None, description: str | None = None) -> UUID:
    """Leave a table. `key` and `description` as in `create_link_artifact`.

    Args:
        table: Columns by name, or rows: each with its columns by name, or a plain list. Times, ids, decimals
            and models are written as in JSON; NaN and infinity are empty.
    """
    return _id_of(TableArtifact(table=table, key=key, description=description))


async def acreate_table_artifact(
    table: Table, key: str | None = None, description: str | None = None
) -> UUID:
    """`create_table_artifact` that is always awaited."""
    return (await TableArtifact(table=table, key=key, description=description).acreate()).id


def create_progress_artifact(progress: float, key: str | None = None, description: str | None = None) -> UUID:
    """Leave how far something is, to be told on by `update_progress_artifact`.

    Args:
        progress: Per cent: what is below 0 or above 100 is taken for these.
        key, description: As in `create_link_artifact`.
    """
    return _id_of(ProgressArtifact(progress=progress, key=key, description=description))


async def acreate_progress_artifact(
    progress: float, key: str | None = None, description: str | None = None
) -> UUID:
    """`create_progress_artifact` that is always awaited."""
    return (await ProgressArtifact(progress=progress, key=key, description=description).acreate()).id


def create_image_artifact(image_url: str, key: str | None = None, description: str | None = None) -> UUID:
    """Leave an image that pages load from its URL. `key` and `description` as in `create_link_artifact`."""
    return _id_of(ImageArtifact(image_url=image_url, key=key, description=description))


async def acreate_image_artifact(
    image_url: str, key: str | None = None, description: str | None = None
) -> UUID:
    """`create_image_artifact` that is always awaited."""
    return (await ImageArtifact(image_url=image_url, key=key, description=description).acreate()).id


def update_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None, client: Client | None = None
) -> UUID:
    """Say how far something is by now.

    Args:
        artifact_id: What `create_progress_artifact` answered.
        progress: Per cent: what is below 0 or above 100 is taken for these.
        description: Where it is left out, that stays.
        client: As in `create_link_artifact`.

    Returns:
        `artifact_id`.

    Raises:
        NotFound: The artifact was deleted.
    """
    colour = caller_colour()
    return finished(_update(artifact_id, progress, description, client, colour), colour)


async def aupdate_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None, client: Client | None = None
) -> UUID:
    """`update_progress_artifact` that is always awaited."""
    return await _update(artifact_id, progress, description, client, SUSPENDING)


async def _update(
    id: UUID, progress: float, description: str | None, client: Client | None, colour: Colour
) -> UUID:
    change = ArtifactUpdate(data=percent(progress), description=UNSET if description is None else description)
    await client_of(client, colour).call(update_artifact, id, change)
    return id


def _id_of(artifact: Artifact, client: Client | None = None) -> UUID:
    colour = caller_colour()
    return finished(_created(artifact, client, colour), colour)


async def _created(artifact: Artifact, client: Client | None, colour: Colour) -> UUID:
    return (await artifact.made(client, colour)).id
