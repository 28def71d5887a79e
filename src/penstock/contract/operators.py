"""How one column can be matched: the operators that filters are made of, one type per shape.

All given operators of one column hold at once. `any_` of an empty list matches nothing.
"""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from penstock.contract.forms import Document
from penstock.domain.moments import Moment
from penstock.domain.states import StateType


class Operator(StrEnum):
    """How the criteria of one filter are joined."""

    AND = "and_"
    OR = "or_"


class IdIn(Document):
    """An id that is one of these."""

    any_: list[UUID] | None = None


class IdInOrNot(Document):
    """An id that is one of these, and none of those."""

    any_: list[UUID] | None = None
    not_any_: list[UUID] | None = None


class IdInOrNull(Document):
    """A reference that is one of these, or that is (`true`) or is not (`false`) empty."""

    operator: Operator = Operator.AND
    any_: list[UUID] | None = None
    is_null_: bool | None = None


class ParentIn(Document):
    """A parent that is one of these."""

    operator: Operator = Operator.AND
    any_: list[UUID] | None = None


class TextIn(Document):
    """Text that is one of these."""

    any_: list[str] | None = None


class TextInOrNot(Document):
    """Text that is one of these, and none of those."""

    any_: list[str] | None = None
    not_any_: list[str] | None = None


class TextInOrNull(Document):
    """Text that is one of these, or that is or is not empty."""

    operator: Operator = Operator.AND
    any_: list[str] | None = None
    is_null_: bool | None = None


class TextInOrLike(Document):
    """Text that is one of these, or that contains `like_` in any case of letters."""

    any_: list[str] | None = None
    like_: str | None = None


class TextInOrLikeOrExists(TextInOrLike):
    """Text that is one of these, or that contains `like_`, or whether there is any."""

    exists_: bool | None = None


class TextInOrStarts(Document):
    """Text that is one of these, or that starts with one of those."""

    any_: list[str] | None = None
    startswith_: list[str] | None = None


class TextsAll(Document):
    """Texts that include all of these."""

    all_: list[str] | None = None


class Like(Document):
    """Text that contains `like_`, in any case of letters."""

    like_: str | None = None


class TagsAll(Document):
    """Tags that include all of these, or whether there are none."""

    operator: Operator = Operator.AND
    all_: list[str] | None = None
    is_null_: bool | None = None


class TagsAllOrAny(Document):
    """Tags that include all of these, or any of those, or whether there are none."""

    operator: Operator = Operator.AND
    all_: list[str] | None = None
    any_: list[str] | None = None
    is_null_: bool | None = None


class Before(Document):
    """A moment not after `before_`."""

    before_: Moment | None = None


class Between(Document):
    """A moment not after `before_` and not before `after_`."""

    before_: Moment | None = None
    after_: Moment | None = None


class BetweenOrNull(Document):
    """A moment not after `before_` and not before `after_`, or whether there is one at all."""

    before_: Moment | None = None
    after_: Moment | None = None
    is_null_: bool | None = None


class AtLeastAtMost(Document):
    """A whole number within these bounds, both included."""

    ge_: int | None = None
    le_: int | None = None


class AtLeastAtMostOrNull(Document):
    """A whole number within these bounds, or whether there is one."""

    ge_: int | None = None
    le_: int | None = None
    is_null_: bool | None = None


class IsNull(Document):
    """Whether there is one at all."""

    operator: Operator = Operator.AND
    is_null_: bool | None = None


class Equals(Document):
    """A truth value that is this one."""

    eq_: bool | None = None


class Exists(Document):
    """Whether such a thing exists."""

    exists_: bool | None = None


class StateTypeIn(Document):
    """A state type that is one of these."""

    any_: list[StateType] | None = None


class StateTypeInOrNot(Document):
    """A state type that is one of these, and none of those."""

    any_: list[StateType] | None = None
    not_any_: list[StateType] | None = None


class CreatorIn(Document):
    """Made by one of these, or by one of these kinds, or by nobody that is known."""

    operator: Operator = Operator.AND
    id_: list[UUID] | None = None
    type_: list[str] | None = None
    is_null_: bool | None = None


class TextSearch(Document):
    """Words to find: `error -debug +required "a phrase"`."""

    query: Annotated[str, Meta(max_length=200)]
