"""The door to the engine: imported with the first run, so that importing flows costs next to nothing."""

from types import ModuleType


def engine() -> ModuleType:
    """The module `penstock.sdk.engine.calls`, loaded when somebody first calls a flow or a task."""
    from penstock.sdk.engine import calls

    return calls
