"""What is said to flow runs: forms that people fill in, and values that runs send one another."""

from penstock.contract.flow_run_inputs import FlowRunInput
from penstock.sdk.flow_run_inputs import (
    acreate_flow_run_input,
    adelete_flow_run_input,
    afilter_flow_run_input,
    aread_flow_run_input,
    create_flow_run_input,
    delete_flow_run_input,
    filter_flow_run_input,
    read_flow_run_input,
)
from penstock.sdk.input_handlers import GetInputHandler
from penstock.sdk.run_inputs import (
    Keyset,
    RunInput,
    RunInputMetadata,
    acreate_flow_run_input_from_model,
    asend_input,
    create_flow_run_input_from_model,
    keyset_from_base_key,
    keyset_from_paused_state,
    receive_input,
    send_input,
)

__all__ = [
    "FlowRunInput",
    "GetInputHandler",
    "Keyset",
    "RunInput",
    "RunInputMetadata",
    "acreate_flow_run_input",
    "acreate_flow_run_input_from_model",
    "adelete_flow_run_input",
    "afilter_flow_run_input",
    "aread_flow_run_input",
    "asend_input",
    "create_flow_run_input",
    "create_flow_run_input_from_model",
    "delete_flow_run_input",
    "filter_flow_run_input",
    "keyset_from_base_key",
    "keyset_from_paused_state",
    "read_flow_run_input",
    "receive_input",
    "send_input",
]
