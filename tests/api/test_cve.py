"""Mistakes that others made in public, in the shape in which they were made. More carry the mark `cve`.

CVE-2026-3514, -7722 and -53576 (paths that look public), -7723 (a websocket without a credential), -7724
(an address that is looked up twice), -5366 (options in the values of git), -33858, -25917 and -45360 (a
server that makes objects of what authors have stored).
"""

import ast
import base64
import pickle
from pathlib import Path
from uuid import uuid4

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, say

import penstock

ADMIN = {"Authorization": f"Bearer {AUTH_STRING}"}
SOURCE = Path(penstock.__file__).parent
RESERVED = ("health", "ready", "configs", "health.json", "..;", "a..b", "x-health", "metrics")


@pytest.mark.parametrize("name", RESERVED)
def test_cve_2026_3514_a_thing_that_is_called_like_a_public_route_is_not_public(guarded, name):
    """F64: a variable, a work pool and an artifact of such a name are asked for like any other."""
    guarded.ask("POST", "/variables/", {"name": name, "value": "canary"}, **ADMIN)
    guarded.ask("POST", "/work_pools/", {"name": name, "type": "process"}, **ADMIN)
    for path in (
        f"/variables/name/{name}",
        f"/work_pools/{name}",
        f"/work_pools/{name}/queues/{name}",
        f"/artifacts/{name}/latest",
        f"/concurrency_limits/tag/{name}",
        f"/v2/concurrency_limits/{name}",
    ):
        answer = guarded.ask("GET", path)
        assert answer.status == 401, path
        assert b"canary" not in answer.body


def test_cve_2026_53576_a_path_that_ends_like_another_makes_nothing(guarded):
    """F64: neither a flow nor its run is made by whoever writes a public word behind the path."""
    for path in (
        "/flows/configs",
        "/deployments/x/create_flow_run/health",
        "/flows/;/health",
        "/flows/%2fready",
    ):
        assert guarded.ask("POST", path, {"name": "planted"}).status == 401, path
    assert guarded.ask("GET", "/flows/name/planted", **ADMIN).status == 404


def test_cve_2026_7723_events_of_nobody_are_not_taken(guarded):
    """F65: what is sent before, or instead of, a credential fires nothing."""
    id = str(uuid4())
    event = {
        "id": id,
        "occurred": "2026-01-01T00:00:00Z",
        "event": "planted",
        "resource": {"prefect.resource.id": "planted"},
        "payload": {},
    }
    with dial(guarded, "/events/in") as socket:
        say(socket, event)
        assert ending(socket)[0] == 1008
    assert guarded.ask("GET", f"/events/{id}", **ADMIN).status == 404


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return Path.touch, (self._path,)


def test_cve_2026_33858_what_authors_store_is_never_made_an_object(guarded, tmp_path):
    """F59: results, parameters and block data that would run code where they are unpickled are only data."""
    trap = tmp_path / "sprung"
    packed = base64.b64encode(pickle.dumps(Trap(trap))).decode()
    result = {"type": "resultrecord", "serializer": {"type": "pickle"}, "result": packed, "blob": packed}
    flow = guarded.ask("POST", "/flows/", {"name": "trapped"}, **ADMIN).json["id"]
    made = guarded.ask("POST", "/flow_runs/", {"flow_id": flow, "parameters": {"p": result}}, **ADMIN)
    run = made.json["id"]
    state = {"type": "COMPLETED", "data": result}
    assert guarded.ask("POST", f"/flow_runs/{run}/set_state", {"state": state}, **ADMIN).status < 300
    artifact = guarded.ask(
        "POST", "/artifacts/", {"type": "result", "data": packed, "flow_run_id": run}, **ADMIN
    )
    for path in (f"/flow_runs/{run}", f"/flow_runs/{run}/detail", f"/artifacts/{artifact.json['id']}"):
        assert packed in guarded.ask("GET", path, **ADMIN).body.decode() or "detail" in path
    assert not trap.exists()
    pickle.loads(base64.b64decode(packed))
    assert trap.exists(), "it is a trap"


FORBIDDEN = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle"}


def imported(tree):
    """The top of each module that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("floor", ["server", "db", "contract", "domain", "settings"])
def test_cve_2026_25917_a_server_has_nothing_to_unpickle_with(floor):
    """F59: no module that a server runs imports what makes objects of bytes, or evaluates text."""
    for file in sorted((SOURCE / floor).rglob("*.py")):
        tree = ast.parse(file.read_text())
        assert not FORBIDDEN & set(imported(tree)), file
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "id")
        }
        assert not calls & {"eval", "exec", "__import__"}, file
