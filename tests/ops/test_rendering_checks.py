"""Templates are checked when they are saved: what is wrong, where, and what was probably meant."""

import pytest

from penstock.server.rendering import WEBHOOK_NAMES, TemplateInvalid, check_template, check_tree


@pytest.mark.parametrize(
    "template",
    [
        "no template",
        "{{ event.payload.whatever.there.is }}",
        "{{ event.resource['prefect.resource.id'] }}",
        "{{ flow_run | ui_url }} {{ event | flow_run_id }} {{ flow | ui_resource_events_url }}",
        "{% for event in event.related %}{{ event.any }}{{ loop.index }}{% endfor %}",
        "{% set x = 1 %}{{ x }}{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1) }}",
        "{% if automation.name is defined and range(3) %}{{ flow.name | default('x') | upper }}{% endif %}",
        "{% for a in [1] %}{% for b in [1] %}{% endfor %}{% endfor %}",
    ],
)
def test_what_can_be_filled_passes(template):
    assert check_template(template) is None


@pytest.mark.parametrize(
    ("template", "message", "hint", "line"),
    [
        ("{{ evnt.id }}", "There is no 'evnt' here.", "Did you mean 'event'?", 1),
        ("\n{{ event.payloud.x }}", "'event' has no 'payloud'.", "Did you mean 'payload'?", 2),
        ("{{ event['payloud'] }}", "'event' has no 'payloud'.", "Did you mean 'payload'?", 1),
        ("{{ event.id | uper }}", "There is no filter 'uper'.", "Did you mean 'upper'?", 1),
        ("{{ event.id is defind }}", "There is no test 'defind'.", "Did you mean 'defined'?", 1),
        ("{{ xyzzy }}", "There is no 'xyzzy' here.", "There are: automation, deployment, event", 1),
        ("{{ event.id", "Unexpected end of template, expected 'end of print statement'.", None, 1),
        ("a\nb\n{% endif %}", "Encountered unknown tag 'endif'.", None, 3),
        ("{{ $HOME }}", "Unexpected char '$' at 3.", None, 1),
        ("{% include 'x' %}", "include is not there", None, 1),
        ("{% for x in [1] recursive %}{% endfor %}", "A loop may not be recursive.", None, 1),
        ("{% for a in [1] %}{% endfor %}" * 11, "A template has at most 10 loops", None, 1),
        (
            "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}{% endfor %}{% endfor %}{% endfor %}",
            "Loops are nested at most 2 deep, and here 3.",
            None,
            1,
        ),
        ("x" * 65_537 + "{{ event }}", "A template has at most 65536 characters.", None, 1),
    ],
)
def test_what_can_never_be_filled_is_found(template, message, hint, line):
    problem = check_template(template)
    assert problem.message.startswith(message)
    assert problem.line == line
    assert problem.hint == hint or problem.hint.startswith(hint)


def test_every_problem_of_a_value_names_its_place():
    tree = {
        "parameters": {"a": "{{ nope }}", "b": {"__prefect_kind": "jinja", "template": "{{ event.x }}"}},
        "job_variables": {"env": {"A": "{{ $HOME }} {{ prefect.variables.x }} {{ evnt }}"}},
        "tags": ["fine", "{{ x | y }}"],
    }
    found = check_tree(tree, late={"job_variables"})
    assert [problem.path for problem in found] == [
        "parameters.a",
        "parameters.b",
        "job_variables.env.A",
        "tags[1]",
        "tags[1]",
    ]
    refusal = TemplateInvalid(found)
    assert refusal.field == "parameters.a"
    assert str(refusal).startswith("parameters.a, line 1: There is no 'nope' here.")
    assert str(refusal).endswith("And 4 more.")
    assert [each["path"] for each in refusal.detail] == [problem.path for problem in found]


def test_what_only_the_worker_fills_is_not_known_elsewhere():
    problem = check_tree({"parameters": {"a": "{{ prefect.variables.x }}"}}, late={"job_variables"})[0]
    assert problem.message == "There is no 'prefect' here."


def test_a_webhook_has_names_of_its_own():
    assert check_template("{{ body.x }} {{ headers['x-event'] }} {{ query.q }}", names=WEBHOOK_NAMES) is None
    assert check_template("{{ event.id }}", names=WEBHOOK_NAMES).message == "There is no 'event' here."
