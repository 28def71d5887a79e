"""`penstock block`: made by flags, by JSON and by answers; listed, looked at and deleted."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode

URL = "https://hooks.slack.com/services/T0/B0/hush"


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def test_a_block_is_made_by_flags_and_its_secrets_are_shown_to_who_asks(penstock, server, home):
    made = penstock("block", "create", "slack-webhook", "--name", "team", "--set", f"url={URL}")
    assert made.stdout == "Created the block slack-webhook/team.\n"
    id = made.stderr.rstrip().rpartition(" ")[2]
    shown = json.loads(penstock("block", "inspect", "slack-webhook/team", "--json").stdout)
    assert (shown["id"], shown["data"]) == (id, {"url": "********"})
    revealed = penstock("blocks", "inspect", "--id", id, "--reveal")
    assert URL in revealed.stdout
    assert URL not in penstock("block", "inspect", "--id", id).stdout
    for file in home.iterdir():
        assert b"hush" not in file.read_bytes(), file
    assert (home / "encryption.key").stat().st_mode & 0o777 == 0o600


def test_a_block_is_made_of_json_and_changed_only_where_that_is_said(penstock, server, tmp_path):
    data = {"smtp_server": "mail.example.com", "smtp_port": 25, "email_to": "a@b.c", "password": "hush"}
    create = ("block", "create", "email-server-credentials", "--name", "mail")
    penstock(*create, "--data", "-", input=json.dumps(data))
    taken = penstock(*create, "--data", json.dumps(data), code=ExitCode.CONFLICT)
    assert "--overwrite" in taken.stderr
    (tmp_path / "mail.yaml").write_text("email_to: d@e.f\nsmtp_port: 587\n")
    changed = penstock(*create, "--data", "mail.yaml", "--set", "smtp_port=465", "--overwrite", "--json")
    wanted = data | {"email_to": "d@e.f", "smtp_port": 465, "password": "********"}
    assert json.loads(changed.stdout)["data"] == wanted
    revealed = penstock("block", "inspect", "email-server-credentials/mail", "--reveal", "--json")
    assert json.loads(revealed.stdout)["data"] == wanted | {"password": "hush"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("slack-webhok", "--name", "x"), "Did you mean 'slack-webhook'?"),
        (("slack-webhook",), "Give it one by --name."),
        (("slack-webhook", "--name", "x"), "--set url=…"),
        (("slack-webhook", "--name", "x", "--set", "ulr=1"), "Did you mean 'url'?"),
        (("slack-webhook", "--name", "x", "--set", "url"), "FIELD=VALUE"),
        (("slack-webhook", "--name", "x", "--data", "{"), "is no JSON object"),
        (("slack-webhook", "--name", "Big", "--set", "url=x"), "no name of a block"),
        (("slack-webhook", "--name", "x", "--set", "url=********"), "stands for a secret"),
    ],
)
def test_what_is_wrong_is_told_with_the_next_step(environ, server, tmp_path, arguments, told):
    program = Path(sys.executable).with_name("penstock")
    done = subprocess.run(
        [program, "block", "create", *arguments],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (ExitCode.USAGE, ExitCode.NOT_FOUND, ExitCode.FAILED)
    assert told in done.stderr


def test_a_person_is_asked_for_what_is_missing(environ, server, tmp_path):
    ours, theirs = pty.openpty()
    program = Path(sys.executable).with_name("penstock")
    command = [program, "block", "create", "discord-webhook"]
    with subprocess.Popen(
        command, env=environ | {"TERM": "dumb"}, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs
    ) as asking:
        os.close(theirs)
        said = b""
        for question, answer in [("Name", "team"), ("Webhook id", "77"), ("Webhook token", "hush")]:
            while not said.endswith(f"{question}: ".encode()):
                said += os.read(ours, 1024)
            os.write(ours, f"{answer}\n".encode())
        while b"Its id" not in said:
            said += os.read(ours, 1024)
        assert asking.wait(60) == 0
    os.close(ours)
    assert b"hush" not in said
    name = server.ask("GET", "/block_types/slug/discord-webhook/block_documents").json[0]["name"]
    assert name == "team"


def test_blocks_and_types_are_listed_and_deleted(penstock, server):
    assert "penstock block create" in penstock("block", "ls").stderr
    for slug, field in (("slack-webhook", "url"), ("secret", "value")):
        penstock("block", "create", slug, "--name", "one", "--set", f"{field}=x")
    listed = json.loads(penstock("block", "ls", "--json").stdout)
    assert [each["block_type"]["slug"] for each in listed] == ["secret", "slack-webhook"]
    assert "secret/one" in penstock("block", "ls").stdout

    types = json.loads(penstock("block", "type", "ls", "-o", "json").stdout)
    assert {"slack-webhook", "secret"} <= {each["slug"] for each in types}
    assert "ms-teams-webhook" in penstock("block", "types", "ls").stdout
    fields = penstock("block", "type", "inspect", "slack-webhook").stdout
    assert "Webhook" in fields
    assert "url" in fields
    assert json.loads(penstock("block", "type", "inspect", "secret", "--json").stdout)["is_protected"]

    assert penstock("block", "rm", "secret/one").stdout == "Deleted the block secret/one.\n"
    penstock("block", "type", "delete", "slack-webhook")
    assert json.loads(penstock("block", "ls", "--json").stdout) == []
    assert "stays" in penstock("block", "type", "delete", "secret", code=ExitCode.DENIED).stderr
    assert "no block" in penstock("block", "inspect", "secret/one", code=ExitCode.NOT_FOUND).stderr
    assert "TYPE/NAME" in penstock("block", "delete", code=ExitCode.USAGE).stderr


def test_the_key_can_be_changed(penstock, home):
    old, new = "o" * 32, "n" * 32
    with ServerProcess(home, PENSTOCK_SERVER_ENCRYPTION_KEY=old):
        penstock("block", "create", "secret", "--name", "one", "--set", "value=hush")
    with ServerProcess(home, PENSTOCK_SERVER_ENCRYPTION_KEY=new):
        refused = penstock("block", "inspect", "secret/one", "--reveal", code=ExitCode.CONFLICT)
        assert "server.encryption_key" in refused.stderr
        assert "********" in penstock("block", "inspect", "secret/one").stdout
    both = {"PENSTOCK_SERVER_ENCRYPTION_KEY": new, "PENSTOCK_SERVER_PREVIOUS_ENCRYPTION_KEY": old}
    with ServerProcess(home, **both):
        assert penstock("block", "rotate-key").stdout.startswith("Encrypted 1 blocks anew")
        assert json.loads(penstock("block", "rotate-key", "--json").stdout)["rotated"] == 0
    with ServerProcess(home, PENSTOCK_SERVER_ENCRYPTION_KEY=new):
        assert "hush" in penstock("block", "inspect", "secret/one", "--reveal").stdout
    assert not (home / "encryption.key").exists()
