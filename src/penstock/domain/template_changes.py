"""What is told about a deployment whose pool gets another base job template. Plain data, light to import."""

from uuid import UUID

import msgspec

from penstock.domain.json_values import Json
from penstock.domain.problems import Problem


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One leaf that gets another value. Unset where there was, or will be, none."""

    path: str
    before: Json | msgspec.UnsetType = msgspec.UNSET
    after: Json | msgspec.UnsetType = msgspec.UNSET


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one deployment. Runs that a worker has claimed already keep what they were given."""

    id: UUID
    name: str
    changes: tuple[Change, ...]
    overrides: tuple[str, ...]
    """Leaves that the pool changes and that stay, because the deployment overrides them."""
    errors: tuple[Problem, ...]
    """What would be invalid and is not now."""
    launches_differently: bool
    """Whether the resolved job is another, be it only in where the values go."""

    @property
    def is_affected(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.changes or self.overrides or self.errors or self.launches_differently)
