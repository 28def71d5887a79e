"""The audit log of a real server: who is in it, what is masked in it, and who may read it."""

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, say
from tests.engine.flow_process import eventually
from tests.server_process import ServerProcess

ADMIN = {"Authorization": f"Bearer {AUTH_STRING}"}


@pytest.fixture
def alone(tmp_path):
    """A server of the test's own, that asks for a credential."""
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server


def ask(server, method, path, body=None, **headers):
    answer = server.ask(method, path, body, **(ADMIN | headers))
    assert answer.status < 300, answer
    return answer.json if answer.body else None


def rows(server, **query):
    return ask(server, "POST", "/audit/filter", {"newest_first": False, **query})["rows"]


def test_who_changed_what_from_where_is_told(alone):
    key = ask(alone, "POST", "/api_keys/", {"name": "ci", "role": "author"})
    by_key = {"Authorization": f"Bearer {key['key']}"}
    made = alone.ask("POST", "/variables/", {"name": "v", "value": 1}, X_Penstock_Origin="cli", **by_key)
    [first, second] = rows(alone)
    assert (first["principal"], first["operation"]) == ("someone", "create_api_key")
    assert key["key"].split("_")[2] not in json.dumps([first, second])
    assert (second["principal"], second["role"], second["api_key_id"]) == ("ci", "author", key["id"])
    assert (second["address"], second["origin"]) == ("127.0.0.1", "cli")
    assert second["subject"] == {"id": made.json["id"]}
    assert ask(alone, "GET", "/audit/verify")["is_whole"]


def test_secrets_are_not_in_it_and_reading_them_is(alone):
    canary = f"canary-{uuid4().hex}"
    [slug] = ask(alone, "POST", "/block_types/filter", {"block_types": {"slug": {"any_": ["secret"]}}})
    schemas = ask(
        alone, "POST", "/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [slug["id"]]}}}
    )
    body = {
        "name": "kept",
        "data": {"value": canary},
        "block_schema_id": schemas[0]["id"],
        "block_type_id": slug["id"],
    }
    block = ask(alone, "POST", "/block_documents/", body)
    ask(alone, "GET", f"/block_documents/{block['id']}")
    ask(alone, "GET", f"/block_documents/{block['id']}?include_secrets=true")
    ask(alone, "POST", f"/block_documents/{block['id']}/reveal")
    ask(alone, "POST", "/variables/", {"name": "db_password", "value": canary})
    webhook = ask(alone, "POST", "/webhooks/", {"name": "hook"})
    ask(alone, "POST", f"/webhooks/{webhook['id']}/rotate")
    found = rows(alone)
    assert [row["operation"] for row in found] == [
        "create_block_document",
        "read_block_document",
        "reveal_block_document",
        "create_variable",
        "create_webhook",
        "rotate_webhook",
    ]
    assert canary not in json.dumps(found) and webhook["secret"] not in json.dumps(found)


def test_signing_in_and_what_is_refused_are_rows(alone):
    viewer = ask(alone, "POST", "/api_keys/", {"name": "eve", "role": "viewer"})["key"]
    by_viewer = {"Authorization": f"Bearer {viewer}"}
    alone.ask("POST", "/session", {"credential": AUTH_STRING}, X_Penstock_Origin="ui")
    for _ in range(5):
        assert alone.ask("DELETE", f"/flows/{uuid4()}", **by_viewer).status == 403
    assert alone.ask("GET", "/hello", Authorization="Bearer someone:wrong").status == 401
    with dial(alone, "/events/in") as socket:
        say(socket, {"type": "auth", "token": viewer})
        assert ending(socket)[0] == 1008
    eventually(lambda: len(rows(alone, outcome="refused")) >= 3, "refusals are told")
    refused = rows(alone, outcome="refused")
    told = {(row["principal"], row["operation"]) for row in refused}
    assert told == {("eve", "delete_flow"), ("anonymous", "show_credential"), ("eve", "/events/in")}
    [signed_in] = rows(alone, action="sessions:create", outcome="done")
    assert signed_in["principal"] == "someone"
    assert "wrong" not in json.dumps(rows(alone))


def test_an_admin_reads_it_and_nobody_else(guarded):
    for role in ("viewer", "operator", "author", "worker"):
        key = ask(guarded, "POST", "/api_keys/", {"name": f"a-{role}", "role": role})["key"]
        shown = {"Authorization": f"Bearer {key}"}
        assert guarded.ask("POST", "/audit/filter", {}, **shown).status == 403
        assert guarded.ask("GET", "/audit/verify", **shown).status == 403


def test_the_command_lists_verifies_and_exports(alone):
    for number in range(3):
        ask(alone, "POST", "/variables/", {"name": f"v{number}", "value": number})

    def command(*arguments):
        environ = alone.environ | {"PENSTOCK_API_AUTH_STRING": AUTH_STRING, "PENSTOCK_API_URL": alone.url}
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli.main", "audit", *arguments],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    code, out, _ = command("ls", "--action", "variables:", "--since", "1h")
    assert code == 0 and out.count("create_variable") == 3, out
    code, out, _ = command("verify")
    assert (code, out) == (0, "The log is whole: 3 rows, 1 to 3.\n")
    code, out, err = command("export", "--since", "1h", "--json")
    exported = [json.loads(line) for line in out.splitlines()]
    assert [row["sequence"] for row in exported] == [1, 2, 3] and "3 rows" in err
    code, out, _ = command("ls", "--json", "--limit", "1")
    assert [row["sequence"] for row in json.loads(out)] == [3]
    code, out, err = command("ls", "--refused")
    assert (code, out) == (0, "") and "Nothing was changed." in err
