"""`penstock artifact`: the latest of each key, versions of one, and the end of them."""

import json
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def make(server, **body):
    made = server.ask("POST", "/artifacts/", body)
    assert made.status == 201, made.json
    return made.json["id"]


def test_the_latest_of_each_key_is_listed_or_all_there_are(penstock, server):
    assert "There are no artifacts." in penstock("artifact", "ls").stderr
    make(server, key="report", type="markdown", data="old")
    latest = make(server, key="report", type="table", data="new")
    other = make(server, key="banana", data=1)
    without = make(server, data=2)
    heads = json.loads(penstock("artifact", "ls", "--json").stdout)
    assert [(each["key"], each["latest_id"]) for each in heads] == [("banana", other), ("report", latest)]
    header, first, second = penstock("artifact", "ls").stdout.splitlines()
    assert header.split() == ["ID", "KEY", "TYPE", "UPDATED"]
    assert first.split()[:2] == [other, "banana"]
    assert second.split()[:3] == [latest, "report", "table"]
    every = json.loads(penstock("artifact", "ls", "--all", "-o", "json").stdout)
    assert [each["id"] for each in every][:2] == [without, other]
    assert len(every) == 4
    few = penstock("artifacts", "ls", "-a", "--limit", "2")
    assert len(few.stdout.splitlines()) == 3
    assert "There are more than these 2" in few.stderr


def test_versions_of_a_key_are_shown_newest_first(penstock, server):
    make(server, key="report", type="markdown", data="# old", description="first", flow_run_id=str(uuid4()))
    make(server, key="report", type="progress", data=12.5)
    told = json.loads(penstock("artifact", "inspect", "report", "-o", "json").stdout)
    assert [each["data"] for each in told] == [12.5, "# old"]
    text = penstock("artifact", "inspect", "--key", "report").stdout
    assert text.index("12.5") < text.index("# old")
    assert "flow_run_id:" in text
    assert len(json.loads(penstock("artifact", "inspect", "report", "--limit", "1", "--json").stdout)) == 1
    missing = penstock("artifact", "inspect", "nothing", code=ExitCode.NOT_FOUND)
    assert "no artifact with the key 'nothing'" in missing.stderr


def test_all_of_a_key_go_or_one_by_its_id(penstock, server):
    first = make(server, key="report", data=1)
    second = make(server, key="report", data=2)
    penstock("artifact", "delete", "--id", second)
    assert server.ask("GET", "/artifacts/report/latest").json["id"] == first
    make(server, key="report", data=3)
    kept = make(server, key="other", data=4)
    assert "Deleted 2 artifacts" in penstock("artifact", "delete", "report").stdout
    assert [each["id"] for each in json.loads(penstock("artifact", "ls", "--all", "--json").stdout)] == [kept]
    for arguments, code in (
        (("report",), ExitCode.NOT_FOUND),
        (("--id", second), ExitCode.NOT_FOUND),
        ((), ExitCode.USAGE),
        (("other", "--id", kept), ExitCode.USAGE),
    ):
        penstock("artifact", "delete", *arguments, code=code)
    assert server.ask("GET", f"/artifacts/{kept}").status == 200
