"""A session as the cookie that carries it: for this server's paths only, and out of reach of scripts."""

from penstock.server.http.answers import Headers, Scope
from penstock.server.http.outside import is_secure, sub_path
from penstock.server.sessions import Ticket


def set_cookie(ticket: Ticket, scope: Scope, headers: Headers, base_path: str) -> tuple[bytes, bytes]:
    """The header that gives a browser the cookie, or takes it back."""
    attributes = [
        f"{ticket.name}={ticket.value}",
        f"Max-Age={ticket.seconds}",
        f"Path={sub_path(base_path, headers) or '/'}",
        "HttpOnly",
        "SameSite=Strict",
    ]
    if is_secure(scope, headers):
        attributes.append("Secure")
    return b"set-cookie", "; ".join(attributes).encode()
