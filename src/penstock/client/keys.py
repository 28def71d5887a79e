"""Keys by which the server recognises a request that is sent again: every call that can carry one does."""

from uuid import uuid4

from msgspec.structs import replace

from penstock.contract.endpoint import Call
from penstock.contract.flow_runs import SetRunState


def keyed(call: Call) -> Call:
    """The call, with a key of its own where it has room for one and its caller gave none.

    So a creation or a change of state whose answer was lost may be asked for again, and happens once.
    """
    body = call.body
    if getattr(body, "idempotency_key", "") is None:
        return replace(call, body=replace(body, idempotency_key=str(uuid4())))
    if isinstance(body, SetRunState) and body.state.state_details.transition_id is None:
        details = replace(body.state.state_details, transition_id=uuid4())
        return replace(call, body=replace(body, state=replace(body.state, state_details=details)))
    return call
