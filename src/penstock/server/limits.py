"""What a server allows and how long it waits: one value, made from the settings when the server starts."""

from datetime import timedelta

from msgspec import Struct

from penstock.domain.catch_up import CatchUpDefaults
from penstock.domain.events import EventLimits
from penstock.domain.leases import LeaseTerms
from penstock.server.outside.addresses import OutsidePolicy, network_from
from penstock.server.secrets.keys import ServerKey
from penstock.settings import Settings
from penstock.settings.described import DescribedSetting, describe_settings
from penstock.settings.tree import OutsideSettings, SchedulerSettings, ServerApiSettings, VacuumSettings


class Limits(Struct, frozen=True, kw_only=True):
    """The bounds of a server."""

    leases: LeaseTerms = LeaseTerms()
    parameter_bytes: int = 524_288
    """A run's parameters, as JSON, are not larger."""
    log_characters: int = 65_536
    """A longer log message is cut, and says so."""
    log_batch: int = 10_000
    """The most log lines in one call."""
    record_batch: int = 10_000
    """The most task runs in one call."""
    worker_interval: timedelta = timedelta(seconds=30)
    """How often a worker is heard of that does not say how often."""
    worker_misses: int = 3
    """A worker that misses so many of its heartbeats is offline."""
    queue_silence: timedelta = timedelta(seconds=60)
    """A queue that nobody asked for runs for so long is not ready."""
    deployment_silence: timedelta = timedelta(seconds=60)
    """The same of a deployment."""
    late_after: timedelta = timedelta(seconds=15)
    """A run that nobody took so long after its time is late."""
    cancelling_at_most: timedelta = timedelta(seconds=300)
    """A run that has no owner, and is cancelled for longer than this, is taken for stopped."""
    pauses_every: float = 60.0
    """Seconds between two looks for pauses that ran out, where none is known to run out before."""
    schedule_every: float = 60.0
    """Seconds that the scheduler rests at most, so that it sees when the clock was set."""
    schedule_min_runs: int = 3
    """The scheduler keeps at least so many runs of each schedule waiting, …"""
    schedule_max_runs: int = 100
    """… at most so many, …"""
    schedule_ahead: timedelta = timedelta(hours=1)
    """… and those of at least this time, …"""
    schedule_horizon: timedelta = timedelta(days=100)
    """… but none later than this."""
    catch_up: CatchUpDefaults = CatchUpDefaults()
    """What is done about ticks that were missed, where their schedules say nothing."""
    graph_nodes: int = 10_000
    """The most task runs in one graph of a flow run, …"""
    graph_artifacts: int = 10_000
    """… and the most artifacts."""
    ui_url: str | None = None
    """Where the web UI is, for links in what automations send."""
    webhook_key: ServerKey = ServerKey()
    """What secrets of webhooks are made from."""
    block_key: ServerKey = ServerKey(setting="server.encryption_key")
    """What secrets of blocks are encrypted with."""
    outside: OutsidePolicy = OutsidePolicy()
    """Whom it may call."""
    events: EventLimits = EventLimits()
    """How large an event may be."""
    event_retention: timedelta = timedelta(days=7)
    """How long events are kept, and what automations did."""
    metrics: bool = False
    """Whether it tells what it counts."""
    run_tokens: bool = False
    """Whether runs get tokens: where credentials are asked for."""
    audit_retention: timedelta = timedelta(days=365)
    """How long rows of the audit log are kept."""
    vacuums: frozenset[str] = frozenset({"events"})
    """What is taken away when it is old: `events`, `flow_runs`."""
    run_retention: timedelta = timedelta(days=90)
    """How long flow runs are kept when they have ended, if they are taken away."""
    vacuum_every: float = 3_600.0
    """Seconds between two looks for what is too old."""
    vacuum_batch: int = 200
    """How much of it is deleted at once."""
    settings: tuple[DescribedSetting, ...] = ()
    """What all of this was made from, for showing; secrets are not in it."""


def limits_from(settings: Settings) -> Limits:
    """The bounds that the settings give a server."""
    services = settings.server.services
    scheduler, foreman = services.scheduler, services.foreman
    return Limits(
        leases=settings.server.leases,
        parameter_bytes=settings.server.api.max_parameter_size,
        worker_interval=timedelta(seconds=foreman.fallback_heartbeat_interval_seconds),
        worker_misses=foreman.inactivity_heartbeat_multiple,
        queue_silence=timedelta(seconds=foreman.work_queue_last_polled_timeout_seconds),
        deployment_silence=timedelta(seconds=foreman.deployment_last_polled_timeout_seconds),
        late_after=timedelta(seconds=services.late_runs.after_seconds),
        cancelling_at_most=timedelta(seconds=services.cancellation_cleanup.cancelling_timeout_seconds),
        pauses_every=services.pause_expirations.loop_seconds,
        schedule_every=scheduler.loop_seconds,
        schedule_min_runs=scheduler.min_runs,
        schedule_max_runs=scheduler.max_runs,
        schedule_ahead=timedelta(seconds=scheduler.min_scheduled_time),
        schedule_horizon=timedelta(seconds=scheduler.max_scheduled_time),
        catch_up=_catch_up(scheduler),
        webhook_key=ServerKey(
            secret=settings.server.webhooks.signing_key, file=settings.home / "webhook.key"
        ),
        block_key=ServerKey(
            secret=settings.server.encryption_key,
            file=settings.home / "encryption.key",
            setting="server.encryption_key",
            previous=settings.server.previous_encryption_key,
        ),
        outside=_outside(settings.server.outside),
        graph_nodes=settings.server.flow_run_graph.max_nodes,
        graph_artifacts=settings.server.flow_run_graph.max_artifacts,
        ui_url=settings.ui.url or _own_pages(settings.server.api),
        events=EventLimits(
            labels=settings.server.events.maximum_labels_per_resource,
            related=settings.server.events.maximum_related_resources,
            size=settings.server.events.maximum_size_bytes,
        ),
        metrics=settings.server.metrics_enabled,
        run_tokens=settings.server.api.auth_string is not None or settings.server.api.require_auth,
        audit_retention=timedelta(seconds=settings.server.audit.retention_period),
        vacuums=_vacuums(services.db_vacuum),
        run_retention=timedelta(seconds=services.db_vacuum.retention_period),
        vacuum_every=services.db_vacuum.loop_seconds,
        vacuum_batch=services.db_vacuum.batch_size,
        event_retention=timedelta(seconds=settings.server.events.retention_period),
        settings=describe_settings(settings),
    )


def _catch_up(settings: SchedulerSettings) -> CatchUpDefaults:
    longest = settings.max_lateness_seconds
    return CatchUpDefaults(
        policy=settings.catch_up,
        missed_after=timedelta(seconds=settings.missed_after_seconds),
        max_lateness=None if longest is None else timedelta(seconds=longest),
    )


def _outside(settings: OutsideSettings) -> OutsidePolicy:
    for network in settings.allowed_networks:
        network_from(network)
    ca_file = settings.ssl_cert_file
    return OutsidePolicy(
        allowed_hosts=settings.allowed_hosts,
        allowed_networks=settings.allowed_networks,
        ca_file=str(ca_file) if ca_file else None,
    )


def _own_pages(api: ServerApiSettings) -> str:
    host = f"[{api.host}]" if ":" in api.host else api.host
    return f"http://{host}:{api.port}{(api.base_path or '').rstrip('/')}"


def _vacuums(wanted: VacuumSettings) -> frozenset[str]:
    every = ("events", "flow_runs") if wanted.enabled is True else wanted.enabled
    return frozenset(every or ())
