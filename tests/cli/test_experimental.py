"""`penstock experimental result-storage`: a block by its name or id, or none."""

import json

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode

STORES = ["read-path", "write-path"]
COMMAND = ("experimental", "result-storage")


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def block(server, slug, capabilities):
    kind = server.ask("POST", "/block_types/", {"name": slug, "slug": slug}).json
    body = {"block_type_id": kind["id"], "fields": {"title": slug}, "capabilities": capabilities}
    schema = server.ask("POST", "/block_schemas/", body).json
    body = {"name": "one", "data": {}, "block_schema_id": schema["id"], "block_type_id": kind["id"]}
    return server.ask("POST", "/block_documents/", body).json["id"]


def test_the_default_result_storage_is_set_shown_and_cleared(penstock, server):
    folder, pager = block(server, "folder", STORES), block(server, "pager", ["notify"])
    nothing = {"default_result_storage_block_id": None}
    assert penstock(*COMMAND, "inspect").stdout == "There is no default result storage.\n"
    assert json.loads(penstock(*COMMAND, "inspect", "--json").stdout) == nothing
    assert "folder/one" in penstock(*COMMAND, "set", "folder/one").stdout
    told = json.loads(penstock(*COMMAND, "inspect", "-o", "json").stdout)
    assert told == {"default_result_storage_block_id": folder, "block": "folder/one"}
    text = penstock(*COMMAND, "inspect").stdout
    assert folder in text
    assert "folder/one" in text
    refused = penstock(*COMMAND, "set", "--id", pager, code=ExitCode.USAGE)
    assert "can't keep results" in refused.stderr
    penstock(*COMMAND, "set", "folder/two", code=ExitCode.NOT_FOUND)
    penstock(*COMMAND, "set", "folder", code=ExitCode.USAGE)
    penstock(*COMMAND, "set", code=ExitCode.USAGE)
    penstock(*COMMAND, "clear")
    assert json.loads(penstock(*COMMAND, "inspect", "--json").stdout) == nothing
    penstock(*COMMAND, "set", "--id", folder)
    penstock(*COMMAND, "clear")
