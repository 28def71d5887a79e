"""What changes, told as it happens: for pages that show it."""

from typing import Annotated

from msgspec import Meta

from penstock.contract.endpoint import endpoint

LookBack = Annotated[int, Meta(ge=0, le=60)]
"""Seconds."""


@endpoint("GET", "/live", action="server:read", media_type="text/event-stream", ours=True)
def live(look_back: LookBack = 0) -> bytes:
    """Server-sent events, for as long as the client listens; a stream ends after an hour, and is asked anew.

    - `hello`, at once: `{"version": "…", "server": "…"}`: the version of the product, and an id of this
      server process. Where it is another than before, changes between the two streams were missed.
    - `change`: `{"flow_runs": ["…"], "logs": ["…"], …}`: ids of what was made, changed or deleted, by its
      noun: `flows`, `flow_runs`, `deployments`, `work_pools`, `work_queues`, `variables`; of `task_runs` and
      `logs` those of their flow runs, of `workers` those of their work pools. `"*"` stands in the place of
      the list for more than 100. At most four of these events are sent in a second.
    - `resync`, `{}`: changes may have been missed; look again at all that is shown.

    With `look_back` what changed in so many seconds before is told too, to who has asked for what it shows
    before it began to listen.

    A comment is sent every 15 seconds in which nothing changes.
    """
