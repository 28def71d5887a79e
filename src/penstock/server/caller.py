"""Who calls an op, and what this server allows."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.permissions import Role
from penstock.domain.leases import LeaseTerms, Proposer
from penstock.server.limits import Limits


class Caller(Struct, frozen=True, kw_only=True):
    """The one on whose behalf an op acts."""

    principal: str
    """Name for people; stands as the actor beside each state that the caller brings about."""
    role: Role
    key: UUID | None = None
    """The API key that was shown."""
    work_pools: frozenset[str] | None = None
    """The pools that a worker reaches; None: all."""
    run: UUID | None = None
    """The flow run whose token was shown."""
    is_over: bool = False
    """Whether that run has ended, and may only say its last words."""
    scopes: frozenset[str] = frozenset()
    """What that token may write that is nobody's own: see `domain/run_scopes.py`."""
    lease: UUID | None = None
    """The lease that the request shows in `X-Penstock-Lease`."""
    origin: str | None = None
    """Which entrance was used: `cli`, `sdk`, `ui`, `rest`, `schedule`, or `automation:` and its name."""
    address: str = ""
    """Where the request came from; empty where nobody sent one."""
    api_url: str = "http://localhost/api"
    """Where the caller reached the API, for links in answers."""
    automation_id: UUID | None = None
    """The automation on whose behalf it acts."""
    depth: int = 0
    """How many firings led to this, each by its actions; 0 where no automation is behind it."""
    limits: Limits = Limits()

    @property
    def terms(self) -> LeaseTerms:
        """How long leases last here."""
        return self.limits.leases

    @property
    def is_bounded(self) -> bool:
        """Whether it reaches less than its role says: see `scopes`."""
        return self.run is not None or self.work_pools is not None

    def proposer(self, holder: str | None = None) -> Proposer:
        """The caller as far as leases are concerned."""
        return Proposer(token=self.lease, holder=holder)


def service(name: str, limits: Limits) -> Caller:
    """The server itself, in the person of one of its loops."""
    return Caller(principal=f"server:{name}", role=Role.ADMIN, limits=limits)
