"""Where a flow of this process stands, in words by which another process finds it: an entrypoint."""

import inspect
import sys
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import msgspec

from penstock.sdk.deployments.entrypoints import EntrypointInvalid
from penstock.sdk.flows import Flow


class EntrypointType(StrEnum):
    """How an entrypoint names a flow's place."""

    FILE_PATH = "file_path"
    MODULE_PATH = "module_path"


class FlowLocation(msgspec.Struct, frozen=True):
    """A flow's entrypoint, and the directory that it is relative to."""

    entrypoint: str
    directory: Path
    is_another: bool = False
    """Whether the entrypoint leads to a flow of the same function with other options."""


def locate(flow: Flow[..., object], kind: EntrypointType = EntrypointType.FILE_PATH) -> FlowLocation:
    """Where a flow is found that was defined, or imported, in this process.

    The directory is the working directory where the flow's file is below it, else the file's own.

    Raises:
        EntrypointInvalid: Nobody else could find it: it was typed at a prompt, or is defined in a function.
    """
    name, is_another = _name_in_module(flow)
    if kind is EntrypointType.MODULE_PATH:
        return FlowLocation(f"{_module_name(flow)}:{name}", Path.cwd(), is_another)
    file = _file(flow)
    directory = Path.cwd() if file.is_relative_to(Path.cwd()) else file.parent
    return FlowLocation(f"{file.relative_to(directory)}:{name}", directory, is_another)


def _function(flow: Flow[..., object]) -> object:
    return inspect.unwrap(flow.fn)


def _file(flow: Flow[..., object]) -> Path:
    try:
        file = Path(inspect.getsourcefile(_function(flow)) or "")  # type: ignore[arg-type]
    except TypeError:
        file = Path()
    if not file.is_file():
        raise EntrypointInvalid(
            f"The flow {flow.name!r} stands in no file, so that no other process could load it.",
            "Put it into a file, or take it from a repository with flow.from_source(...).",
        )
    return file.resolve()


def _module_name(flow: Flow[..., object]) -> str:
    name: str = getattr(_function(flow), "__module__", "__main__")
    if name == "__main__":
        raise EntrypointInvalid(
            f"The flow {flow.name!r} stands in the program itself, which is no module.",
            "Import it from its module, or leave entrypoint_type out.",
        )
    return name


def _name_in_module(flow: Flow[..., object]) -> tuple[str, bool]:
    """What the flow is called in its module, and whether that is only a flow of the same function."""
    function = _function(flow)
    module = sys.modules.get(getattr(function, "__module__", ""))
    qualified: str = getattr(function, "__qualname__", flow.fn.__class__.__qualname__)
    found = _follow(module, qualified)
    if found is flow:
        return qualified, False
    for name, value in vars(module).items() if module else ():
        if value is flow:
            return name, False
    if isinstance(found, Flow) and _function(found) is function:
        return qualified, True
    raise EntrypointInvalid(
        f"The flow {flow.name!r} has no name in its module, so that no other process could find it.",
        "Define it at the top of a module, not within a function.",
    )


def _follow(module: ModuleType | None, path: str) -> object:
    found: object = module
    for step in path.split("."):
        found = getattr(found, step, None)
    return found
