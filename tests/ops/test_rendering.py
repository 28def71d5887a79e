"""Templates that are filled: what becomes of them, and what is said of those that can't be."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.server.rendering import Renderer, RenderError, names_in, variables_named
from penstock.server.rendering.renderer import RenderLimits

FLOW_RUN = "prefect.flow-run.7e4b1a9c-0000-0000-0000-000000000001"
EVENT = {
    "id": "e1",
    "event": "order.paid",
    "occurred": "2026-03-29T01:00:00+00:00",
    "received": None,
    "resource": {"prefect.resource.id": FLOW_RUN, "prefect.resource.name": "gray-owl", "x": "y"},
    "related": [
        {"prefect.resource.id": "prefect.flow.f1", "prefect.resource.role": "flow"},
        {"prefect.resource.id": "prefect.deployment.d1", "prefect.resource.role": "deployment"},
    ],
    "payload": {
        "n": 42,
        "ratio": 0.5,
        "yes": True,
        "nothing": None,
        "name": "ada",
        "list": [1, "two", None],
        "map": {"a": {"b": [1]}},
        "items": "a key that is called like a method",
        "color": "red",
    },
    "follows": None,
}
CONTEXT = {
    "event": EVENT,
    "flow_run": {"id": "7e4b1a9c-0000-0000-0000-000000000001", "name": "gray-owl", "state": "Failed"},
    "work_pool": {"id": "p1", "name": "my pool"},
    "automation": {"id": "a1", "name": "on order"},
}
UI = {"ui_url": "http://penstock.test/"}


@pytest.fixture(scope="module")
def renderer():
    renderer = Renderer()
    yield renderer
    renderer.close()


def fill(renderer, templates, context=CONTEXT, **options):
    """Without an event loop: everything happens in this thread."""
    coroutine = renderer.render(templates, context, **options)
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value


def refused(renderer, templates, context=CONTEXT, **options) -> RenderError:
    with pytest.raises(RenderError) as refusal:
        renderer.render(templates, context, **options).send(None)
    return refusal.value


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("no template", "no template"),
        ("{{ event.payload.n }}", 42),
        ("{{event.payload['n']}}", 42),
        ("{{ event.payload.n + 1 }}", 43),
        ("{{ event.payload.ratio }}", 0.5),
        ("{{ event.payload.yes }}", True),
        ("{{ event.payload.nothing }}", None),
        ("{{ event.payload.name }}", "ada"),
        ("{{ event.payload.list }}", [1, "two", None]),
        ("{{ event.payload.map }}", {"a": {"b": [1]}}),
        ("{{ event.payload.list | first }}", 1),
        ("{{ event.payload.list[-1] }}", None),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ {'a': event.payload.n} }}", {"a": 42}),
        ("{{ range(3) | list }}", [0, 1, 2]),
        ("{{ event.payload.n | string }}", "42"),
        ("{{ event.payload.items }}", "a key that is called like a method"),
        ("{{ event.payload.missing | default('other') }}", "other"),
        ("{{ event.payload.missing is defined }}", False),
        ("{{ event.resource.name }}", "gray-owl"),
        ("{{ event.resource.id }}", FLOW_RUN),
        ("{{ event.resource['prefect.resource.name'] }}", "gray-owl"),
        ("{{ event.related[0].role }}", "flow"),
        ("{{ event.payload.name.upper() }}", "ADA"),
        ("{{ event.payload.map.keys() | list }}", ["a"]),
        ("{{ event.payload.map | tojson }}", '{"a":{"b":[1]}}'),
    ],
)
def test_a_template_that_is_the_whole_value_keeps_its_type(renderer, template, value):
    filled = fill(renderer, template)
    assert filled == value
    assert type(filled) is type(value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("n={{ event.payload.n }}", "n=42"),
        (" {{ event.payload.n }}", " 42"),
        ("{{ event.payload.n }}\n", "42\n"),
        ("{{ event.payload.n }}{{ event.payload.n }}", "4242"),
        ("[{{ event.payload.yes }}]", "[true]"),
        ("[{{ event.payload.nothing }}]", "[]"),
        ("[{{ event.payload.map }}]", '[{"a":{"b":[1]}}]'),
        ("{{ 'n ' ~ event.payload.n ~ event.payload.yes }}!", "n 42true!"),
        ("{% if event.payload.n > 40 %}many{% else %}few{% endif %}", "many"),
        ("{% for x in event.payload.list %}{{ loop.index }}:{{ x }} {% endfor %}", "1:1 2:two 3: "),
        ("{% set x = event.payload.n %}{{ x * 2 }}", "84"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a{# nothing #}b", "ab"),
        ("<{{ '<b>' | e }}>", "<&lt;b&gt;>"),
        ("{{ '%.2f' | format(event.payload.ratio) }} of 1", "0.50 of 1"),
        ("é{{ 'ß' }}", "éß"),
    ],
)
def test_in_longer_text_a_value_becomes_text(renderer, template, text):
    assert fill(renderer, template) == text


def shown_in_the_document() -> list[tuple[str, str]]:
    """The templates of the table in the document, and what they become."""
    text = (Path(__file__).parents[2] / "docs" / "automations.md").read_text()
    rows = re.findall(r"^\| `(\{.*|n is .*)` \| `(.*)` \|$", text.partition("## Templates")[2], re.MULTILINE)
    return [(template.replace("\\|", "|"), value) for template, value in rows]


@pytest.mark.parametrize(("template", "value"), shown_in_the_document())
def test_templates_become_what_the_document_shows(renderer, template, value):
    payload = {"n": 42, "ok": True, "who": "ada", "tags": ["a"], "none": None}
    labels = {"prefect.resource.id": "prefect.flow-run.1", "prefect.resource.name": "gray-owl"}
    context = {"event": {**EVENT, "resource": labels, "payload": payload}}
    assert fill(renderer, template, context) == json.loads(value)


def test_the_document_shows_templates():
    assert len(shown_in_the_document()) == 11


def test_a_whole_tree_is_filled_from_one_context(renderer):
    tree = {
        "parameters": {"n": "{{ event.payload.n }}", "deep": [{"x": "a{{ 1 }}"}]},
        "name": "plain",
        "k": 1,
    }
    filled = fill(renderer, tree)
    assert filled == {"parameters": {"n": 42, "deep": [{"x": "a1"}]}, "name": "plain", "k": 1}
    assert tree["parameters"]["n"] == "{{ event.payload.n }}"


def test_values_of_the_kinds_that_pages_write(renderer):
    tree = {
        "jinja": {"__prefect_kind": "jinja", "template": "{{ event.payload.n }}"},
        "plain": {"__prefect_kind": "jinja", "template": "no template"},
        "json": {"__prefect_kind": "json", "value": '{"n": {{ event.payload.n }}}'},
        "none": {"__prefect_kind": "none", "value": {"x": "{{ event.payload.name }}"}},
        "variable": {"__prefect_kind": "workspace_variable", "variable_name": "limits"},
    }
    assert variables_named(tree) == {"limits"}
    assert fill(renderer, tree, variables={"limits": {"cpu": 2}}) == {
        "jinja": 42,
        "plain": "no template",
        "json": {"n": 42},
        "none": {"x": "ada"},
        "variable": {"cpu": 2},
    }
    assert "no variable 'limits'" in str(refused(renderer, tree))
    assert "not JSON" in str(
        refused(renderer, {"__prefect_kind": "json", "value": "{{ event.payload.name }}"})
    )
    assert "no kind" in str(refused(renderer, {"__prefect_kind": "block", "value": 1}))


def test_links_to_pages_of_resources(renderer):
    base = "http://penstock.test"
    templates = {
        "{{ flow_run | ui_url }}": f"{base}/runs/7e4b1a9c-0000-0000-0000-000000000001",
        "{{ event.resource | ui_url }}": f"{base}/runs/7e4b1a9c-0000-0000-0000-000000000001",
        "{{ event.related[1] | ui_url }}": f"{base}/deployments/d1",
        "{{ work_pool | ui_url }}": f"{base}/work-pools/my%20pool",
        "{{ automation | ui_url }}": f"{base}/automations/a1",
        "{{ 'prefect.flow.f1' | ui_url }}": f"{base}/flows/f1",
        "{{ event.related[0] | ui_resource_events_url }}": (
            f"{base}/events?q=resource%3Aprefect.flow.f1%20since%3Aever"
        ),
        "{{ event | flow_run_id }}": "7e4b1a9c-0000-0000-0000-000000000001",
        "{{ event.resource | flow_run_id }}": "7e4b1a9c-0000-0000-0000-000000000001",
        "{{ flow_run | flow_run_id }}": "7e4b1a9c-0000-0000-0000-000000000001",
    }
    assert fill(renderer, list(templates), **UI) == list(templates.values())
    assert "no resource" in str(refused(renderer, "{{ event.payload | ui_url }}", **UI))
    assert "No flow run" in str(refused(renderer, "{{ work_pool | flow_run_id }}"))
    assert "PENSTOCK_UI_URL" in str(refused(renderer, "{{ flow_run | ui_url }}"))


LATE = {"late": {"job_variables"}}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ prefect.variables.x }}", "{{ prefect.variables.x }}"),
        ("{{ $HOME }}", "{{ $HOME }}"),
        ("{{ penstock.secrets.db }}", "{{ penstock.secrets.db }}"),
        ("{{ prefect.blocks.secret.db.value }}", "{{ prefect.blocks.secret.db.value }}"),
        ("{{ ctx.flow_run.name }}", "{{ ctx.flow_run.name }}"),
        ("{{ $A | default('x') }}-{{ event.payload.n }}", "{{ $A | default('x') }}-42"),
        (
            "{{ event.payload.name }}:{{ penstock.secrets.db }}@{{ $HOST }}",
            "ada:{{ penstock.secrets.db }}@{{ $HOST }}",
        ),
        ("{% if event.payload.yes %}{{ $A }}{% else %}{{ $B }}{% endif %}", "{{ $A }}"),
        ("{{ event.payload.n }}", 42),
    ],
)
def test_what_the_worker_fills_is_left_as_it_is_written(renderer, template, value):
    assert fill(renderer, {"job_variables": {"env": {"X": template}}}, **LATE) == {
        "job_variables": {"env": {"X": value}}
    }


@pytest.mark.parametrize(
    "smuggled",
    [
        "{{ penstock.secrets.db }}",
        "x {{ prefect.variables.y }} z",
        "{{ $HOME }}",
        "{{ image }}",
        ["{{ $HOME }}"],
        {"a": {"b": "{{ ctx.flow_run.name }}"}},
        {"$ref": {"block_document_id": "7e4b1a9c"}},
    ],
)
@pytest.mark.parametrize("template", ["{{ event.payload.x }}", "{{ $HOME }} and {{ event.payload.x }}"])
def test_an_event_brings_no_placeholder_along(renderer, template, smuggled):
    context = {"event": {"payload": {"x": smuggled}}}
    tree = {"job_variables": {"env": {"X": template}}}
    if "and" in template and isinstance(smuggled, dict) and "$ref" in smuggled:
        assert (
            "$ref" in fill(renderer, tree, context, **LATE)["job_variables"]["env"]["X"]
        )  # as text: harmless
        return
    problem = refused(renderer, tree, context, **LATE).problems[0]
    assert problem.path == "job_variables.env.X"
    assert "placeholder" in problem.message
    # Nobody looks at parameters again.
    assert fill(renderer, {"parameters": "{{ event.payload.x }}"}, context, **LATE) == {
        "parameters": smuggled
    }


def test_a_placeholder_is_not_put_together_from_pieces(renderer):
    context = {"event": {"payload": {"x": "{{ penstock.secrets", "y": "db }}"}}}
    tree = {"job_variables": "{{ event.payload.x }}.{{ event.payload.y }}"}
    assert "placeholder" in str(refused(renderer, tree, context, **LATE))


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ event.payload.colour }}", "'event.payload' has no 'colour'. Did you mean 'color'?"),
        ("a {{ event.payload.colour }}", "'event.payload' has no 'colour'. Did you mean 'color'?"),
        ("{{ event.payload.map.x.y }}", "'event.payload.map' has no 'x'."),
        ("{{ [event.payload.colour] }}", "'event.payload' has no 'colour'. Did you mean 'color'?"),
        ("{{ event.payload.list[7] }}", "'event.payload.list' has no 7."),
        ("{{ event.payload.n.real }}", "Integer has no 'real'."),
        ("{{ evnt.id }}", "There is no 'evnt' here. Did you mean 'event'?"),
        ("{% for x in event.payload.lists %}{% endfor %}", "'event.payload' has no 'lists'."),
        ("{{ event.payload.n + 'a' }}", "Unsupported operand type(s) for +: 'int' and 'str'."),
        ("{{ event.payload.map.keys }}", "This is something to be called, and no value. Put () after it."),
        ("{{ 'inf' | float }}", "Inf is no number that JSON has."),
        ("a{{ 'nan' | float }}", "Nan is no number that JSON has."),
        ("{{ 2 ** 64 }}", "This number has more than 64 bits."),
        ("{{ '\\ud800' }}", "'utf-8' codec can't encode character"),
        ("a{{ '\\ud800' }}", "'utf-8' codec can't encode character"),
        ("{{ {1: 2} }}", "The keys of a map are texts."),
        ("{{ event.payload.list | map('string') }}", "This is a sequence that is made step by step."),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero."),
        ("{{ x | nope }}", "There is no filter 'nope'."),
        ("{{ event.", "Expected name or number"),
        ("{% if true %}", "Unexpected end of template."),
    ],
)
def test_what_fails_says_why_and_is_no_value(renderer, template, message):
    problem = refused(renderer, {"a": {"b": template}}).problems[0]
    assert problem.path == "a.b"
    assert problem.message.startswith(message)


def test_a_failure_names_line_and_place_of_each(renderer):
    problems = refused(
        renderer, {"ok": "{{ 1 }}", "a": "\n\n{{ event.payload.x }}", "b": ["{{ nope }}"]}
    ).problems
    assert [(each.path, each.line) for each in problems] == [("a", 3), ("b[0]", 1)]


def test_only_what_is_used_needs_to_be_there():
    tree = {
        "a": "{{ event.payload.x }}",
        "b": ["{{ event.id }}{% for event in flow_run.tags %}{{ event }}{{ automation.name }}{% endfor %}"],
        "c": {"__prefect_kind": "jinja", "template": "{{ work_pool.name | upper }}"},
        "job_variables": "{{ prefect.variables.x }} {{ $HOME }} {{ deployment.name }}",
        "d": "{% set ns = namespace(x=1) %}{{ ns.x }} {{ range(3) }}",
    }
    assert names_in(tree, late={"job_variables"}) == {
        "event",
        "flow_run",
        "automation",
        "work_pool",
        "deployment",
        "ns",
    }


def test_renders_run_beside_each_other_from_threads_and_on_a_loop(renderer):
    def number(n):
        return fill(renderer, "{{ event.payload.n }}", {"event": {"payload": {"n": n}}})

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(number, range(64))) == list(range(64))

    async def many():
        contexts = [{"event": {"payload": {"n": n}}} for n in range(64)]
        return await asyncio.gather(*(renderer.render("{{ event.payload.n }}", each) for each in contexts))

    assert asyncio.run(many()) == list(range(64))


def test_a_process_that_was_killed_is_replaced():
    renderer = Renderer(at_once=1)
    assert fill(renderer, "{{ 1 }}") == 1
    (process,) = renderer._idle
    os.kill(process._popen.pid, signal.SIGKILL)
    process._popen.wait()
    assert fill(renderer, "{{ 2 }}") == 2
    renderer.close()
    assert renderer._idle == []
    assert fill(renderer, "{{ 3 }}") == 3
    renderer.close()


def test_the_process_is_confined():
    renderer = Renderer(RenderLimits(memory=200_000_000))
    fill(renderer, "{{ 1 }}")
    pid = renderer._idle[0]._popen.pid
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    limits = {line[:25].strip(): line[25:].split()[0] for line in lines}
    assert "PATH" not in Path(f"/proc/{pid}/environ").read_text()
    renderer.close()
    assert limits["Max address space"] == "200000000"
    assert limits["Max open files"] == limits["Max file size"] == limits["Max core file size"] == "0"


def test_without_templates_no_engine_is_loaded_and_no_process_started():
    program = (
        "import sys\n"
        "import penstock.server.app\n"
        "from penstock.server.rendering import renderer, check_tree\n"
        "from penstock.colourless import run_sync\n"
        "assert run_sync(renderer.render({'a': 'plain'}, {})) == {'a': 'plain'}\n"
        "assert check_tree({'a': 'plain'}) == []\n"
        "assert renderer._idle == [] and 'jinja2' not in sys.modules and 'h11' not in sys.modules\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
