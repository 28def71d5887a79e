"""The client: every endpoint of the contract, called with its own arguments, retried where that is safe.

    client = open_client(settings, os.environ)
    run = run_sync(client.call(read_flow_run, id))

    client = open_client(settings, os.environ, on_loop=True)
    run = await client.call(read_flow_run, id)

It awaits nothing but its transport, so that it has no colour of its own.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar
from uuid import UUID

from msgspec import structs

from penstock import tracing
from penstock.client.http import HttpTransport
from penstock.client.keys import keyed
from penstock.client.retries import BRIEF, PATIENT, RetryPolicy, is_repeatable
from penstock.client.thread_hop import ThreadHopTransport
from penstock.client.transport import (
    InProcessTransport,
    Request,
    Transport,
    blocking_pause,
    pause_on_loop,
)
from penstock.contract.endpoint import Endpoint
from penstock.contract.headers import LEASE_HEADER, ORIGIN_HEADER
from penstock.domain.errors import PenstockError
from penstock.settings import Settings
from penstock.settings.running import running_server

P = ParamSpec("P")
R = TypeVar("R")


class Client:
    """Calls a server.

    Args:
        transport: The way there; closed with the client.
        origin: Which entrance the calls come through: `cli`, `sdk`, …; it is kept with what they create.
        retries: How long to insist.
        lease: Shown with each call: the right to the run that the calls are about.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        origin: str = "sdk",
        retries: RetryPolicy = BRIEF,
        lease: UUID | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._transport, self._origin, self._retries, self._lease = transport, origin, retries, lease
        self._clock, self._chance = clock, chance
        self._headers = {ORIGIN_HEADER: origin}
        if lease is not None:
            self._headers[LEASE_HEADER] = str(lease)

    @property
    def api_url(self) -> str | None:
        """URL of the API; None for the embedded server."""
        return self._transport.api_url

    def holding(self, lease: UUID) -> "Client":
        """The same client with the right to a run, by the id of its lease."""
        return self._with(lease=lease)

    def patient(self) -> "Client":
        """The same client for what must not be lost: it insists for minutes, even if no server is there."""
        return self._with(retries=PATIENT)

    def insisting(self, retries: RetryPolicy) -> "Client":
        """The same client with another retry policy."""
        return self._with(retries=retries)

    async def call(self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call an endpoint with the arguments of its declaration, and return what it answers.

        Raises:
            PenstockError: What the server refuses with, or, after the retries that the policy allows, why
                there is no answer: `ServerUnreachable`, `AnswerLost`, `Unavailable`, `ServerError`.
            TypeError: The arguments are not those of the endpoint.
        """
        call = keyed(endpoint.bind(args, kwargs))
        request = Request(endpoint, call, tracing.carried(self._headers))
        began, attempt = self._clock(), 0
        while True:
            attempt += 1
            try:
                answer: R = await self._transport.send(request)
                return answer
            except PenstockError as error:
                delay = self._retries.delay_after(
                    attempt,
                    self._clock() - began,
                    error,
                    repeatable=is_repeatable(endpoint, call.body),
                    chance=self._chance(),
                )
                if delay is None:
                    raise
            await self._transport.sleep(delay)

    def close(self) -> None:
        """Close the transport, for all clients that share it."""
        self._transport.close()

    def _with(self, *, lease: UUID | None = None, retries: RetryPolicy | None = None) -> "Client":
        return Client(
            self._transport,
            origin=self._origin,
            retries=retries or self._retries,
            lease=lease or self._lease,
            clock=self._clock,
            chance=self._chance,
        )


def open_client(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    on_loop: bool = False,
    origin: str = "sdk",
    retries: RetryPolicy | None = None,
) -> Client:
    """A client of the server that is set, else of the one that runs in this home, else of the embedded one.

    Args:
        environment: Where proxies may be named.
        on_loop: Whether it is for coroutines on an event loop, which must not be blocked; else its calls are
            driven by `colourless.run_sync`.
        retries: How long to insist; when left out, briefly, as `settings.client` says.

    Raises:
        InvalidInput: The URL of the server, or of a proxy, cannot be used.
    """
    running = None if settings.api.url else running_server(settings.home)
    url = running.url if running else settings.api.url
    return Client(
        _transport(url, settings, environment, on_loop),
        origin=origin,
        retries=retries or _brief(settings),
    )


def _transport(
    url: str | None, settings: Settings, environment: Mapping[str, str], on_loop: bool
) -> Transport:
    if url is None:
        return InProcessTransport(settings, pause_on_loop if on_loop else blocking_pause)
    if on_loop:
        return ThreadHopTransport(url, settings, environment)
    return HttpTransport(url, settings, environment)


def _brief(settings: Settings) -> RetryPolicy:
    chosen = settings.client
    return structs.replace(BRIEF, attempts=chosen.max_retries, jitter=chosen.retry_jitter_factor)
