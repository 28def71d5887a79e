"""`penstock webhook`, against a server."""

import json
import subprocess
import sys

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode

# Stands for curl, which a machine need not have: the options that the example uses.
CURL = """
import sys, urllib.request
url, *options = sys.argv[1:]
given = list(zip(options[::2], options[1::2]))
headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
(body,) = [value for name, value in given if name == "-d"]
print(urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)).read().decode())
"""


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def pasted(example: str) -> str:
    """What the example does that a command prints, in a shell."""
    script = f'curl() {{ "{sys.executable}" -c "$CURL" "$@"; }}\n{example[example.index("BODY=") :]}'
    done = subprocess.run(
        ["bash", "-ec", script], env={"CURL": CURL, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_that_is_printed_posts_an_event(penstock, server):
    made = penstock("webhook", "create", "orders", "--description", "of the shop")
    assert made.stdout.startswith("Created the webhook 'orders'.\nurl:    http")
    secret = made.stdout.split("secret: ")[1].strip()
    assert "not shown again" in made.stderr
    assert json.loads(pasted(made.stderr))["event_id"]

    shown = penstock("webhook", "inspect", "orders")
    assert secret not in shown.stdout + shown.stderr
    assert "/api/hooks/" in shown.stdout and "X-Penstock-Signature" in shown.stderr

    rotated = penstock("webhook", "rotate", "orders")
    assert secret not in rotated.stdout
    assert json.loads(pasted(rotated.stderr))["event_id"]

    unsigned = penstock("webhook", "create", "open", "--unsigned")
    assert "nothing is signed" in unsigned.stdout
    assert json.loads(pasted(unsigned.stderr))["event_id"]


def test_webhooks_are_listed_paused_changed_and_deleted(penstock, server, tmp_path):
    template = tmp_path / "order.yaml"
    template.write_text("event: order.{{ body.status }}\npayload:\n  n: '{{ body.n }}'\n")
    made = json.loads(penstock("webhook", "create", "b", "-t", str(template), "--json").stdout)
    assert made["secret"].startswith("whsec_")
    penstock("webhook", "create", "a", "--template", '{"event": "a.happened"}')
    listed = json.loads(penstock("webhook", "ls", "--json").stdout)
    assert [(each["name"], each["enabled"]) for each in listed] == [("a", True), ("b", True)]
    assert listed[1]["template"] == {"event": "order.{{ body.status }}", "payload": {"n": "{{ body.n }}"}}
    assert "order.{{ body.status }}" in penstock("webhooks", "ls").stdout

    for verb, enabled in [("pause", False), ("resume", True), ("toggle", False), ("toggle", True)]:
        penstock("webhook", verb, "a")
        assert json.loads(penstock("webhook", "inspect", "a", "--json").stdout)["enabled"] is enabled

    penstock("webhook", "update", "a", "--new-name", "c", "-d", "text", "-t", '{"event": "c"}')
    changed = json.loads(penstock("webhook", "inspect", "c", "--json").stdout)
    assert (changed["description"], changed["template"]["event"]) == ("text", "c")

    penstock("webhook", "delete", "c")
    missing = penstock("webhook", "inspect", "c", code=ExitCode.NOT_FOUND)
    assert "There is no webhook 'c'" in missing.stderr


def test_a_template_that_is_wrong_says_where(penstock, server):
    refused = penstock("webhook", "create", "x", "-t", '{"event": "{{ bdy.x }}"}', code=ExitCode.USAGE)
    assert "event, line 1: There is no 'bdy' here. Did you mean 'body'?" in refused.stderr
    refused = penstock("webhook", "create", "x", "-t", '{"evnt": "x"}', code=ExitCode.USAGE)
    assert "evnt" in refused.stderr and "It has event, resource" in refused.stderr
