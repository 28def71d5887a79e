"""How one value of a job changed from run to run, read from the provenance that is frozen with each run."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct

from penstock.contract.job_variable_edits import LeafOfRun
from penstock.contract.subjects import Subject, SubjectKind
from penstock.db.port import Row
from penstock.domain.problems import join_path


class _Leaf(Struct):
    """What is needed of a stored leaf; the rest of it is passed over."""

    path: str
    layer: str
    value: Any = UNSET
    variable: str | None = None
    key: str | None = None


_decoder = msgspec.json.Decoder(list[_Leaf])


class _Said(Struct, frozen=True):
    value: Any
    layer: str | None


class LeafChanges:
    """The runs in which the value at a path was another one than before, from runs told newest first.

    Args:
        path: As an explanation writes it; that of a variable that is merged by keys means all of its keys.
        most: How many changes are wanted.
    """

    def __init__(self, path: str, flow_name: str, most: int) -> None:
        self._path, self._flow_name, self._most = path, flow_name, most
        self._seen: str | None = None
        self._said = _Said(UNSET, None)
        self._first: Row | None = None
        self.entries: list[LeafOfRun] = []
        self.looked_at = 0

    @property
    def is_full(self) -> bool:
        """Whether no more runs need to be told."""
        return len(self.entries) >= self._most

    def tell(self, rows: Iterable[Row]) -> None:
        """Look at further runs, all of them older than those before."""
        for row in rows:
            if self.is_full:
                return
            self.looked_at += 1
            if row["provenance"] != self._seen:
                self._seen = row["provenance"]
                said = self._find(row["provenance"])
                if self._first is not None and not _equal(said.value, self._said.value):
                    self._close(self._first)
                self._said = said
            self._first = row

    def end(self) -> list[LeafOfRun]:
        """All changes; the oldest run that was looked at counts as one."""
        if self._first is not None and not self.is_full:
            self._close(self._first)
        return self.entries

    def _close(self, row: Row) -> None:
        """Write down the run that was the first to get the value."""
        id: UUID = row["id"]
        frozen_at: datetime = row["updated"]
        run = Subject(kind=SubjectKind.FLOW_RUN, id=id, name=row["name"], within=self._flow_name)
        said = self._said
        self.entries.append(LeafOfRun(flow_run=run, frozen_at=frozen_at, value=said.value, layer=said.layer))

    def _find(self, provenance: str) -> _Said:
        leaves = _decoder.decode(provenance)
        for leaf in leaves:
            if leaf.path == self._path:
                return _Said(leaf.value, leaf.layer)
        keys = {
            str(leaf.key): leaf.value
            for leaf in leaves
            if leaf.variable is not None
            and leaf.key is not None
            and leaf.value is not UNSET
            and join_path((leaf.variable,)) == self._path
        }
        return _Said(keys or UNSET, None)


def _equal(one: Any, other: Any) -> bool:
    if one is UNSET or other is UNSET:
        return one is other
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
