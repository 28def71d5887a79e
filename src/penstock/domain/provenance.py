"""Where each value of a resolved job comes from."""

from typing import Final, Literal, TypeAlias

import msgspec

from penstock.domain.json_values import Json

FIXED: Final = "fixed"
"""Not a layer: literals of a pool's `job_configuration`, which nobody overrides (but for keys of `env`)."""
POOL: Final = "pool"
DEPLOYMENT: Final = "deployment"
RUN: Final = "run"

MergeRule: TypeAlias = Literal["replace", "keys", "append"]
"""How layers come together: the last one, key by key, or one list after another."""

Overridable: TypeAlias = Literal["never", "deployment", "run"]
"""The last layer that may set a variable; `never`: the pool's own value stands."""


class Said(msgspec.Struct, frozen=True):
    """What one layer says about a leaf. None in a map that is merged by keys means: take it away."""

    layer: str
    value: Json


class Leaf(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the explanation: a variable, or one key of a variable that is merged by keys.

    `value` is what stands; it is unset where the last word was to take the key away. `layer` is who had that
    last word; of a list that is appended to, who appended last. `said` is everybody who spoke, lowest first.
    """

    path: str
    """`image`, `env.LOG_LEVEL`; `job_configuration.…` for what the pool's template fixes."""
    layer: str
    rule: MergeRule | Literal["fixed"]
    said: tuple[Said, ...]
    value: Json | msgspec.UnsetType = msgspec.UNSET
    variable: str | None = None
    """The job variable; None for what the pool's template fixes."""
    key: str | None = None
    """The key, where the variable is merged by keys."""

    @property
    def removed_by(self) -> str | None:
        """The layer that took the key away, or None if there is a value."""
        return self.layer if self.value is msgspec.UNSET else None
