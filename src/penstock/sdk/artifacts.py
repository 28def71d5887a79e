"""Artifacts from Python: what a run leaves behind for people to look at.

    create_table_artifact([{"shop": "Oslo", "sold": 12}], key="sales", description="Today's sales")

Those that flows and tasks make belong to their runs. Each function answers in a coroutine with something to
await, and elsewhere with its result; `acreate_table_artifact` and the like are always awaited.
"""

import math
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.client.client import Client
from penstock.contract import artifacts as contract
from penstock.domain.artifacts import check_key
from penstock.domain.errors import InvalidInput, NotFound
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.engine.session import current_session
from penstock.sdk.plain_data import field_told, json_text

ArtifactResponse: TypeAlias = contract.Artifact
"""An artifact that the server has."""
Table: TypeAlias = dict[str, list[Any]] | list[dict[str, Any]] | list[list[Any]]
"""Columns by name, or rows: each with its columns by name, or a plain list."""


class Artifact(Struct, kw_only=True):
    """An artifact that is still to be made.

    Args:
        key: Artifacts with one key are versions of one thing: lower-case letters, digits and `-`.
        type: What the data is, for pages that show it.
        description: Markdown that stands above it.
        data: Anything that can be said as JSON.
        metadata_: More about it, in short texts.
        flow_run_id, task_run_id: Whose it is; those around the calling code, where they are left out.

    Raises:
        InvalidInput: The key is none.
    """

    key: str | None = None
    type: str | None = None
    description: str | None = None
    data: Any = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.key is not None:
            with field_told():
                check_key(self.key)

    def create(self, client: Client | None = None) -> ArtifactResponse:
        """Make it on the server. In a coroutine, await it.

        Args:
            client: Talks to another server than the one that runs are recorded on.

        Raises:
            InvalidInput: Its data cannot be said as JSON, or the server refuses something about it.
            ServerUnreachable: The server does not answer.
        """
        colour = caller_colour()
        return finished(self.made(client, colour), colour)

    async def acreate(self, client: Client | None = None) -> ArtifactResponse:
        """`create` that is always awaited."""
        return await self.made(client, SUSPENDING)

    @classmethod
    def get(cls, key: str | None = None, client: Client | None = None) -> ArtifactResponse | None:
        """The latest artifact of a key, or of all; None where there is none. In a coroutine, await it."""
        colour = caller_colour()
        return finished(_latest(key, client, colour), colour)

    @classmethod
    async def aget(cls, key: str | None = None, client: Client | None = None) -> ArtifactResponse | None:
        """`get` that is always awaited."""
        return await _latest(key, client, SUSPENDING)

    @classmethod
    def get_or_create(
        cls,
        key: str | None = None,
        description: str | None = None,
        data: Any = None,
        client: Client | None = None,
        **kwargs: Any,
    ) -> tuple[ArtifactResponse, bool]:
        """The latest artifact of a key; where there is none, a new one. In a coroutine, await it.

        Args:
            description, data: Of the new one.
            kwargs: What else the new one is made with.

        Returns:
            The artifact, and whether it is new.
        """
        colour = caller_colour()
        wanted = cls(key=key, description=description, data=data, **kwargs)
        return finished(wanted._get_or_create(client, colour), colour)

    @classmethod
    async def aget_or_create(
        cls,
        key: str | None = None,
        description: str | None = None,
        data: Any = None,
        client: Client | None = None,
        **kwargs: Any,
    ) -> tuple[ArtifactResponse, bool]:
        """`get_or_create` that is always awaited."""
        wanted = cls(key=key, description=description, data=data, **kwargs)
        return await wanted._get_or_create(client, SUSPENDING)

    def format(self) -> Any:
        """Its data as it is stored. In a coroutine, await it."""
        return finished(self.aformat(), caller_colour())

    async def aformat(self) -> Any:
        """`format` that is always awaited."""
        return self._formatted()

    def _formatted(self) -> Any:
        with field_told():
            return json_text(self.data)

    async def made(self, client: Client | None, colour: Colour) -> ArtifactResponse:
        """`create` in a colour that is known."""
        flow_run_id, task_run_id = _around()
        body = contract.ArtifactCreate(
            key=self.key,
            type=self.type,
            description=self.description,
            data=self._formatted(),
            metadata_=self.metadata_,
            flow_run_id=self.flow_run_id or flow_run_id,
            task_run_id=self.task_run_id or task_run_id,
        )
        return await client_of(client, colour).call(contract.create_artifact, body)

    async def _get_or_create(self, client: Client | None, colour: Colour) -> tuple[ArtifactResponse, bool]:
        if self.key is not None and (found := await _latest(self.key, client, colour)) is not None:
            return found, False
        return await self.made(client, colour), True


class LinkArtifact(Artifact, kw_only=True):
    """A link.

    Args:
        link: Where it leads.
        link_text: What it says; where it is left out, the link itself.
    """

    link: str
    link_text: str | None = None
    type: str | None = "markdown"

    def _formatted(self) -> str:
        return f"[{self.link_text or self.link}]({self.link})"


class MarkdownArtifact(Artifact, kw_only=True):
    """A text with markdown in it."""

    markdown: str
    type: str | None = "markdown"

    def _formatted(self) -> str:
        return self.markdown


class TableArtifact(Artifact, kw_only=True):
    """A table: columns by name, or rows. Numbers that JSON has not, such as NaN, are empty cells."""

    table: Table
    type: str | None = "table"

    def _formatted(self) -> str:
        given: object = self.table
        if not isinstance(given, dict | list):
            kind = type(given).__name__
            message = f"table: A table is a dict of columns or a list of rows, and not a {kind}."
            raise InvalidInput(message, field="table")
        return json_text(given)


class ProgressArtifact(Artifact, kw_only=True):
    """How far something is, in per cent: what is below 0 or above 100 is taken for these."""

    progress: float
    type: str | None = "progress"

    def _formatted(self) -> float:
        return percent(self.progress)


class ImageArtifact(Artifact, kw_only=True):
    """An image that pages load from its URL."""

    image_url: str
    type: str | None = "image"

    def _formatted(self) -> str:
        return self.image_url


def percent(progress: float) -> float:
    """A number from 0 to 100. Raises `InvalidInput` for one that is none."""
    if math.isnan(progress):
        message = "progress: This is no number of per cent."
        raise InvalidInput(message, field="progress", hint="Give a number from 0 to 100.")
    return float(min(max(progress, 0.0), 100.0))


def _around() -> tuple[UUID | None, UUID | None]:
    """The flow run and the task run around the calling code."""
    flow, task = FlowRunContext.get(), TaskRunContext.get()
    flow_run_id = flow.flow_run.id if flow is not None else None
    if task is None:
        return flow_run_id, None
    return flow_run_id or task.task_run.flow_run_id, task.task_run.id


def client_of(given: Client | None, colour: Colour) -> Client:
    """The client that was given, or that of this process with the lease of the run around."""
    if given is not None:
        return given
    context = FlowRunContext.get()
    return current_session().client(colour, context.hold.lease if context is not None else None)


async def _latest(key: str | None, client: Client | None, colour: Colour) -> ArtifactResponse | None:
    asked = client_of(client, colour)
    if key is None:
        newest = contract.ArtifactQuery(sort=contract.ArtifactSort.UPDATED_DESC, limit=1)
        found = await asked.call(contract.read_artifacts, newest)
        return found[0] if found else None
    try:
        return await asked.call(contract.read_latest_artifact, key)
    except NotFound:
        return None
