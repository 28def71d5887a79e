"""Commands lead to the pages of the web UI."""

import webbrowser
from pathlib import Path

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode
from penstock.cli.pages import page_url, ui_url
from penstock.settings import Settings
from penstock.settings.tree import ApiSettings, UiSettings

HOME = Path("/nonexistent")


@pytest.mark.parametrize(
    ("api", "ui", "url"),
    [
        ("http://127.0.0.1:4200/api", None, "http://127.0.0.1:4200"),
        ("https://flows.example/team/api/", None, "https://flows.example/team"),
        ("https://flows.example/api", "https://pages.example/", "https://pages.example"),
        (None, None, "http://127.0.0.1:4200"),
    ],
)
def test_pages_are_beside_the_api_unless_said_otherwise(api, ui, url):
    settings = Settings(home=HOME, api=ApiSettings(url=api), ui=UiSettings(url=ui))
    assert ui_url(settings) == url
    assert page_url(settings, "work-pools", "a b/c") == f"{url}/work-pools/a%20b%2Fc"


def test_the_dashboard_is_opened_in_the_browser(server, command, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    url = server.url.removesuffix("/api")
    assert command("dashboard", "open").out == f"{url}\n"
    assert opened == [url]
    assert command("dashboard", "open", "--no-browser").out == f"{url}\n"
    assert opened == [url]
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    told = command("dashboard", "open")
    assert told.out == f"{url}\n"
    assert "by hand" in told.err


def test_a_dashboard_without_a_server_is_not_opened(penstock):
    told = penstock("dashboard", "open", code=ExitCode.UNREACHABLE, PENSTOCK_API_URL="http://127.0.0.1:1/api")
    assert told.stdout == ""
    assert "No server answers at http://127.0.0.1:1/api" in told.stderr
    assert "penstock server start" in told.stderr


def test_a_server_says_where_its_pages_are_if_it_has_any(tmp_path):
    build = tmp_path / "build"
    build.mkdir()
    with_build = {"PENSTOCK_SERVER_UI_STATIC_DIRECTORY": str(build)}
    with ServerProcess(tmp_path / "a", **with_build) as server:
        assert "Web UI" not in server.output
    (build / "index.html").write_text("<html></html>")
    with ServerProcess(tmp_path / "b", **with_build) as server:
        assert f"Web UI: {server.url.removesuffix('/api')}\n" in server.output
    with ServerProcess(tmp_path / "c", "--no-ui", **with_build) as server:
        assert "Web UI" not in server.output
        connection = server.connect()
        connection.request("GET", "/")
        assert connection.getresponse().status == 404
        connection.close()
