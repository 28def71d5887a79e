"""A small world for use cases: a database, its clock, and the things that most stories begin with."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from msgspec import UNSET
from tests.db.conftest import Store

from penstock.contract.claims import ClaimAnswer, ClaimRequest
from penstock.contract.deployments import DeploymentCreate, DeploymentFlowRunCreate, DeploymentResponse
from penstock.contract.flow_runs import FlowRunCreate, FlowRunResponse, SetFlowRunState
from penstock.contract.flows import Flow, FlowCreate
from penstock.contract.permissions import Role
from penstock.contract.states import OrchestrationResult, State, StateCreate
from penstock.contract.work_pools import WorkPoolCreate, WorkPoolResponse
from penstock.contract.work_queues import WorkQueueCreate
from penstock.domain.states import StateDetails, StateType
from penstock.server import claiming
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.limits import Limits
from penstock.server.ops import OPERATIONS
from penstock.server.ops.registry import perform

ENV_TEMPLATE = {
    "variables": {
        "type": "object",
        "properties": {
            "env": {"type": "object", "additionalProperties": True, "default": {"FROM": "pool"}},
            "image": {"type": "string", "default": "base:1"},
            "memory": {"type": "integer"},
        },
    },
    "job_configuration": {"env": "{{ env }}", "image": "{{ image }}", "memory": "{{ memory }}"},
}


DEFAULT_LIMITS = Limits()


class World:
    """Calls ops as somebody would; `me` is who."""

    def __init__(self, store: Store, limits: Limits = DEFAULT_LIMITS) -> None:
        self.store, self.db, self.clock, self.limits = store, store.db, store.clock, limits
        self.bus = Bus()
        self.me = Caller(principal="ada", role=Role.ADMIN, origin="rest", limits=limits)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def later(self, **by: float) -> datetime:
        return self.now + timedelta(**by)

    def holding(self, lease: Any) -> Caller:
        """Me, with a lease to show."""
        token = getattr(lease, "id", lease)
        return Caller(principal="run", role=Role.RUN, origin="sdk", lease=token, limits=self.limits)

    def call(self, name: str, caller: Caller | None = None, /, **arguments: Any) -> Any:
        return self.store.run(perform(OPERATIONS[name], self.db, self.bus, caller or self.me, arguments))

    async def acall(self, name: str, caller: Caller | None = None, /, **arguments: Any) -> Any:
        return await perform(OPERATIONS[name], self.db, self.bus, caller or self.me, arguments)

    # Things that stories begin with.

    def flow(self, name: str = "etl") -> Flow:
        return self.call("create_flow", body=FlowCreate(name=name)).value

    def pool(self, name: str = "local", **given: Any) -> WorkPoolResponse:
        given.setdefault("type", "process")
        given.setdefault("base_job_template", ENV_TEMPLATE)
        return self.call("create_work_pool", body=WorkPoolCreate(name=name, **given))

    def queue(self, name: str, pool: str = "local", **given: Any) -> Any:
        return self.call("create_work_queue", work_pool_name=pool, body=WorkQueueCreate(name=name, **given))

    def deployment(
        self, name: str = "daily", flow: Flow | None = None, pool: str | None = "local", **given: Any
    ) -> DeploymentResponse:
        flow = flow or self.flow()
        body = DeploymentCreate(name=name, flow_id=flow.id, work_pool_name=pool, **given)
        return self.call("create_deployment", body=body).value

    def run_of(
        self, deployment: DeploymentResponse, due: datetime | None = None, **given: Any
    ) -> FlowRunResponse:
        """A run of a deployment, due now or then."""
        if due is not None:
            details = StateDetails(scheduled_time=due)
            given["state"] = StateCreate(type=StateType.SCHEDULED, state_details=details)
        body = DeploymentFlowRunCreate(**given)
        return self.call("create_flow_run_from_deployment", id=deployment.id, body=body).value

    def own_run(self, holder: str | None = "process 1 on a", **given: Any) -> FlowRunResponse:
        """A run that a process makes for itself."""
        body = FlowRunCreate(flow_id=self.flow().id, lease_holder=holder, **given)
        return self.call("create_flow_run", body=body).value

    # What happens in them.

    def claim(self, pool: str = "local", limit: int = 1, worker: str = "w1", **given: Any) -> ClaimAnswer:
        """One look of a worker, without waiting."""
        request = ClaimRequest(worker_name=worker, worker_id=uuid4(), limit=limit, **given)
        return self.store.write(lambda tx: claiming.look(tx, self.me, pool, request)).answer

    def set_state(
        self,
        run: FlowRunResponse | UUID,
        type: StateType | str,
        *,
        lease: Any = None,
        force: bool = False,
        holder: str | None = None,
        **given: Any,
    ) -> OrchestrationResult:
        details = {name: given.pop(name) for name in list(given) if name in StateDetails.__struct_fields__}
        state = StateCreate(type=StateType(type), state_details=StateDetails(**details), **given)
        body = SetFlowRunState(state=state, force=force, lease_holder=holder)
        caller = self.me if lease is None else self.holding(lease)
        return self.call("set_flow_run_state", caller, id=getattr(run, "id", run), body=body)

    def run(self, run: FlowRunResponse | UUID) -> FlowRunResponse:
        """The run as it is now."""
        return self.call("read_flow_run", id=getattr(run, "id", run))

    def history(self, run: FlowRunResponse | UUID) -> list[State]:
        return self.call("read_flow_run_states", flow_run_id=getattr(run, "id", run))

    def names(self, run: FlowRunResponse | UUID) -> list[str | None]:
        """The names of the run's states, oldest first."""
        return [state.name for state in self.history(run)]


def is_set(value: Any) -> bool:
    return value is not UNSET
