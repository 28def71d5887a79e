"""Which clients of the reference are too old to be understood, as they say themselves."""

import re

from penstock.contract.headers import API_VERSION_HEADER
from penstock.server.http.errors import BadVersion

_OLDEST = (0, 8, 0)
_VERSION = re.compile(rb"(\d{1,9})\.(\d{1,9})\.(\d{1,9})")


def check_version(said: bytes | None) -> None:
    """Refuse a client that was made for an API which this one does not go on from. Most say nothing.

    Raises:
        BadVersion: It is older than the oldest, or says no version.
    """
    if not said:
        return
    found = _VERSION.fullmatch(said)
    if found is None:
        message = f"The header {API_VERSION_HEADER} must say a version in the form x.y.z."
        raise BadVersion(message)
    if tuple(map(int, found.groups())) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        message = (
            f"The request was made for the API version {said.decode()}; this server needs {oldest} or later."
        )
        raise BadVersion(message, hint="Use a newer client.")
