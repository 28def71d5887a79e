"""Every setting, its type, unit and default. Names are those of the reference where it has the same thing.

A setting is called by its path here: `server.api.port` is `PENSTOCK_SERVER_API_PORT` in the environment and
in profiles, and `[server.api] port` in `penstock.toml`. Durations are in seconds.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from msgspec import Meta, Struct

from penstock.domain.catch_up import CatchUp
from penstock.domain.leases import LeaseTerms

Count = Annotated[int, Meta(ge=1)]
"""One at least."""
Number = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0, le=100 * 365 * 86_400)]
"""Of something that takes time, up to a hundred years."""
Delay = Annotated[float, Meta(ge=0, le=100 * 365 * 86_400)]
"""May be none."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Secret:
    """A text that shows itself only to who asks for it by `reveal()`."""

    __slots__ = ("_text",)

    MASK = "********"

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __str__(self) -> str:
        return self.MASK

    def __repr__(self) -> str:
        return f"Secret({self.MASK!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


class Group(Struct, frozen=True, kw_only=True):
    """A branch of the tree."""


class ApiSettings(Group, frozen=True):
    """How clients reach a server."""

    url: str | None = None
    """Ends in `/api`. None: the server that runs in this home; if none does, the embedded one."""
    auth_string: Secret | None = None
    """`user:password`, sent by Basic authentication."""
    key: Secret | None = None
    """A token, sent as Bearer. Wins over `auth_string`."""
    request_timeout: Seconds = 60.0
    """Until a request is given up."""
    tls_insecure_skip_verify: bool = False
    ssl_cert_file: Path | None = None
    """Certificates to trust instead of the system's."""


class CliSettings(Group, frozen=True):
    colors: bool = True
    prompt: bool | None = None
    """Whether commands may ask. None: where a person sits at the terminal."""


class ClientSettings(Group, frozen=True):
    max_retries: Number = 5
    """How often a request that failed in passing is sent again."""
    retry_jitter_factor: Delay = 0.2
    retry_extra_codes: tuple[int, ...] = ()
    """Statuses to try again on, besides 408, 429, 502 and 503."""
    custom_headers: dict[str, str] = {}


class DeploymentSettings(Group, frozen=True):
    default_work_pool_name: str | None = None


class FlowSettings(Group, frozen=True):
    default_retries: Number = 0
    default_retry_delay_seconds: Delay = 0.0


class ApiLogSettings(Group, frozen=True):
    """How records reach the server."""

    enabled: bool = True
    batch_interval: Seconds = 2.0
    batch_size: Count = 4_000_000
    """In bytes."""
    max_log_size: Count = 1_000_000
    """Of one record, in bytes; longer ones are cut."""
    when_missing_flow: Literal["warn", "error", "ignore"] = "warn"


class LoggingSettings(Group, frozen=True):
    level: LogLevel = "INFO"
    extra_loggers: tuple[str, ...] = ()
    """Names of loggers whose records a run keeps besides its own."""
    log_prints: bool = False
    colors: bool = True
    to_api: ApiLogSettings = ApiLogSettings()


class RunnerSettings(Group, frozen=True):
    process_limit: Count = 5
    """How many runs `serve` has going at once."""


class ServerApiSettings(Group, frozen=True):
    """What the server binds to and lets in."""

    auth_string: Secret | None = None
    """`user:password` that callers must show. None: open, and so bound to loopback only."""
    require_auth: bool = False
    """Ask for a credential even without an `auth_string`: an API key, see `penstock api-key create`."""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 4200
    base_path: str | None = None
    """Where a proxy puts the server, such as `/penstock`; the API is then at `/penstock/api`."""
    allowed_hosts: tuple[str, ...] = ()
    """Names that the `Host` header may carry besides the address that the server is bound to. `*`: any."""
    keepalive_timeout: Number = 5
    """For which an idle connection is kept."""
    max_parameter_size: Count = 524_288
    """Of a run's parameters, in bytes of JSON."""
    max_body_size: Count = 16_777_216
    """Of one request, in bytes."""
    websocket_ping_interval: Seconds = 20.0
    """Between two pings, by which a websocket whose other side is gone is noticed."""
    websocket_ping_timeout: Seconds = 20.0
    """Until a ping that is not answered ends its websocket."""
    websocket_send_timeout: Seconds = 20.0
    """Until a websocket whose other side takes nothing is ended."""
    websocket_max_connections: Count = 1_000
    """How many websockets are open at once; more are refused."""


class DatabaseSettings(Group, frozen=True):
    connection_url: Secret | None = None
    """`sqlite:///path` or `postgresql://user:password@host/name`. None: `penstock.db` in the home."""
    timeout: Seconds = 10.0
    """Until a statement is given up, e.g. because another process keeps SQLite locked."""


class SchedulerSettings(Group, frozen=True):
    """Turns schedules into runs."""

    enabled: bool = True
    loop_seconds: Seconds = 60.0
    max_runs: Count = 100
    """How many runs of one schedule are made in advance, at most."""
    min_runs: Number = 3
    max_scheduled_time: Seconds = 100 * 86_400.0
    """How far ahead runs are made."""
    min_scheduled_time: Delay = 3_600.0
    """Runs are made at least this far ahead, up to `max_runs`."""
    catch_up: CatchUp | None = None
    """What is done about ticks that were missed: `all`, `latest` or `none`; schedules may say otherwise.
    Without, the newest is run of more than three that are due and half an hour late; of rules all are."""
    missed_after_seconds: Annotated[float, Meta(ge=1)] = 60.0
    """Where a policy is named, a tick is missed when its run hasn't started so long after it."""
    max_lateness_seconds: Annotated[float, Meta(gt=0)] | None = None
    """Runs of schedules are skipped that haven't started so long after their time."""


class LateRunsSettings(Group, frozen=True):
    """Marks runs that nobody took in time."""

    enabled: bool = True
    after_seconds: Delay = 15.0


class PauseExpirationsSettings(Group, frozen=True):
    """Fails runs whose pauses ran out."""

    enabled: bool = True
    loop_seconds: Seconds = 60.0
    """It wakes up when a pause runs out. This is after how long it looks though none should."""


class TriggersSettings(Group, frozen=True):
    """Shows events to the triggers of automations."""

    enabled: bool = True


class ActionsSettings(Group, frozen=True):
    """Does what automations that fired are to do."""

    enabled: bool = True


class ForemanSettings(Group, frozen=True):
    """When workers, queues and deployments count as gone quiet."""

    enabled: bool = True
    """Whether events tell of it."""
    inactivity_heartbeat_multiple: Count = 3
    """Heartbeats that a worker may miss."""
    fallback_heartbeat_interval_seconds: Seconds = 30.0
    """For workers that don't say how often they report."""
    deployment_last_polled_timeout_seconds: Seconds = 60.0
    work_queue_last_polled_timeout_seconds: Seconds = 60.0


class CancellationSettings(Group, frozen=True):
    """When runs that nobody owns, and that were told to stop, count as stopped."""

    cancelling_timeout_seconds: Seconds = 300.0


class VacuumSettings(Group, frozen=True):
    """Takes away what is older than it is to be kept."""

    enabled: bool | tuple[Literal["events", "flow_runs"], ...] = ("events",)
    """What it takes away; true: all of it, false: nothing."""
    retention_period: Annotated[float, Meta(ge=3_600)] = 90 * 86_400.0
    """For how long flow runs are kept when they have ended, where `enabled` has them; an hour at least."""
    loop_seconds: Seconds = 3_600.0
    batch_size: Count = 200
    """How many rows are deleted at once."""


class ServiceSettings(Group, frozen=True):
    """The server's background loops."""

    scheduler: SchedulerSettings = SchedulerSettings()
    late_runs: LateRunsSettings = LateRunsSettings()
    pause_expirations: PauseExpirationsSettings = PauseExpirationsSettings()
    triggers: TriggersSettings = TriggersSettings()
    actions: ActionsSettings = ActionsSettings()
    foreman: ForemanSettings = ForemanSettings()
    cancellation_cleanup: CancellationSettings = CancellationSettings()
    db_vacuum: VacuumSettings = VacuumSettings()


class ServerUiSettings(Group, frozen=True):
    """The pages that a server has for browsers."""

    enabled: bool = True
    """Whether it serves them. Also called `PENSTOCK_UI_ENABLED`."""
    static_directory: Path | None = None
    """A build of them to serve instead of the one that came with Penstock."""


class EventsSettings(Group, frozen=True):
    """How large events may be, how long they are kept, and how they are followed."""

    maximum_labels_per_resource: Count = 500
    maximum_related_resources: Number = 100
    maximum_size_bytes: Count = 1_500_000
    """Of one event as JSON."""
    retention_period: Seconds = 7 * 86_400.0
    """How long events are kept, and what automations did. Also called `PENSTOCK_EVENTS_RETENTION_PERIOD`."""
    stream_out_enabled: bool = True
    """Whether they can be followed, at `/api/events/out`."""
    maximum_websocket_backfill: Delay = 900.0
    """How far back a follower is told of events that came before, in seconds."""
    websocket_backfill_page_size: Count = 250
    """How many events are read at once for that."""


class AuditSettings(Group, frozen=True):
    """The log of what was changed by whom."""

    retention_period: Seconds = 365 * 86_400.0
    """How long its rows are kept, in seconds."""


class LogStreamSettings(Group, frozen=True):
    stream_out_enabled: bool = True
    """Whether log lines can be followed, at `/api/logs/out`."""


class FlowRunGraphSettings(Group, frozen=True):
    """How large graphs of flow runs are."""

    max_nodes: Count = 10_000
    """A run of more task runs has no graph in the reference's form; the timeline takes 50,000."""
    max_artifacts: Number = 10_000
    """More artifacts than these are left out."""


class OutsideSettings(Group, frozen=True):
    """Whom the server may call, for webhooks and notifications. Public addresses may be called anyway."""

    allowed_hosts: tuple[str, ...] = ()
    """Names whose addresses may be private ones: `hooks.internal`, or `*.internal` for all below it."""
    allowed_networks: tuple[str, ...] = ()
    """Networks that may be called by whatever name: `10.20.0.0/16`."""
    ssl_cert_file: Path | None = None
    """Certificates to trust instead of the system's."""


class WebhookSettings(Group, frozen=True):
    """What others post to the server."""

    signing_key: Secret | None = None
    """What the secrets of webhooks are made from. None: `webhook.key` in the home, made when it is needed."""


class ServerSettings(Group, frozen=True):
    logging_level: LogLevel = "WARNING"
    """Of its own log. From `INFO` on, each request is a line."""
    logging_format: Literal["text", "json"] = "text"
    """`json`: each line is an object, for programs to read."""
    metrics_enabled: bool = False
    """Whether it tells what it counts, at `/metrics` and `/api/metrics`, to whoever may read."""
    metrics_public: bool = False
    """Whether it tells that to everybody, without a credential."""
    api: ServerApiSettings = ServerApiSettings()
    database: DatabaseSettings = DatabaseSettings()
    leases: LeaseTerms = LeaseTerms()
    services: ServiceSettings = ServiceSettings()
    events: EventsSettings = EventsSettings()
    audit: AuditSettings = AuditSettings()
    logs: LogStreamSettings = LogStreamSettings()
    flow_run_graph: FlowRunGraphSettings = FlowRunGraphSettings()
    ui: ServerUiSettings = ServerUiSettings()
    outside: OutsideSettings = OutsideSettings()
    webhooks: WebhookSettings = WebhookSettings()
    encryption_key: Secret | None = None
    """What secrets of blocks are encrypted with: 32 characters or more, which servers on one database share.
    None: `encryption.key` in the home, made when it is needed."""
    previous_encryption_key: Secret | None = None
    """The key before it, which is read with until `penstock block rotate-key` has encrypted all anew."""


class TaskRunnerSettings(Group, frozen=True):
    thread_pool_max_workers: Count | None = None
    """None: as many as there are tasks to wait for."""


class TaskSettings(Group, frozen=True):
    default_retries: Number = 0
    default_retry_delay_seconds: Delay = 0.0
    runner: TaskRunnerSettings = TaskRunnerSettings()


class UiSettings(Group, frozen=True):
    """Where people find the web UI."""

    url: str | None = None
    """What commands link to. None: where the API is, without its `/api`."""


class WorkerSettings(Group, frozen=True):
    heartbeat_seconds: Seconds = 30.0
    query_seconds: Seconds = 10.0
    """How long a worker waits at the server for work; also the pause between tries when it is away."""
    prefetch_seconds: Delay = 10.0
    """How long before its time a run is claimed."""


class Settings(Group, frozen=True):
    """All settings. `origins` holds, by name, where each value that is not a default was found."""

    home: Path
    """Where the embedded database, profiles and results are kept: `~/.penstock`."""
    profile: str = "ephemeral"
    """Name of the active profile."""
    debug_mode: bool = False
    api: ApiSettings = ApiSettings()
    cli: CliSettings = CliSettings()
    client: ClientSettings = ClientSettings()
    deployments: DeploymentSettings = DeploymentSettings()
    flows: FlowSettings = FlowSettings()
    logging: LoggingSettings = LoggingSettings()
    runner: RunnerSettings = RunnerSettings()
    server: ServerSettings = ServerSettings()
    tasks: TaskSettings = TaskSettings()
    ui: UiSettings = UiSettings()
    worker: WorkerSettings = WorkerSettings()
    origins: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    """What looked like a setting and is none, in whole sentences."""

    @property
    def database_url(self) -> str:
        """URL of the server's database, with its password."""
        url = self.server.database.connection_url
        return url.reveal() if url else f"sqlite:///{quote(str(self.home / 'penstock.db'))}"
