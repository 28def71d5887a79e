"""Doors to what only some programs need, so that importing flows costs next to nothing."""

from types import ModuleType


def engine() -> ModuleType:
    """The module `penstock.sdk.engine.calls`, loaded when somebody first calls a flow or a task."""
    from penstock.sdk.engine import calls

    return calls


def deployments() -> ModuleType:
    """The module `penstock.sdk.deployments.of_flows`, loaded when a flow is first deployed, or pulled."""
    from penstock.sdk.deployments import of_flows

    return of_flows


def run_inputs() -> ModuleType:
    """The module `penstock.sdk.run_inputs`, loaded when a flow first asks for input: it needs pydantic."""
    from penstock.sdk import run_inputs

    return run_inputs
