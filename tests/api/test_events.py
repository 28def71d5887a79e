"""Events over HTTP: statuses, refusals, and the URL of the next page."""

from datetime import UTC, datetime
from uuid import uuid4

ID = "prefect.resource.id"


def event(name, **given):
    return {
        "id": str(uuid4()),
        "event": name,
        "occurred": datetime.now(UTC).isoformat(),
        "resource": {ID: "thing.1"},
        **given,
    }


def test_events_are_taken_and_found_again_page_by_page_by_the_urls_that_answers_give(server):
    name = f"paged.{uuid4()}"
    taken = server.ask("POST", "/events", [event(name) for _ in range(5)])
    assert (taken.status, taken.body) == (204, b"")
    asked = {"filter": {"event": {"name": [name]}}, "limit": 2}
    page = server.ask("POST", "/events/filter", asked).json
    found = page["events"]
    assert page["total"] == 5
    while page["next_page"] is not None:
        assert page["next_page"].startswith(f"{server.url}/events/filter/next?page-token=")
        page = server.ask("GET", page["next_page"].removeprefix(server.url)).json
        found += page["events"]
    assert len({each["id"] for each in found}) == len(found) == 5
    assert server.ask("GET", f"/events/{found[0]['id']}").json == found[0]
    counted = server.ask("POST", "/events/count-by/event", {"filter": asked["filter"]}).json
    assert [(each["value"], each["count"]) for each in counted] == [(name, 5)]


def test_a_batch_with_a_bad_event_is_refused_and_nothing_of_it_kept(server):
    name = f"refused.{uuid4()}"
    refused = server.ask("POST", "/events", [event(name), event(name, related=[{ID: "b"}])])
    assert refused.status == 422
    assert "Event 1 of the batch" in refused.json["detail"]
    asked = {"filter": {"event": {"name": [name]}}}
    assert server.ask("POST", "/events/filter", asked).json["total"] == 0
    big = server.ask("POST", "/events", [event(name, payload={"text": "x" * 1_600_000})])
    assert big.status == 413


def test_what_is_no_page_token_is_refused(server):
    for query in ("", "?page-token=", "?page-token=nonsense"):
        assert server.ask("GET", f"/events/filter/next{query}").status == 422


def test_who_shows_no_credential_neither_reads_nor_sends_events(guarded):
    assert guarded.ask("POST", "/events", [event("x")]).status == 401
    assert guarded.ask("POST", "/events/filter", {}).status == 401
