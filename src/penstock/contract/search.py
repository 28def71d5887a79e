"""Go to anything: flows, deployments, runs, pools, queues and variables by a part of their name or an id."""

from typing import Annotated

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Form
from penstock.contract.states import StateType
from penstock.contract.subjects import Subject

MAX_OF_A_KIND = 6


class SearchQuery(Form, kw_only=True):
    """What to look for."""

    text: Annotated[str, Meta(min_length=1, max_length=200)]


class Found(Struct, kw_only=True):
    """One thing that was found."""

    subject: Subject
    detail: str | None = None
    """A few words that tell it from others of the name."""
    state_type: StateType | None = None
    """Of a run."""


class SearchAnswer(Struct, kw_only=True):
    """What was found, the best first, at most six of a kind."""

    found: list[Found]


@endpoint("POST", "/search", action="server:read", idempotent=True, ours=True)
def search(body: SearchQuery) -> SearchAnswer:
    """Find things by a part of their name, or by their id; what many runs are named, among the newest."""
