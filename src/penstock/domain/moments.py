"""Points in time: always with their zone, so that no two parts can read one differently."""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta

Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""A datetime that knows its zone. One without a zone is refused where it enters as JSON."""
