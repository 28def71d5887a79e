"""What holds for each endpoint, whoever adds one."""

import json
from typing import get_args
from uuid import UUID

import msgspec
import pytest

from penstock.contract import registry
from penstock.contract.endpoint import Method, endpoint
from penstock.contract.openapi import describe
from penstock.contract.permissions import ROLES_BY_ACTION, Role, may
from penstock.contract.registry import ENDPOINTS, collect
from penstock.contract.sockets import SOCKETS
from penstock.domain.errors import PenstockError

EVERY = pytest.mark.parametrize("declared", ENDPOINTS.values(), ids=lambda declared: declared.name)


@EVERY
def test_an_endpoint_is_found_by_its_name(declared):
    assert ENDPOINTS[declared.name] is declared


@EVERY
def test_an_endpoint_is_declared_in_full(declared):
    assert declared.method in get_args(Method)
    assert declared.path.startswith("/")
    assert declared.doc.endswith(".")
    assert declared.action in ROLES_BY_ACTION
    assert all(issubclass(error, PenstockError) for error in declared.errors)
    assert declared.response is not None or declared.statuses[0] in (200, 201, 204)


@EVERY
def test_reading_changes_nothing_so_that_it_can_be_repeated(declared):
    if declared.action.endswith(":read"):
        assert declared.idempotent


@EVERY
def test_every_type_can_be_read_and_written(declared):
    """Building a decoder finds unions and annotations that msgspec cannot tell apart."""
    for type_ in (declared.body and declared.body.type, declared.response):
        if type_ not in (None, bytes):
            msgspec.json.Decoder(type_, dec_hook=lambda kind, value: value)


def test_every_action_is_used():
    assert ROLES_BY_ACTION.keys() == {declared.action for declared in (*ENDPOINTS.values(), *SOCKETS)}


def test_an_admin_may_do_everything():
    assert all(may(Role.ADMIN, action) for action in ROLES_BY_ACTION)


def test_roles_of_people_add_up():
    ladder = [Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN]
    for action in ROLES_BY_ACTION:
        held = [may(role, action) for role in ladder]
        assert held == sorted(held), action


def test_who_shows_nothing_may_only_ask_whether_the_server_lives_and_sign_in_and_post_to_webhooks():
    open_to_all = {e.path for e in ENDPOINTS.values() if may(Role.ANONYMOUS, e.action)}
    assert open_to_all == {"/health", "/ready", "/session", "/hooks/{slug}"}


def test_a_run_can_change_nothing_but_runs_and_their_logs_and_what_its_pool_lets_it():
    changes = {action for action in ROLES_BY_ACTION if may(Role.RUN, action) and not action.endswith(":read")}
    assert {action.split(":")[0] for action in changes} <= {
        "artifacts",  # to leave some
        "block_documents",  # to see the secrets of one; to write one where `run_tokens.may` says so
        "block_schemas",  # where `run_tokens.may` says so
        "block_types",  # where `run_tokens.may` says so
        "concurrency_limits",  # to take slots, and give them back
        "deployments",  # to run one
        "events",  # to tell of what happens in it
        "flow_runs",
        "flows",  # to register a child's
        "logs",
        "server",
        "sessions",  # as everybody
        "task_runs",
        "variables",  # unless `run_tokens.may` says otherwise
        "webhooks",  # as everybody: what is posted to one is signed
    }
    assert "deployments:update" not in changes


def test_an_unknown_action_fails_where_it_is_declared():
    with pytest.raises(ValueError, match="unknown action 'flows:paint'"):
        endpoint("POST", "/flows/", action="flows:paint")


def test_a_path_parameter_that_the_signature_lacks_fails_where_it_is_declared():
    def read_thing() -> None:
        """Nothing."""

    with pytest.raises(ValueError, match="read_thing lacks the path parameters"):
        endpoint("GET", "/things/{id}", action="flows:read")(read_thing)


def test_an_endpoint_says_what_it_does():
    def silent() -> None: ...

    with pytest.raises(ValueError, match="says nothing"):
        endpoint("GET", "/things", action="flows:read")(silent)


def test_a_place_is_declared_once():
    class One:
        @endpoint("GET", "/things", action="flows:read")
        def read_things() -> None:
            """Things."""

    class Other:
        @endpoint("GET", "/things", action="flows:read")
        def list_things() -> None:
            """Things."""

    with pytest.raises(ValueError, match="declared twice, as read_things and list_things"):
        collect((One, Other))


def test_arguments_are_sorted_by_where_they_travel():
    update = ENDPOINTS["update_deployment_schedule"]
    assert update.bind((1, 2), {"body": 3}) == update.bind((1, 2, 3), {})
    assert update.bind((1, 2, 3), {}).path == {"id": 1, "schedule_id": 2}
    assert ENDPOINTS["read_flow_run_states"].bind((), {"flow_run_id": 1}).query == {"flow_run_id": 1}
    assert ENDPOINTS["count_flows"].bind((), {}).body == ENDPOINTS["count_flows"].body.default


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "message"),
    [
        ("read_flow", (), {}, "read_flow() needs id"),
        ("update_flow", (UUID(int=1),), {}, "update_flow() needs body"),
        ("read_flow_run_states", (), {}, "read_flow_run_states() needs flow_run_id"),
        ("read_flow", (1,), {"color": 2}, "read_flow() takes no color"),
        ("read_flow", (1,), {"id": 1}, "read_flow() got id twice"),
        ("read_flow", (1, 2), {}, "read_flow() takes 1 argument(s), not 2"),
    ],
)
def test_a_wrong_call_is_refused_as_python_does(name, args, kwargs, message):
    with pytest.raises(TypeError) as refused:
        ENDPOINTS[name].bind(args, kwargs)
    assert str(refused.value) == message


def test_the_openapi_document_is_json_whose_references_all_lead_somewhere():
    document = describe(ENDPOINTS.values(), "1.2.3")
    text = json.dumps(document)
    names = set(document["components"]["schemas"])
    assert {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]} <= names
    assert document["info"]["version"] == "1.2.3"
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert sorted(o["operationId"] for o in operations) == sorted(ENDPOINTS)


def test_every_module_with_endpoints_is_in_the_registry():
    """A new noun that nobody adds to the list would have no routes."""
    import importlib
    import pkgutil

    import penstock.contract

    modules = {
        importlib.import_module(f"penstock.contract.{found.name}")
        for found in pkgutil.iter_modules(penstock.contract.__path__)
    }
    declaring = {
        module
        for module in modules
        if any(
            getattr(value, "noun", None) == module.__name__.rpartition(".")[2]
            for value in vars(module).values()
        )
    }
    assert declaring == set(registry.NOUNS)
