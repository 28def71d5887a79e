"""Types of single fields on the wire, with the bounds that both sides check."""

from typing import Annotated, Any

from msgspec import Meta

MAX_PAGE = 200
"""The most rows that one answer carries."""
MAX_SLOTS = 1_000_000_000
"""The most slots that anybody speaks of, so that the sums of them stay numbers that databases know."""
MAX_BULK = 50
"""The most things that one bulk call changes."""

Name = Annotated[str, Meta(pattern=r"^[^/%&><]+$")]
"""A name that can stand in a URL."""
VariableName = Annotated[str, Meta(max_length=255)]
Labels = dict[str, bool | int | float | str]
JsonObject = dict[str, Any]

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(gt=0)]
SlotCount = Annotated[int, Meta(ge=0, le=MAX_SLOTS)]
SomeSlots = Annotated[int, Meta(gt=0, le=MAX_SLOTS)]
PositiveSeconds = Annotated[float, Meta(gt=0, le=1e9)]
Offset = Annotated[int, Meta(ge=0)]
Limit = Annotated[int, Meta(ge=0, le=MAX_PAGE)]
BulkLimit = Annotated[int, Meta(ge=1, le=MAX_BULK)]
PageNumber = Annotated[int, Meta(ge=1)]
