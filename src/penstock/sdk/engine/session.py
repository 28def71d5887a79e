"""What the runs of this process share: settings, clients, the recorder, the heartbeat.

Made when the first run begins, and again when the settings in force change (as in tests) or the process is a
forked child.
"""

import atexit
import os
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from penstock.client.client import Client, open_client
from penstock.client.retries import RetryPolicy
from penstock.colourless import run_sync
from penstock.contract.events import create_events
from penstock.contract.flows import FlowCreate, create_flow
from penstock.contract.global_limits import RenewAcquiredSlots, RenewSlotLease, hold_slots, renew_slot_lease
from penstock.contract.leases import LeaseRenew, LeaseRenewal, renew_lease
from penstock.contract.logs import create_logs
from penstock.contract.task_runs import record_task_runs
from penstock.domain.errors import NotFound
from penstock.domain.ids import new_id
from penstock.sdk.engine.batches import Batch, EventBatch, LogBatch
from penstock.sdk.engine.colours import Colour
from penstock.sdk.engine.delivery import Delivery
from penstock.sdk.engine.heartbeat import Heartbeat
from penstock.sdk.engine.recorder import Recorder
from penstock.sdk.engine.slot_renewals import SlotRenewals
from penstock.sdk.engine.spool import Spool
from penstock.sdk.engine.unlimited_tags import UnlimitedTags
from penstock.sdk.logging import configure_logging
from penstock.settings import Settings, load_settings

_ONCE = RetryPolicy(budget=0.0, attempts=0)
"""For what the recorder sends: it has a pace and a spool of its own."""
_RENEWAL_SECONDS = 10.0
"""Until a renewal is given up: one that is lost on its way leaves time for others before the lease ends."""


class Session:
    """One process, talking to one server (or to the embedded store) for all its runs.

    Args:
        settings: Which server, and how.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.holder = f"process {os.getpid()} on {socket.gethostname()}"
        """How people find this process."""
        self._clients: dict[bool, Client] = {}
        self._renewals: Client | None = None
        self._waiting: Client | None = None
        self._flow_ids: dict[str, UUID] = {}
        self.heartbeat = Heartbeat(self._renew)
        self.slot_renewals = SlotRenewals(self._renew_slots)
        self.unlimited_tags = UnlimitedTags()
        self.recorder = Recorder(_new_id(), self._new_delivery(), settings.logging.to_api.batch_interval)
        configure_logging(settings.logging, self.recorder.log)

    def client(self, colour: Colour, lease: UUID | None = None) -> Client:
        """The client that waits in `colour`, and shows `lease` with each request."""
        client = self._client(colour.suspends)
        return client if lease is None else client.holding(lease)

    def _client(self, suspends: bool) -> Client:
        client = self._clients.get(suspends)
        if client is None:
            client = open_client(self.settings, os.environ, on_loop=suspends)
            # Whoever is second uses what the first one opened.
            client = self._clients.setdefault(suspends, client)
        return client

    def waiting_client(self, colour: Colour, lease: UUID | None = None) -> Client:
        """The same for calls that wait long: on an event loop they must not keep others from their turn."""
        client = self._client(colour.suspends)
        if colour.suspends and client.api_url is not None:
            if self._waiting is None:
                self._waiting = open_client(self.settings, os.environ, on_loop=True)
            client = self._waiting
        return client if lease is None else client.holding(lease)

    async def flow_id(self, name: str, colour: Colour) -> UUID:
        """The id under which the server knows a flow; it is registered the first time."""
        known = self._flow_ids.get(name)
        if known is None:
            flow = await self.client(colour).call(create_flow, FlowCreate(name=name))
            known = self._flow_ids[name] = flow.id
        return known

    def close(self) -> None:
        """Ship what is left, and end the threads."""
        self.heartbeat.close()
        self.slot_renewals.close()
        self.recorder.close()
        for client in (*self._clients.values(), self._renewals, self._waiting):
            if client is not None:
                client.close()
        self._clients.clear()
        self._renewals = self._waiting = None

    def _new_delivery(self) -> Delivery:
        spool = Spool(spool_folder(self.settings), f"{os.getpid()}-{_new_id()}")
        return Delivery(self._send, spool, self._fenced)

    def _fenced(self, lease: UUID) -> None:
        self.heartbeat.fenced(lease)

    def _send(self, batch: Batch) -> None:
        client = self._client(False).insisting(_ONCE)
        if isinstance(batch, LogBatch):
            run_sync(client.call(create_logs, batch.lines))
            return
        if isinstance(batch, EventBatch):
            run_sync(client.call(create_events, batch.events))
            return
        if batch.lease is not None:
            client = client.holding(batch.lease)
        run_sync(client.call(record_task_runs, batch.body))

    def _renew(self, run_id: UUID, lease: UUID) -> LeaseRenewal:
        client = self._for_renewals().holding(lease).insisting(_ONCE)
        return run_sync(client.call(renew_lease, run_id, LeaseRenew(lease_id=lease)))

    def _renew_slots(self, lease_id: UUID, seconds: float) -> None:
        client = self._for_renewals().insisting(_ONCE)
        try:
            run_sync(client.call(hold_slots, lease_id, RenewAcquiredSlots(lease_duration=seconds)))
        except NotFound:  # a server that knows only the reference's routes
            least = RenewSlotLease(lease_duration=max(seconds, 60.0))
            run_sync(client.call(renew_slot_lease, lease_id, least))

    def _for_renewals(self) -> Client:
        """A client that does not wait long; the embedded store is the same for all calls."""
        client = self._client(False)
        if client.api_url is None:
            return client
        if self._renewals is None:
            seconds = min(self.settings.api.request_timeout, _RENEWAL_SECONDS)
            impatient = replace(self.settings.api, request_timeout=seconds)
            self._renewals = open_client(replace(self.settings, api=impatient), os.environ)
        return self._renewals

    def begin_anew(self) -> None:
        """In a forked child, for what still holds on to the parent's session: begin with empty hands."""
        self._clients, self._renewals, self._waiting = {}, None, None
        self.heartbeat = Heartbeat(self._renew)
        self.slot_renewals = SlotRenewals(self._renew_slots)
        self.recorder.begin_anew(_new_id(), self._new_delivery())


def spool_folder(settings: Settings) -> Path:
    """Where batches wait: one folder for each server, as what is in it is meant for that one."""
    url = settings.api.url or settings.database_url
    return settings.home / "spool" / "".join(c if c.isalnum() else "-" for c in url.rpartition("@")[2])


def _new_id() -> UUID:
    return new_id(datetime.now(UTC))


_opening = threading.Lock()
_current: tuple[tuple[str | None, ...], Session] | None = None

_SELECTING = tuple(
    f"{prefix}_{name}"
    for prefix in ("PENSTOCK", "PREFECT")
    for name in ("API_URL", "HOME", "PROFILE", "API_KEY", "API_AUTH_STRING", "SERVER_DATABASE_CONNECTION_URL")
)
"""Environment variables that say which server is meant."""


def current_session() -> Session:
    """The session of this process under the settings that are in force; opened, if there is none.

    Raises:
        SettingInvalid: A setting has a value that does not fit.
    """
    global _current
    selected = tuple(map(os.environ.get, _SELECTING))
    found = _current
    if found is not None and found[0] == selected:
        return found[1]
    with _opening:
        if _current is None or _current[0] != selected:
            _current, previous = (selected, Session(load_settings())), _current
            if previous is not None:
                previous[1].close()
        return _current[1]


def close_session() -> None:
    """End the session of this process, if it has one: ship what is left and end its threads."""
    global _current
    with _opening:
        closing, _current = _current, None
    if closing is not None:
        closing[1].close()


atexit.register(close_session)


def _after_fork() -> None:
    global _current, _opening
    inherited, _current, _opening = _current, None, threading.Lock()
    if inherited is not None:
        inherited[1].begin_anew()


os.register_at_fork(after_in_child=_after_fork)
