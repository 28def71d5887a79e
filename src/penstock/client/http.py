"""Calls over HTTP/1.1: one attempt at a time, in the calling thread, on kept connections."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from penstock import __version__
from penstock.client.connections import Connection, Connections, parse_api_url, tls_context
from penstock.client.errors import answer_lost, described, refusal_in, unreadable
from penstock.client.proxies import proxy_for
from penstock.client.retries import is_repeatable
from penstock.client.transport import Pause, Request, blocking_pause
from penstock.contract.codec import decode, encode
from penstock.contract.endpoint import JSON, Call, Endpoint
from penstock.domain.errors import InvalidInput
from penstock.settings import Settings

_CONNECT_SECONDS = 10.0


class Flight(Struct, eq=False):
    """A request that is under way, so that another thread can break it off."""

    connection: Connection | None = None
    aborted: bool = False

    def board(self, connection: Connection) -> None:
        """Go on with this connection. Raises `ConnectionAbortedError` if it was broken off already."""
        self.connection = connection
        if self.aborted:
            raise ConnectionAbortedError

    def abort(self) -> None:
        """Break it off: the thread that waits for the answer gets `AnswerLost`."""
        self.aborted = True
        if self.connection is not None:
            self.connection.abort()


class HttpTransport:
    """Calls to the API at `url`, with the credential, timeout and certificates of `settings`.

    Blocks its thread, and never suspends a coroutine that awaits it.

    Args:
        environment: Where proxies may be named.

    Raises:
        InvalidInput: A URL cannot be used.
    """

    def __init__(
        self, url: str, settings: Settings, environment: Mapping[str, str], pause: Pause = blocking_pause
    ) -> None:
        api, address = settings.api, parse_api_url(url)
        proxy = proxy_for(address.scheme, address.host, environment)
        self.api_url = address.url
        self._pause, self._timeout = pause, api.request_timeout
        self._extra_statuses = frozenset(settings.client.retry_extra_codes)
        self._base = address.base
        self._headers = settings.client.custom_headers | _headers(settings)
        if proxy and address.scheme == "http":
            self._base = address.url
            if proxy.authorization:
                self._headers["Proxy-Authorization"] = proxy.authorization
        self._connections = Connections(
            address,
            connect_timeout=min(_CONNECT_SECONDS, self._timeout),
            tls=lambda: tls_context(api.ssl_cert_file, verify=not api.tls_insecure_skip_verify),
            proxy=proxy,
        )

    async def send(self, request: Request) -> Any:
        """Make one attempt, here and now."""
        return self.exchange(request, Flight())

    async def sleep(self, seconds: float) -> None:
        """Wait before the next attempt."""
        await self._pause(seconds)

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._connections.close()

    def exchange(self, request: Request, flight: Flight) -> Any:
        """Make one attempt in this thread. Raises what `Transport.send` does."""
        connection = self._connections.take()
        try:
            response, body = self._round_trip(connection, request, flight)
        except ConnectionError as error:
            connection.http.close()
            # A kept connection may be closed in the very moment in which it is used again.
            again = connection.reused and not flight.aborted
            if not again or not is_repeatable(request.endpoint, request.call.body):
                raise answer_lost(self.api_url, described(error)) from None
            connection = self._connections.open()
            response, body = self._last_round_trip(connection, request, flight)
        except (OSError, HTTPException) as error:
            connection.http.close()
            raise self._failure(error) from None
        except BaseException:
            connection.http.close()  # whoever is interrupted waits for no answer: the server hears of it
            raise
        self._give_back(connection, response)
        return self._answer(request.endpoint, response, body)

    def _last_round_trip(
        self, connection: Connection, request: Request, flight: Flight
    ) -> tuple[HTTPResponse, bytes]:
        try:
            return self._round_trip(connection, request, flight)
        except (OSError, HTTPException) as error:
            connection.http.close()
            raise self._failure(error) from None

    def _round_trip(
        self, connection: Connection, request: Request, flight: Flight
    ) -> tuple[HTTPResponse, bytes]:
        flight.board(connection)
        endpoint, call, body = request.endpoint, request.call, b""
        headers = self._headers | request.headers
        if endpoint.body is not None:
            is_raw = endpoint.body.type is bytes
            body = call.body if is_raw else encode(call.body)
            headers["Content-Type"] = "application/octet-stream" if is_raw else JSON
            headers["Content-Length"] = str(len(body))
        connection.wait_at_most(self._timeout + getattr(call.body, "wait_seconds", 0.0))
        response = connection.ask(endpoint.method, self._base + _target(endpoint, call), headers, body)
        return response, response.read()

    def _failure(self, error: OSError | HTTPException) -> Exception:
        match error:
            case TimeoutError():
                return answer_lost(self.api_url, f"no answer within {self._timeout:g} s")
            case IncompleteRead():
                return answer_lost(self.api_url, "it broke off in the middle of its answer")
            case OSError():
                return answer_lost(self.api_url, described(error))
        return unreadable(self.api_url, f"not HTTP ({type(error).__name__})")

    def _give_back(self, connection: Connection, response: HTTPResponse) -> None:
        if response.will_close:
            connection.http.close()
        else:
            self._connections.keep(connection)

    def _answer(self, endpoint: Endpoint[..., Any], response: HTTPResponse, body: bytes) -> Any:
        if response.status not in endpoint.statuses:
            raise refusal_in(
                self.api_url,
                response.status,
                body,
                response.getheader,
                datetime.now(UTC),
                self._extra_statuses,
            )
        if endpoint.response in (None, bytes):
            return body if endpoint.response is bytes else None
        try:
            return decode(endpoint.response, body)
        except InvalidInput as error:
            raise unreadable(self.api_url, f"{endpoint.name}, {error.message.rstrip('.')}") from None


def _target(endpoint: Endpoint[..., Any], call: Call) -> str:
    path = endpoint.path
    for name, value in call.path.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""), 1)
    query = {p.sent_as: call.query[p.name] for p in endpoint.query_params if p.name in call.query}
    return f"{path}?{urlencode(query)}" if query else path


def _headers(settings: Settings) -> dict[str, str]:
    headers = {"User-Agent": f"penstock/{__version__}", "Accept": "*/*"}
    api = settings.api
    if api.key is not None:
        headers["Authorization"] = f"Bearer {api.key.reveal()}"
    elif api.auth_string is not None:
        headers["Authorization"] = f"Basic {b64encode(api.auth_string.reveal().encode()).decode()}"
    return headers
