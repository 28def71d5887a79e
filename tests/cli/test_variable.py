"""`penstock variable`, against a server; and what any command says without one."""

import json

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def test_variables_are_set_read_listed_and_deleted(penstock, server):
    penstock("variable", "set", "color", "blue", "--tag", "a", "--tag", "b")
    penstock("variable", "set", "limits", '{"cpu": 2}')
    assert penstock("variable", "get", "color").stdout == "blue\n"
    assert penstock("variable", "get", "--name", "limits").stdout == '{"cpu":2}\n'
    listed = json.loads(penstock("variable", "ls", "--json").stdout)
    assert [(each["name"], each["value"], each["tags"]) for each in listed] == [
        ("color", "blue", ["a", "b"]),
        ("limits", {"cpu": 2}, []),
    ]
    assert "a, b" in penstock("variable", "ls").stdout
    assert "There are more than these 1" in penstock("variable", "ls", "--limit", "1").stderr

    penstock("variable", "unset", "color")
    missing = penstock("variable", "get", "color", code=ExitCode.NOT_FOUND)
    assert missing.stderr.startswith("Error: There is no variable 'color'")


def test_a_value_is_replaced_only_where_that_is_said(penstock, server):
    penstock("variable", "set", "color", "blue", "--tag", "a")
    refused = penstock("variable", "set", "color", "red", code=ExitCode.CONFLICT)
    assert "--overwrite" in refused.stderr
    penstock("variable", "set", "color", "red", "--overwrite")
    kept = json.loads(penstock("variable", "inspect", "color", "-o", "json").stdout)
    assert (kept["value"], kept["tags"]) == ("red", ["a"])
    penstock("variable", "set", "color", "red", "--overwrite", "--tag", "c")
    assert "c" in penstock("variable", "inspect", "color").stdout


def test_without_a_server_one_line_says_where_it_was_looked_for(penstock):
    refused = penstock("variable", "ls", code=ExitCode.UNREACHABLE, PENSTOCK_API_URL="http://127.0.0.1:9/api")
    first, second = refused.stderr.splitlines()
    assert first == "Error: No server answers at http://127.0.0.1:9/api (connection refused)."
    assert "penstock server start" in second


def test_a_missing_credential_says_what_to_set(penstock, tmp_path):
    with ServerProcess(tmp_path / "guarded", PENSTOCK_SERVER_API_AUTH_STRING="a:b") as server:
        refused = penstock("variable", "ls", code=ExitCode.DENIED, PENSTOCK_API_URL=server.url)
        assert "api.auth_string" in refused.stderr
        penstock("variable", "ls", PENSTOCK_API_URL=server.url, PENSTOCK_API_AUTH_STRING="a:b")
        penstock("variable", "ls", PENSTOCK_API_URL=server.url, PREFECT_API_KEY="a:b")
