"""Which deployments of a file are meant."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.json_values import as_text
from penstock.domain.names import did_you_mean
from penstock.domain.templates import expand_environment
from penstock.sdk.deployments.project_file import Entry, Project


class Selection(msgspec.Struct, frozen=True):
    """What a person asks for.

    With neither names nor `all`, the only deployment of the file is meant.
    """

    names: tuple[str, ...] = ()
    """Names (`prod`), names with their flow (`some-flow/prod`), or patterns of either (`*-prod`)."""
    all: bool = False
    entrypoint: str | None = None
    """With a name that the file does not have, a deployment of this is made."""


class NameOf(msgspec.Struct, frozen=True):
    """By which names an entry can be asked for."""

    name: str
    flows: tuple[str, ...]

    @classmethod
    def entry(cls, entry: Entry, environ: Mapping[str, str]) -> "NameOf":
        """The names of an entry, with environment variables filled in."""
        name, flow_name, entrypoint = (
            as_text(expand_environment(entry.data.get(key), environ).value)
            for key in ("name", "flow_name", "entrypoint")
        )
        function = entrypoint.replace(":", ".").rpartition(".")[2]
        flows = dict.fromkeys([flow_name or function, (flow_name or function).replace("_", "-")])
        return cls(name, tuple(flows))

    @property
    def full_names(self) -> list[str]:
        """All spellings: plain, and with the flow's name before it."""
        return [self.name, *(f"{flow}/{self.name}" for flow in self.flows)]

    def matches(self, pattern: str) -> bool:
        """Whether a name or pattern means this entry."""
        return any(full == pattern or fnmatchcase(full, pattern) for full in self.full_names)


def select(project: Project, selection: Selection, environ: Mapping[str, str]) -> list[Entry]:
    """The entries that a selection means, in the order of the file.

    Raises:
        NotFound: A name that no entry has, with the nearest ones.
        InvalidInput: Nothing is named where the file has several entries, or none.
    """
    if selection.entrypoint is not None:
        return [_with_entrypoint(project, selection, selection.entrypoint, environ)]
    if selection.all:
        chosen = list(project.entries)
    elif selection.names:
        chosen = _named(project.entries, selection.names, environ)
    else:
        return [_only(project, environ)]
    if not chosen:
        raise _none(project)
    return chosen


def _none(project: Project) -> InvalidInput:
    file = project.document.file.name if project.document else "The deployment file"
    return InvalidInput(
        f"{file} has no deployments.",
        field="deployments",
        hint="Say there what there is to run, or give an entrypoint: path/to/file.py:flow -n NAME.",
    )


def _named(entries: Sequence[Entry], names: Sequence[str], environ: Mapping[str, str]) -> list[Entry]:
    known = [(NameOf.entry(entry, environ), entry) for entry in entries]
    missing = [name for name in names if not any(own.matches(name) for own, _ in known)]
    if missing:
        every = [full for own, _ in known for full in own.full_names]
        problems = [
            f"No deployment is named {name!r}. {did_you_mean(name, every)}".strip() for name in missing
        ]
        listed = ", ".join(own.name for own, _ in known) or "none"
        raise NotFound("\n".join(problems), hint=f"The file has: {listed}.", detail={"missing": missing})
    return [entry for own, entry in known if any(own.matches(name) for name in names)]


def _only(project: Project, environ: Mapping[str, str]) -> Entry:
    if len(project.entries) == 1:
        return project.entries[0]
    names = [NameOf.entry(entry, environ).name for entry in project.entries]
    if not names:
        raise _none(project)
    raise InvalidInput(
        f"The deployment file has {len(names)} deployments: {', '.join(names)}.",
        field="name",
        hint="Name some with -n, or say --all.",
        detail={"names": names},
    )


def _with_entrypoint(
    project: Project, selection: Selection, entrypoint: str, environ: Mapping[str, str]
) -> Entry:
    if len(selection.names) > 1 or selection.all:
        raise InvalidInput("An entrypoint makes one deployment.", field="entrypoint", hint="Give one name.")
    if not selection.names:
        raise InvalidInput("A deployment needs a name.", field="name", hint="Give one with -n.")
    [name] = selection.names
    for entry in project.entries:
        if NameOf.entry(entry, environ).matches(name):
            return msgspec.structs.replace(entry, data={**entry.data, "entrypoint": entrypoint})
    return Entry((), {"name": name, "entrypoint": entrypoint})
