"""Templates that mean harm, or are careless: each is refused, or bounded in time, memory and output."""

import pytest
from tests.ops.test_rendering import CONTEXT, fill, refused

from penstock.server.rendering import Renderer, check_template
from penstock.server.rendering.renderer import RenderLimits

# As they are passed around for server-side template injection: ways from a value to the interpreter.
ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ [].__class__.__base__ }}",
    "{{ {}.__class__ }}",
    "{{ ().__class__.__bases__[0].__subclasses__()[40]('/etc/passwd').read() }}",
    "{{ 1 .__class__ }}",
    "{{ event.payload.__init__ }}",
    "{{ event.payload['__class__'] }}",
    "{{ event.__class__.__init__.__globals__ }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ namespace(x=1).__class__ }}",
    "{{ namespace(x=1)['__class__'] }}",
    "{{ range.__class__ }}",
    "{{ dict.__base__ }}",
    "{{ dict.fromkeys }}",
    "{{ dict.mro() }}",
    "{{ config }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ environment }}",
    "{{ context }}",
    "{{ $ui_url }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{0.__class__}'.format_map({}) }}",
    "{{ '%s'.__mod__ }}",
    "{{ ''.join.__self__ }}",
    "{{ ''.upper.__self__ }}",
    "{{ event.payload.map.keys.__self__ }}",
    "{{ event.payload.map.get.__func__ }}",
    "{{ (event.payload.map.items)|attr('__self__') }}",
    "{{ [1]|map('attr', '__class__')|list }}",
    "{{ ['']|map(attribute='__class__')|list }}",
    "{{ ['']|map(attribute='__class__.__mro__')|list }}",
    "{{ ['']|groupby('__class__') }}",
    "{{ ['']|sum(attribute='__class__') }}",
    "{{ ['']|selectattr('__class__')|list|first|attr('x') }}",
    "{{ [{}]|map('tojson')|map(attribute='__class__')|list }}",
    "{{ (()|select|list).append(1) }}",
    "{{ event.payload.list.append(1) }}",
    "{{ event.payload.map.update({'x': 1}) }}",
    "{{ event.payload.map.clear() }}",
    "{{ event.payload.map.pop('a') }}",
    "{{ event.payload.map.setdefault('x', 1) }}",
    "{% set x = event.payload.list.sort() %}{{ x }}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}{{ m._func }}",
    "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% from 'os' import system %}",
    "{% extends '/etc/passwd' %}",
    "{% block x %}{% endblock %}",
    "{% do event %}",
    "{{ open('/etc/passwd') }}",
    "{{ __import__('os') }}",
    "{{ [].pop.__self__.__class__ }}",
    "{{ (1).__add__(1) }}",
    "{{ 'a'.encode('idna') }}",
    "{{ 'abc'.translate({}) }}",
    "{{ caller() }}",
    "{{ None.__class__ }}",
    "{{ true.__class__ }}",
    "{{ event.payload.n.to_bytes(1, 'big') }}",
    "{{ event.payload.n.bit_length() }}",
    "{{ ui_url.__globals__ }}",
    "{{ ''|ui_url|attr('__class__') }}",
    "{% set ns = namespace() %}{% set ns.__class__ = 1 %}{{ ns.x }}",
]

TOO_MUCH = [
    "{{ range(10**9) }}",
    "{{ range(101) | list }}",
    "{{ range(-10**30, 10**30) }}",
    "{{ 'a'*10**9 }}",
    "{{ 10**9*'a' }}",
    "{{ [1]*10**9 }}",
    "{{ 9**9**9**9 }}",
    "{{ 2**100000 }}",
    "{{ (2**500) * (2**500) * (2**500) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '%.1000000000f' | format(1.0) }}",
    "{{ '%(a)99999d' | format(a=1) }}",
    "{{ 'a' | center(10**9) }}",
    "{{ 'a' | center(1000000000) }}",
    "{{ 'a' | indent(1000000000, true) }}",
    "{{ [1] | batch(1000000000, 'x') | list }}",
    "{{ 'a' | replace('', 'x' * 60000) | replace('', 'x' * 60000) | replace('', 'y' * 60000) }}",
    "{{ 'a'.replace('a', 'x' * 60000).replace('x', 'x' * 60000).replace('x', 'x' * 60000) }}",
    "{{ ('x' * 65000) ~ 'x' * 65000 }}",
    "{{ ['x' * 60000, 'x' * 60000] }}",
    "{{ 'x' * 60000 }}{{ 'x' * 60000 }}",
    "{% for i in range(100) %}{{ 'x' * 60000 }}{% endfor %}",
    "{% set ns = namespace(x={}) %}{% for i in range(100) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{{ g(n) }}{% endmacro %}{% macro g(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}",
    "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(9) %}{% endfor %}" * 11,
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 500 + "1" + "]" * 500 + " }}",
    "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "{{ 1" + " + 1" * 20000 + " }}",
    "{{ " + "not " * 20000 + "1 }}",
    "a" * 70_000 + "{{ 1 }}",
]


def looped(body: str) -> str:
    """A template that does something ten thousand times."""
    return "{% for i in range(100) %}{% for j in range(100) %}" + body + "{% endfor %}{% endfor %}"


def doubling(start: str, operator: str) -> str:
    """A template whose value is doubled a hundred times."""
    grow = "{% for i in range(100) %}{% set ns.x = ns.x OP ns.x %}{% endfor %}".replace("OP", operator)
    return "{% set ns = namespace(x=START) %}".replace("START", start) + grow + "{{ ns.x }}"


# What goes on for ever, or for too long, in our code or in that of a library.
TOO_LONG = [
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    looped("{% set x = ('x' * 60000) | wordwrap(1) | length %}"),
    looped("{% set y = ('x' * 60000 ~ j) | reverse | list | sort | join | length %}"),
    "{% set c = cycler(1, 2) %}" + looped("{% set y = (c.next() ~ 'a' * 60000) | wordcount %}"),
    looped("{% set z = ('<' * 60000) | striptags %}"),
    "{% macro f() %}"
    + looped("{{ caller() }}")
    + "{% endmacro %}"
    + "{% call f() %}" * 3
    + "{% endcall %}" * 3,
]
TOO_MUCH += [doubling("'ab'", "~"), doubling("'ab'", "+"), doubling("[1]", "+"), doubling("3**600", "*")]


@pytest.fixture(scope="module")
def renderer():
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def impatient():
    renderer = Renderer(RenderLimits(seconds=0.3))
    yield renderer
    renderer.close()


@pytest.mark.parametrize("template", ESCAPES)
@pytest.mark.cve
def test_nothing_leads_out_of_the_sandbox(renderer, template):
    for text in (template, f"in text: {template}"):
        problem = refused(renderer, text).problems[0]
        assert problem.message
        assert "object at 0x" not in problem.message
    assert fill(renderer, "{{ event.payload }}") == CONTEXT["event"]["payload"]


@pytest.mark.parametrize("template", TOO_MUCH, ids=lambda text: text[:40])
@pytest.mark.cve
def test_what_grows_too_large_is_refused(renderer, template):
    assert refused(renderer, template).problems[0].message
    assert fill(renderer, "{{ event.payload.n }}") == 42


@pytest.mark.parametrize("template", TOO_LONG, ids=lambda text: text[:40])
@pytest.mark.cve
def test_what_takes_too_long_is_ended(impatient, template):
    problem = refused(impatient, {"a": template}).problems[0]
    assert problem.path == "a"
    assert "longer than 0.3 s" in problem.message or "too deep" in problem.message
    assert fill(impatient, "") == ""


@pytest.mark.parametrize("template", [*ESCAPES, *TOO_MUCH, *TOO_LONG], ids=lambda text: text[:40])
def test_a_check_runs_nothing(template):
    """It answers here, in this process, whatever the template would do."""
    check_template(template)


@pytest.mark.cve
def test_data_is_data_and_never_a_template(renderer):
    context = {"event": {"payload": {"x": "{{ 7 * 7 }}{% for x in y %}", "y": ["{{ event }}"]}}}
    assert fill(renderer, "{{ event.payload.x }}", context) == "{{ 7 * 7 }}{% for x in y %}"
    assert fill(renderer, "a {{ event.payload.x }}", context) == "a {{ 7 * 7 }}{% for x in y %}"
    assert fill(renderer, "{{ event.payload }}", context) == context["event"]["payload"]


def test_large_data_is_read_and_small_parts_of_it_are_taken(renderer):
    context = {"event": {"payload": {"large": "x" * 1_400_000, "n": 1}}}
    assert fill(renderer, "{{ event.payload.n }}{{ event.payload.large | length }}", context) == "11400000"
    assert "65,536 bytes" in str(refused(renderer, "{{ event.payload.large }}", context))


def test_the_output_of_all_templates_together_is_bounded(renderer):
    tree = {str(n): "{{ 'x' * 30000 }}" for n in range(3)}
    assert [problem.path for problem in refused(renderer, tree).problems] == ["2"]


def test_others_go_on_while_one_is_stuck(impatient):
    for _ in range(3):
        refused(impatient, TOO_LONG[0])
    patient = Renderer()
    assert fill(patient, "{{ event.payload.n }}") == 42
    patient.close()
