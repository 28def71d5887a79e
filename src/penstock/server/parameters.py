"""Flow parameters on the server: whether they fit the flow, and whether they are too much."""

from collections.abc import Mapping
from typing import Any

from penstock.contract.codec import encode
from penstock.domain.errors import TooLarge
from penstock.domain.parameters import BY_REFERENCE, check_parameters

__all__ = ["check_parameters", "check_size"]


def check_size(parameters: Mapping[str, Any], limit: int) -> None:
    """Refuse parameters that are larger than `limit` bytes of JSON.

    Raises:
        TooLarge: It names the limit and what to do instead.
    """
    size = len(encode(parameters))
    if size > limit:
        raise TooLarge(
            f"The parameters are {size} bytes of JSON; this server takes {limit}.",
            hint=f"{BY_REFERENCE} The limit is the setting server.api.max_parameter_size.",
            detail={"size": size, "limit": limit, "setting": "server.api.max_parameter_size"},
        )
