"""The web UI's files: what a browser gets, in which clothes, and what nobody gets."""

import asyncio
import gzip
import re
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.api.conftest import AUTH_STRING
from tests.server_process import ServerProcess

from penstock.server.http.auth import Gate
from penstock.server.http.page_files import read_page_files
from penstock.server.http.pages import Pages

INDEX = """<!doctype html><html><head><base href="/"><meta property="csp-nonce" nonce="__CSP_NONCE__">
<script type="module" src="./assets/index-aaaa.js" nonce="__CSP_NONCE__"></script></head></html>"""
SCRIPT = "export const answer = 42;\n" * 200
HTML = "text/html,application/xhtml+xml"
SECRET = "root:x:0:0"


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    """A folder as the build of the web UI leaves it, and a few things that it should not leave."""
    folder = tmp_path_factory.mktemp("build") / "ui_dist"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "index-aaaa.js").write_text(SCRIPT)
    (folder / "assets" / "inter-bbbb.woff2").write_bytes(b"\0" * 4000)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder / ".env").write_text(SECRET)
    (folder.parent / "passwd").write_text(SECRET)
    (folder / "assets" / "out.txt").symlink_to(folder.parent / "passwd")
    (folder / "assets" / "up").symlink_to(folder.parent)
    return folder


class Reader:
    """Asks `Pages` for things."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent: list[dict] = []
        named = {"host": "127.0.0.1", **{name.replace("_", "-"): value for name, value in headers.items()}}
        raw = [(name.encode(), value.encode()) for name, value in named.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": raw}

        async def send(message: dict) -> None:
            sent.append(message)

        async def receive() -> dict:
            raise AssertionError("a page reads no body")

        asyncio.run(self.pages(scope, receive, send))
        start, body = sent
        names = [name for name, _ in start["headers"]]
        assert len(names) == len(set(names))
        return start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body["body"]


@pytest.fixture
def reader(build) -> Reader:
    return Reader(Pages(Gate(AUTH_STRING, "127.0.0.1"), build, ""))


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/runs", "/runs/5f/tasks", "/deployments/a b/ü", "/apiX"]
)
def test_every_place_that_a_person_goes_to_is_the_document(reader, path):
    status, headers, body = reader.ask(path, accept=HTML)
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert b'<base href="/">' in body
    assert "set-cookie" not in headers


def test_each_answer_has_a_nonce_of_its_own_and_no_place_for_scripts_of_others(reader):
    seen = set()
    for _ in range(3):
        _, headers, body = reader.ask("/")
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', body.decode()))
        assert "__CSP_NONCE__" not in body.decode()
        assert len(nonce) >= 22
        seen.add(nonce)
        policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["manifest-src"] == "'self'"
        assert policy["style-src"] == f"'self' 'nonce-{nonce}'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == policy["form-action"] == policy["worker-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
    assert len(seen) == 3


def test_assets_are_kept_for_ever_and_travel_small(reader):
    status, headers, body = reader.ask("/assets/index-aaaa.js", accept_encoding="br, gzip;q=0.8")
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "accept-encoding")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(body).decode() == SCRIPT
    assert int(headers["content-length"]) == len(body) < len(SCRIPT) / 10
    for refused in ("", "identity", "gzip;q=0", "gzip; q=0.0", "deflate, xgzip"):
        _, plain, text = reader.ask("/assets/index-aaaa.js", accept_encoding=refused)
        assert ("content-encoding" in plain, text.decode()) == (False, SCRIPT)
    assert plain["etag"] != headers["etag"]
    _, font, _ = reader.ask("/assets/inter-bbbb.woff2", accept_encoding="gzip")
    assert ("content-encoding" in font, font["content-type"]) == (False, "font/woff2")


def test_what_a_browser_has_is_not_sent_again(reader):
    status, headers, _ = reader.ask("/favicon.svg")
    assert (status, headers["cache-control"]) == (200, "no-cache")
    for tags in (headers["etag"], f'"other", W/{headers["etag"]}', "*"):
        status, again, body = reader.ask("/favicon.svg", if_none_match=tags)
        assert (status, again["etag"], body) == (304, headers["etag"], b"")
        assert "content-length" not in again
    assert reader.ask("/favicon.svg", if_none_match='"other"')[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-cccc.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/index-aaaa.js/",
        "/assets/index-aaaa.js\0",
    ],
)
def test_a_file_that_is_not_there_is_never_the_document(reader, path):
    status, headers, body = reader.ask(path, accept=HTML)
    assert (status, headers["cache-control"]) == (404, "no-store")
    assert b"<html" not in body
    assert headers["content-type"].startswith("text/plain")


def test_what_no_person_asks_for_is_not_the_document_either(reader):
    for path in ("/favicon.ico", "/runs.json", "/runs"):
        assert reader.ask(path, accept="image/avif,*/*")[0] == 404
    assert reader.ask("/", accept="*/*")[0] == 200


OUTSIDE = [
    "/../passwd",
    "/assets/../../passwd",
    "/%2e%2e/passwd",
    "/..%2fpasswd",
    "/assets/..%2f..%2fpasswd",
    "/assets/%2e%2e/%2e%2e/passwd",
    "/assets/..\\..\\passwd",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/assets/\0/../../passwd",
    "/assets/%00/../../passwd",
    "/assets/out.txt",
    "/assets/up/passwd",
    "/.env",
    "/.vite/manifest.json",
    "/file:///etc/passwd",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out_of_the_folder(build, path):
    reader = Reader(Pages(Gate(None, "127.0.0.1"), build, ""))
    assert reader.ask(path)[0] == 404
    _, _, body = reader.ask(path, accept=HTML)
    assert SECRET not in body.decode()
    assert b"{}" not in body


def test_files_are_read_once(build, tmp_path):
    assert sorted(read_page_files(build)) == [
        "assets/index-aaaa.js",
        "assets/inter-bbbb.woff2",
        "favicon.svg",
        "index.html",
    ]
    assert read_page_files(tmp_path / "none") == {}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_pages_are_only_read(reader, method):
    status, headers, _ = reader.ask("/", method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_a_stranger_of_a_host_gets_no_page(reader):
    assert reader.ask("/", host="rebound.example")[0] == 403
    assert reader.ask("/assets/index-aaaa.js", host="rebound.example")[0] == 403


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("/penstock", "/penstock/"),
        ("/penstock/", "/penstock/"),
        ("/team-a/penstock_1.2~x", "/team-a/penstock_1.2~x/"),
        ("", "/"),
        ("/", "/"),
        ("//evil.example", "/"),
        ("/../x", "/"),
        ("/x/../y", "/"),
        ('/x"onload=alert(1)', "/"),
        ("https://evil.example", "/"),
        ("penstock", "/"),
        ("/%2fevil.example", "/"),
        ("/x?y", "/"),
        ("/x/\r\nA: b", "/"),
        ("/" + "x" * 300, "/"),
    ],
)
def test_a_proxys_word_about_the_sub_path_counts_if_it_is_a_plain_path(reader, said, base):
    _, _, body = reader.ask("/runs", accept=HTML, x_forwarded_prefix=said)
    assert f'<base href="{base}">' in body.decode()


def test_a_sub_path_that_is_set_goes_before_what_a_proxy_says(build):
    reader = Reader(Pages(Gate(None, "127.0.0.1"), build, "/penstock"))
    for path in ("/penstock", "/penstock/", "/penstock/runs"):
        status, _, body = reader.ask(path, accept=HTML, x_forwarded_prefix="/other")
        assert (status, b'<base href="/penstock/">' in body) == (200, True)
    assert reader.ask("/penstock/assets/index-aaaa.js")[0] == 200
    for path in ("/", "/runs", "/penstockX", "/assets/index-aaaa.js"):
        assert reader.ask(path, accept=HTML)[0] == 404


def test_a_server_without_a_build_says_how_to_get_one(tmp_path):
    reader = Reader(Pages(Gate(None, "127.0.0.1"), tmp_path / "ui_dist", ""))
    status, headers, body = reader.ask("/", accept=HTML)
    assert (status, headers["cache-control"]) == (404, "no-store")
    text = body.decode()
    assert "make ui" in text
    assert "Node.js 20" in text
    nonce = re.search(r'<style nonce="([^"]+)">', text)[1]
    assert f"'nonce-{nonce}'" in headers["content-security-policy"]
    assert "<script" not in text
    assert reader.ask("/assets/index-aaaa.js")[0] == 404
    (tmp_path / "ui_dist").mkdir()
    (tmp_path / "ui_dist" / "index.html").write_text(INDEX)
    assert reader.ask("/", accept=HTML)[0] == 200


def get(
    server: ServerProcess, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_a_server_that_asks_for_a_credential_shows_its_pages_to_all_and_its_data_to_none(build, tmp_path):
    environ = {
        "PENSTOCK_SERVER_UI_STATIC_DIRECTORY": str(build),
        "PENSTOCK_SERVER_API_AUTH_STRING": AUTH_STRING,
        "PENSTOCK_SERVER_API_BASE_PATH": "/sub",
    }
    with ServerProcess(tmp_path / "home", **environ) as server:
        assert get(server, "/sub/runs", Accept=HTML)[0] == 200
        status, headers, body = get(server, "/sub/assets/index-aaaa.js", **{"Accept-Encoding": "gzip"})
        assert (status, gzip.decompress(body).decode()) == (200, SCRIPT)
        status, head, nothing = get(
            server, "/sub/assets/index-aaaa.js", "HEAD", **{"Accept-Encoding": "gzip"}
        )
        assert (status, head["etag"], head["content-length"], nothing) == (
            200,
            headers["etag"],
            headers["content-length"],
            b"",
        )
        tag = {"If-None-Match": headers["etag"], "Accept-Encoding": "gzip"}
        status, _, nothing = get(server, "/sub/assets/index-aaaa.js", **tag)
        assert (status, nothing) == (304, b"")
        for path in OUTSIDE:
            if not set(path) & {"\0"}:
                assert SECRET not in get(server, "/sub" + path, Accept=HTML)[2].decode()
        assert get(server, "/sub/api/flows/x", Accept=HTML)[0] == 401
        assert get(server, "/sub/api", Accept=HTML)[0] == 401
        assert get(server, "/sub/", "POST")[0] == 405


def test_pages_can_be_turned_off(build, tmp_path):
    environ = {"PENSTOCK_SERVER_UI_STATIC_DIRECTORY": str(build), "PREFECT_UI_ENABLED": "false"}
    with ServerProcess(tmp_path / "home", **environ) as server:
        assert get(server, "/", Accept=HTML)[0] == 404
        assert get(server, "/assets/index-aaaa.js")[0] == 404
        assert server.ask("GET", "/health").status == 200
