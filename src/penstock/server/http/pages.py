"""The web UI as files over HTTP: whatever is asked for beside the API.

Pages hold no data, so they are public; all that they show they ask the API for, which asks who wants to know.
Which page a path means is decided in the browser: the same document is sent for every path that a person goes
to. A file that is not there is never answered by it: a browser would take the document for a script.
"""

import base64
import html
import os
from pathlib import Path
from urllib.parse import quote

from penstock.domain.errors import PermissionDenied
from penstock.server.http.answers import Answer, HeaderList, Headers, Receive, Scope, Send, send_answer
from penstock.server.http.auth import Gate
from penstock.server.http.compression import takes_gzip
from penstock.server.http.outside import sub_path
from penstock.server.http.page_files import INDEX, PageFile, read_page_files

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_UNBUILT = Path(__file__).with_name("unbuilt.html")
_ASSETS = "assets/"
"""Files in here have a hash of what is in them in their names, so that none ever changes."""

_NONCE = "__CSP_NONCE__"
_BASE = '<base href="/"'
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_EVERYWHERE: HeaderList = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
_NOT_KEPT = (b"cache-control", b"no-store")
_KEPT_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_ASKED_AGAIN = (b"cache-control", b"no-cache")


class Pages:
    """Answers what is asked for beside the API.

    Args:
        folder: The build of the web UI, read when something of it is first asked for.
        base_path: Where a proxy puts the server, without a slash at its end.
    """

    def __init__(self, gate: Gate, folder: Path, base_path: str) -> None:
        self._gate, self._folder, self._base_path = gate, folder, base_path
        self._files: dict[str, PageFile] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        """Answer one request; a body that it may have is not read."""
        headers: Headers = dict(scope["headers"])
        try:
            self._gate.check_host(headers.get(b"host"))
            answer = await self._answer(scope, headers)
        except PermissionDenied as error:
            answer = _plain(403, str(error))
        await send_answer(answer, _EVERYWHERE, send)

    async def _answer(self, scope: Scope, headers: Headers) -> Answer:
        name = self._name_of(scope["path"])
        if name is None:
            return _plain(404, f"There is nothing at {scope['path']}.")
        if scope["method"] not in ("GET", "HEAD"):
            return _plain(405, "Pages are read only.", (b"allow", b"GET, HEAD"))
        self._files = self._files or read_page_files(self._folder)
        file = self._files.get(name) if name != INDEX else None
        if file is not None:
            return await _file(name, file, headers)
        if not _is_page(name, headers):
            return _plain(404, f"There is nothing at {scope['path']}.")
        base = sub_path(self._base_path, headers)
        if INDEX in self._files:
            return _document(200, self._files[INDEX].body.decode(), base)
        return _document(404, _UNBUILT.read_text("utf-8"), base)

    def _name_of(self, path: str) -> str | None:
        """What `path` is called below the base path; None where it is not below it."""
        base = self._base_path
        if base and path != base and not path.startswith(f"{base}/"):
            return None
        return path[len(base) :].removeprefix("/")


def _is_page(name: str, headers: Headers) -> bool:
    """Whether a person goes there, and not a page for a part of itself."""
    if name in ("", INDEX):
        return True
    return not name.startswith(_ASSETS) and b"text/html" in headers.get(b"accept", b"")


def _document(status: int, template: str, base: str) -> Answer:
    """A page, with a nonce of its own: only what is in it now may style it."""
    nonce = base64.b64encode(os.urandom(18)).decode()
    href = html.escape(quote(f"{base}/"))
    text = template.replace(_BASE, f'<base href="{href}"', 1).replace(_NONCE, nonce)
    return Answer(status, text.encode(), _HTML, [_NOT_KEPT, _policy(nonce)])


async def _file(name: str, file: PageFile, headers: Headers) -> Answer:
    squeezed = file.compresses and takes_gzip(headers)
    tag = f'"{file.tag}-gzip"' if squeezed else f'"{file.tag}"'
    sent = [_KEPT_FOR_EVER if name.startswith(_ASSETS) else _ASKED_AGAIN, (b"etag", tag.encode())]
    if file.compresses:
        sent.append((b"vary", b"accept-encoding"))
    if _has(headers.get(b"if-none-match", b"").decode("latin-1"), tag):
        return Answer(304, headers=sent)
    sent.append(_policy())  # a drawing or a document that is opened by itself
    if not squeezed:
        return Answer(200, file.body, file.media_type, sent)
    body = await file.compressed()
    return Answer(200, body, file.media_type, [*sent, (b"content-encoding", b"gzip")])


def _has(tags: str, tag: str) -> bool:
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in tags.split(","))


def _policy(nonce: str | None = None) -> tuple[bytes, bytes]:
    """What the browser may load for the page; styles in it that carry the nonce are its own."""
    allowed = f" 'nonce-{nonce}'" if nonce else ""
    return b"content-security-policy", _POLICY.format(nonce=allowed).encode()


def _plain(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status, f"{text}\n".encode(), _TEXT, [_NOT_KEPT, _policy(), *headers])
