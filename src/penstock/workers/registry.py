"""Which kinds of infrastructure are installed: launchers by pool type, found through entry points."""

from importlib.metadata import EntryPoint, entry_points

from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean
from penstock.workers.launcher import Launcher

GROUP = "penstock.launchers"


def launcher_types() -> list[str]:
    """The pool types that a worker on this machine can serve, sorted."""
    return sorted(_entries())


def load_launcher(type: str) -> type[Launcher]:
    """The launcher of a pool type.

    Raises:
        InvalidInput: No installed package serves the type, or the one that says so cannot be imported.
    """
    entries = _entries()
    entry = entries.get(type)
    if entry is None:
        raise InvalidInput(
            f"No installed package starts jobs of the type {type!r}. {did_you_mean(type, entries)}".rstrip(),
            field="type",
            hint=f"Installed types: {', '.join(sorted(entries))}.",
        )
    return _load(entry)


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load(entry: EntryPoint) -> type[Launcher]:
    try:
        loaded = entry.load()
    except ImportError as error:
        raise InvalidInput(
            f"The launcher {entry.name!r} ({entry.value}) cannot be imported: {error}.",
            field="type",
            hint="Install what it needs in the worker's environment.",
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Launcher)):
        raise InvalidInput(f"{entry.value} is not a Launcher.", field="type")
    return loaded
