"""Is anybody there?"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from penstock.db.tables import variables


@cache
def probe() -> Select[Any]:
    """The cheapest question that a database with our schema can answer."""
    return sa.select(variables.c.id).limit(1)
