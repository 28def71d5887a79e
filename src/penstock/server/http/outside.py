"""How browsers see the server, with a proxy in between: the path that it is put at, and whether by HTTPS."""

import re

from penstock.server.http.answers import Headers, Scope

_PREFIX = re.compile(rb"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}/?")
_LONGEST_PREFIX = 200


def sub_path(base_path: str, headers: Headers) -> str:
    """The path that the server is put at, without a slash at its end.

    Where none is set a proxy may say it, in `X-Forwarded-Prefix`. Its word is taken only if it is a plain
    path; anything else in the header is as good as nothing.
    """
    if base_path:
        return base_path
    said = headers.get(b"x-forwarded-prefix", b"")
    fits = len(said) <= _LONGEST_PREFIX and _PREFIX.fullmatch(said)
    return said.decode("ascii").rstrip("/") if fits else ""


def is_secure(scope: Scope, headers: Headers) -> bool:
    """Whether the browser speaks HTTPS, to us or to a proxy that says so."""
    said = headers.get(b"x-forwarded-proto", b"").partition(b",")[0].strip().lower()
    return said == b"https" or scope.get("scheme") == "https"
