"""What is taken from the wire, how it is refused, and that what is written can be read again."""

import contextlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.contract import codec
from penstock.contract.registry import ENDPOINTS
from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule


def body(name, text):
    return codec.decode_body(ENDPOINTS[name], text.encode())


def test_a_body_that_may_be_left_out_is_its_defaults():
    assert body("read_flow_runs", "") == ENDPOINTS["read_flow_runs"].body.default
    assert body("read_flow_runs", "null") == ENDPOINTS["read_flow_runs"].body.default
    assert body("read_flow_runs", "{}").limit == 200


def test_null_arguments_are_arguments_left_out():
    query = body("read_flow_runs", '{"limit": null, "sort": null, "flow_runs": null, "offset": 3}')
    assert (query.limit, query.sort, query.flow_runs, query.offset) == (200, "ID_DESC", None, 3)


def test_null_within_a_filter_is_a_value():
    query = body("read_flow_runs", '{"flow_runs": {"deployment_id": {"any_": null, "is_null_": true}}}')
    assert query.flow_runs.deployment_id.is_null_ is True


def test_arguments_that_nobody_knows_are_ignored():
    assert body("read_flow_runs", '{"flow_run": {}}') == ENDPOINTS["read_flow_runs"].body.default


def test_a_patch_tells_null_from_left_out():
    absent, null = body("update_deployment", "{}"), body("update_deployment", '{"description": null}')
    assert null.description is None
    assert absent.description is not None
    assert codec.encode(absent) == b"{}"
    assert codec.encode(null) == b'{"description":null}'


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        (
            '{"cron": "0 9 * * *", "timezone": "Europe/Berlin"}',
            CronSchedule(cron="0 9 * * *", timezone="Europe/Berlin"),
        ),
        ('{"interval": 90.0}', IntervalSchedule(interval=90.0)),
        ('{"interval": "PT1M30S"}', IntervalSchedule(interval=90.0)),
        ('{"rrule": "FREQ=DAILY"}', RRuleSchedule(rrule="FREQ=DAILY")),
    ],
)
def test_schedules_are_told_apart_by_their_keys(text, schedule):
    (given_,) = body("create_deployment_schedules", f'[{{"schedule": {text}}}]')
    assert given_.schedule == schedule
    assert codec.decode(type(given_), codec.encode(given_)) == given_


@pytest.mark.parametrize(
    ("name", "text", "field", "kind"),
    [
        ("create_flow", '{"name": "a", "colour": 1}', "colour", "extra_forbidden"),
        ("create_flow", "{}", "name", "missing"),
        ("create_flow", "", "body", "missing"),
        ("create_flow", "{", "body", "json_invalid"),
        ("create_flow", '{"name": "a/b"}', "name", "value_error"),
        ("create_flow", '{"name": 1}', "name", "value_error"),
        ("create_flow", '{"name": "\\ud800"}', "body", "json_invalid"),
        ("read_flow_runs", '{"limit": 201}', "limit", "value_error"),
        ("read_flow_runs", '{"sort": null, "limit": "5"}', "limit", "value_error"),
        ("read_flow_runs", '{"flow_runs": {"id": {"any_": ["x"]}}}', "flow_runs.id.any_[0]", "value_error"),
        ("read_flow_runs", '{"flow_runs": {"nam": {}}}', "flow_runs.nam", "extra_forbidden"),
        ("read_flow_runs", "[" * 100_000, "body", "value_error"),
        ("create_variable", '{"name": "a", "value": ' + "[" * 100_000, "body", "json_invalid"),
        (
            "create_logs",
            '[{"name":"a","level":1,"message":"","timestamp":"2024-01-01T00:00:00"}]',
            "[0].timestamp",
            "value_error",
        ),
        ("create_deployment", '{"name": "a", "flow_id": "x"}', "flow_id", "value_error"),
        (
            "create_deployment",
            f'{{"name": "a", "flow_id": "{UUID(int=1)}", "version_info": {{"type": "git"}}}}',
            "body",
            "value_error",
        ),
        ("create_work_pool", '{"name": "a", "concurrency_limit": -1}', "concurrency_limit", "value_error"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(name, text, field, kind):
    with pytest.raises(InvalidInput) as refused:
        body(name, text)
    assert refused.value.field == field
    (misfit,) = refused.value.detail
    assert misfit["type"] == kind
    assert misfit["loc"][0] == "body"
    assert misfit["msg"]


def test_a_schedule_that_cannot_be_used_says_why():
    with pytest.raises(InvalidInput, match="exactly one of cron, interval and rrule"):
        body("create_deployment_schedules", '[{"schedule": {"crom": "* * * * *"}}]')
    with pytest.raises(InvalidInput, match="zone"):
        body("create_deployment_schedules", '[{"schedule": {"cron": "* * * * *", "timezone": "Mars"}}]')


def test_parameters_are_typed():
    some_id = UUID(int=7)
    assert codec.decode_parameters(ENDPOINTS["read_flow"], {"id": str(some_id)}, {"x": "y"}) == {
        "id": some_id
    }
    assert codec.decode_parameters(ENDPOINTS["read_task_run_states"], {}, {"task_run_id": str(some_id)}) == {
        "task_run_id": some_id
    }


@pytest.mark.parametrize(
    ("name", "path", "query", "loc"),
    [
        ("read_flow", {"id": "7"}, {}, ["path", "id"]),
        ("read_flow_run_states", {}, {}, ["query", "flow_run_id"]),
        ("read_flow_run_states", {}, {"flow_run_id": "7"}, ["query", "flow_run_id"]),
    ],
)
def test_parameters_that_do_not_fit_are_named(name, path, query, loc):
    with pytest.raises(InvalidInput) as refused:
        codec.decode_parameters(ENDPOINTS[name], path, query)
    assert refused.value.detail[0]["loc"] == loc


def test_times_are_written_in_utc_with_a_z():
    log = {"name": "a", "level": 20, "message": "", "timestamp": datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC)}
    assert b'"2024-01-02T03:04:05.000006Z"' in codec.encode(log)


def test_a_body_that_is_declared_as_bytes_is_taken_as_it_is():
    assert codec.decode_body(ENDPOINTS["receive_webhook"], b"\xff{") == b"\xff{"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
WITH_BODY = [each for each in ENDPOINTS.values() if each.body and each.body.type is not bytes]
FIELDS = sorted({f for d in WITH_BODY for f in getattr(d.body.type, "__struct_fields__", ())})


@given(st.sampled_from(WITH_BODY), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6) | JSON)
def test_any_json_is_taken_or_refused_and_nothing_else(declared, value):
    with contextlib.suppress(InvalidInput):
        taken = codec.decode_body(declared, codec.encode(value))
        assert codec.decode_body(declared, codec.encode(taken)) == taken


@given(st.sampled_from(WITH_BODY), st.binary(max_size=40))
def test_any_bytes_are_taken_or_refused_and_nothing_else(declared, raw):
    with contextlib.suppress(InvalidInput):
        codec.decode_body(declared, raw)
