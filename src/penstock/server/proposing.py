"""A state is proposed to a flow run.

A proposal is answered in three steps: read the facts, let the domain decide, write the verdict under the
condition that the facts still hold. If another was faster, the facts are read again, once.
"""

from uuid import UUID

from msgspec.structs import replace

from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.states import Entered, OrchestrationResult
from penstock.db.port import Transaction
from penstock.db.statements import flow_runs as statements
from penstock.domain.errors import Conflict
from penstock.domain.leases import Lease, check_fence
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.rules.shared import repeat_answer
from penstock.domain.states import State, StateCreate, StateType, from_proposal
from penstock.domain.transitions import Transition, Verdict, decide, entered
from penstock.server import runs
from penstock.server.caller import Caller
from penstock.server.text import without_nul
from penstock.server.views.leases import lease_grant
from penstock.server.views.verdicts import verdict_answer

_CANCELS = frozenset({StateType.CANCELLING, StateType.CANCELLED})


async def propose(
    tx: Transaction, caller: Caller, run_id: UUID, body: SetFlowRunState, *, is_resumption: bool = False
) -> OrchestrationResult:
    """Propose a state to a run, and answer what came of it.

    Args:
        is_resumption: Somebody lets the run go on, which is paused.

    Raises:
        NotFound: There is no such run.
        Fenced: The caller's lease on the run was taken over or given back.
        Conflict: Others changed the run twice while this was decided.
    """
    for _ in range(2):
        known = await runs.load(tx, run_id)
        verdict, state = await _decide(tx, known, caller, body, is_resumption)
        if state is None:
            return _answer(OrchestrationResult, verdict, known.run.state, known.lease, caller, body)
        done = await runs.enter(tx, known, state, caller, holder=body.lease_holder)
        if done is not None:
            if done.state.type in _CANCELS:
                await _cancel_children(tx, caller, run_id)
            return _answer(Entered, verdict, done.state, done.lease, caller, body)
    raise Conflict("The run changes faster than this could be decided.", hint="Propose the state again.")


async def _cancel_children(tx: Transaction, caller: Caller, run_id: UUID) -> None:
    """With a run, those that it started are cancelled; those in its process say so themselves."""
    body = SetFlowRunState(state=StateCreate(type=StateType.CANCELLING, message="Its parent was cancelled."))
    for row in await tx.fetch_all(statements.children_under_way(), {"run_id": run_id}):
        # The right to the parent, if the caller shows it, is none to the child.
        await propose(tx, replace(caller, lease=None), row["id"], body)


async def _decide(
    tx: Transaction, known: runs.KnownRun, caller: Caller, body: SetFlowRunState, is_resumption: bool
) -> tuple[Verdict, State | None]:
    """The verdict, and the state that the run enters by it, if any."""
    # The words of an exception may have NUL in them: that must not keep a run from failing.
    proposed = from_proposal(without_nul(body.state), tx.now)
    facts = await runs.facts(tx, known, proposed, caller)
    if is_resumption:
        facts = replace(facts, is_resumption=True)
    transition = Transition(known.run, proposed, facts, tx.now)
    # A repetition is answered even to a caller whose lease ended with what it repeats.
    if repeat_answer(transition) is None:
        check_fence(known.lease, caller.lease)
    verdict = decide(transition, FLOW_RUN_RULES, force=body.force)
    return verdict, entered(verdict, transition)


def _answer(
    kind: type[OrchestrationResult],
    verdict: Verdict,
    state: State | None,
    lease: Lease | None,
    caller: Caller,
    body: SetFlowRunState,
) -> OrchestrationResult:
    status, details = verdict_answer(verdict)
    answer = kind(state=state, status=status, details=details)
    if body.lease_holder is not None and lease is not None:
        answer.lease = lease_grant(lease, caller.terms)
    return answer
