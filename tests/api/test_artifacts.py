"""Artifacts, saved searches and the default result storage over HTTP; refusals name the field."""

from uuid import uuid4


def test_an_artifact_is_answered_as_the_reference_does(server):
    made = server.ask("POST", "/artifacts/", {"key": "report", "type": "table", "data": [1], "metadata_": {}})
    assert made.status == 201
    assert made.json.keys() == {
        "id",
        "created",
        "updated",
        "key",
        "type",
        "description",
        "data",
        "metadata_",
        "flow_run_id",
        "task_run_id",
    }
    place = f"/artifacts/{made.json['id']}"
    assert server.ask("GET", place).json == server.ask("GET", "/artifacts/report/latest").json == made.json
    assert server.ask("PATCH", place, {"data": {"a": None}}).status == 204
    (head,) = server.ask(
        "POST", "/artifacts/latest/filter", {"artifacts": {"key": {"any_": ["report"]}}}
    ).json
    assert (head["latest_id"], head["data"]) == (made.json["id"], {"a": None})
    assert server.ask("POST", "/artifacts/filter").status == 200
    assert server.ask("POST", "/artifacts/count", {}).json == 1
    assert server.ask("POST", "/artifacts/latest/count").json == 1
    assert server.ask("DELETE", place).status == 204
    for method, path in (("GET", place), ("DELETE", place), ("GET", "/artifacts/report/latest")):
        assert server.ask(method, path).status == 404
    assert server.ask("PATCH", place, {"data": 1}).status == 404


def test_refusals_name_the_field(server):
    refused = server.ask("POST", "/artifacts/", {"key": "My report", "data": 1})
    assert (refused.status, refused.json["field"]) == (422, "key")
    for path, body in (
        ("/artifacts/", {"key": 1}),
        ("/artifacts/", {"colour": "red"}),
        ("/artifacts/", {"metadata_": {"a": 1}}),
        ("/artifacts/filter", {"artifacts": {"key": {"none_": []}}}),
        ("/artifacts/filter", {"sort": "BY_COLOUR"}),
        ("/artifacts/filter", {"limit": 201}),
        ("/artifacts/latest/filter", {"offset": -1}),
    ):
        answer = server.ask("POST", path, body)
        assert (answer.status, answer.json["exception_message"]) == (422, "Invalid request received."), body


def test_a_saved_search_is_made_once(server):
    body = {
        "name": "mine",
        "filters": [{"object": "flow", "property": "name", "type": "s", "operation": "=", "value": None}],
    }
    made = server.ask("PUT", "/saved_searches/", body)
    again = server.ask("PUT", "/saved_searches/", body)
    assert (made.status, again.status) == (201, 200)
    assert again.json["id"] == made.json["id"]
    assert again.json["filters"] == body["filters"]
    place = f"/saved_searches/{made.json['id']}"
    assert server.ask("GET", place).json == again.json
    assert server.ask("POST", "/saved_searches/filter").json == [again.json]
    assert server.ask("DELETE", place).status == 204
    assert server.ask("DELETE", place).status == 404


def test_the_default_result_storage_must_be_there(server):
    nothing = {"default_result_storage_block_id": None}
    assert server.ask("GET", "/admin/storage").json == nothing
    refused = server.ask("PUT", "/admin/storage", {"default_result_storage_block_id": str(uuid4())})
    assert refused.status == 404
    assert server.ask("PUT", "/admin/storage", nothing).status == 422
    assert server.ask("DELETE", "/admin/storage").status == 204
    assert server.ask("GET", "/admin/settings").json["server"]["api"]["host"] == "127.0.0.1"
