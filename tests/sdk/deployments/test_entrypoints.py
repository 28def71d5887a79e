"""Entrypoints: found, loaded as Python would, and kept within their source."""

import sys
import textwrap
import time
from pathlib import Path

import pytest

from penstock.domain.errors import NotFound
from penstock.sdk.deployments.entrypoints import (
    Entrypoint,
    EntrypointInvalid,
    find_file,
    load_entrypoint,
    parse_entrypoint,
)
from penstock.sdk.exceptions import MissingFlowError, ScriptError


class Flow:
    """What stands for a flow: any type can be asked for."""


@pytest.fixture
def root(tmp_path, own_imports):
    directory = tmp_path / "source"
    directory.mkdir()
    return directory


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        file = root / f"{name.replace('__', '/', 1)}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))


@pytest.mark.parametrize(
    ("text", "entrypoint"),
    [
        ("flow.py:f", Entrypoint("f", file="flow.py")),
        ("a b/c-d.py:Class.method", Entrypoint("Class.method", file="a b/c-d.py")),
        ("/abs/flow.py:f", Entrypoint("f", file="/abs/flow.py")),
        ("package.module:f", Entrypoint("f", module="package.module")),
        ("package.module.f", Entrypoint("f", module="package.module")),
        ("module:Class.method", Entrypoint("Class.method", module="module")),
    ],
)
def test_entrypoints_are_read(text, entrypoint):
    assert parse_entrypoint(text) == entrypoint
    assert parse_entrypoint(str(entrypoint)) == entrypoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flow",
        "flow.py",
        "flow.py:",
        ":f",
        "flow.py:f()",
        "a-b:f",
        "a..b:f",
        "x\0.py:f",
        "a/b:f",
    ],
)
def test_entrypoints_that_are_none(text):
    if text == "flow.py":  # reads as the module `flow` and its name `py`
        assert parse_entrypoint(text) == Entrypoint("py", module="flow")
        return
    with pytest.raises(EntrypointInvalid, match=r"path/to/file\.py:flow") as refusal:
        parse_entrypoint(text)
    assert refusal.value.field == "entrypoint"


def test_files_and_modules(root):
    write(root, flow="x = 1", package____init__="", package__inner="class C:\n    def m(self): ...")
    assert load_entrypoint("flow.py:x", root) == 1
    assert load_entrypoint("package/inner.py:C.m", root).__name__ == "m"
    assert load_entrypoint("package.inner:C", root) is load_entrypoint("package.inner.C", root)
    assert load_entrypoint(f"{root}/flow.py:x", root) == 1


def test_what_stands_beside_the_file_or_at_the_root_can_be_imported(root):
    write(
        root,
        shared="name = 'shared'",
        flows__beside="name = 'beside'",
        flows__flow="""
            import beside, shared
            from flows.beside import name
            def f():
                import late
                return late.x
            """,
        flows__late="x = 'late'",
    )
    flow = load_entrypoint("flows/flow.py:f", root)
    assert flow() == "late"
    assert sys.modules["shared"].name == "shared"


def test_a_module_is_there_while_it_is_executed(root):
    """Dataclasses, pickles and pydantic look it up."""
    write(
        root,
        models="""
            import dataclasses, sys
            @dataclasses.dataclass
            class A:
                b: int = 3
            me = sys.modules[__name__]
            """,
    )
    assert load_entrypoint("models.py:A", root)().b == 3
    assert load_entrypoint("models.py:me", root).A is load_entrypoint("models.py:A", root)


def test_a_file_keeps_its_plain_name_so_that_other_processes_can_import_it(root):
    write(root, my_flow="def f(): ...")
    assert load_entrypoint("my_flow.py:f", root).__module__ == "my_flow"


@pytest.mark.parametrize("name", ["json", "queue", "pytest", "with-dash", "3d"])
def test_names_that_are_taken_are_not_taken_over(root, name):
    (root / f"{name}.py").write_text("x = 'mine'")
    before = sys.modules.get(name)
    assert load_entrypoint(f"{name}.py:x", root) == "mine"
    assert sys.modules.get(name) is before


def test_two_files_of_one_name(root):
    write(root, a__flow="x = 'a'", b__flow="x = 'b'")
    assert [load_entrypoint(f"{place}/flow.py:x", root) for place in "aba"] == ["a", "b", "a"]


def test_two_sources_with_modules_of_one_name(root, tmp_path):
    other = tmp_path / "other"
    for directory in (root, other):
        directory.mkdir(exist_ok=True)
        text = f"x = {directory.name!r}"
        write(directory, helper=text, bare__m=text, package____init__=text, package__m=text)
        write(
            directory, flow="import bare.m, helper, package.m\nx = helper.x, bare.m.x, package.x, package.m.x"
        )
    for _ in range(2):
        assert load_entrypoint("flow.py:x", root) == ("source",) * 4
        assert load_entrypoint("flow.py:x", other) == ("other",) * 4


def test_a_file_is_executed_once_until_it_changes(root):
    write(root, flow="count = globals().get('count', 0) + 1\nobject_ = object()")
    first = load_entrypoint("flow.py:object_", root)
    assert load_entrypoint("flow.py:object_", root) is first
    write(root, flow="object_ = 'changed'  # and longer than it was before, whatever the clock says ......")
    assert load_entrypoint("flow.py:object_", root) == "changed"


def test_links_within_the_source_are_followed(root):
    write(root, real__flow="x = 1")
    (root / "link").symlink_to(root / "real")
    assert load_entrypoint("link/flow.py:x", root) == 1


def test_the_root_may_itself_be_a_link(root, tmp_path):
    write(root, flow="x = 1")
    (tmp_path / "link").symlink_to(root)
    assert load_entrypoint("flow.py:x", tmp_path / "link") == 1


@pytest.mark.parametrize(
    "text",
    [
        "../outside.py:x",
        "a/../../outside.py:x",
        "link.py:x",
        "linked/outside.py:x",
        "/etc/x.py:x",
        "{outside}/outside.py:x",
    ],
)
def test_nothing_outside_is_loaded(root, tmp_path, text):
    marker = tmp_path / "executed"
    (tmp_path / "outside.py").write_text(f"open({str(marker)!r}, 'w')\nx = 1")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "linked").symlink_to(tmp_path)
    with pytest.raises(EntrypointInvalid, match="leads out of its source"):
        load_entrypoint(text.format(outside=tmp_path), root)
    assert not marker.exists()


def test_a_module_by_a_link_that_leads_out(root, tmp_path):
    (tmp_path / "outside.py").write_text("x = 1")
    (root / "innocent.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(EntrypointInvalid, match="leads out"):
        load_entrypoint("innocent:x", root)


@pytest.mark.parametrize("text", ["os:system", "subprocess.run", "antigravity:x", "os.path:join"])
def test_modules_of_python_itself_are_no_source(root, text):
    with pytest.raises(EntrypointInvalid, match="of Python itself"):
        load_entrypoint(text, root)


def test_an_installed_package_may_be_named(root):
    assert load_entrypoint("msgspec:Struct", root).__name__ == "Struct"


def test_missing_files_and_modules_suggest_the_nearest(root):
    write(root, flows__daily="", other="", hidden__x="")
    (root / ".venv").mkdir()
    (root / ".venv/flows_daily.py").touch()
    with pytest.raises(NotFound, match=r"no file flows/dayly.py in .* Did you mean 'flows/daily.py'\?"):
        load_entrypoint("flows/dayly.py:f", root)
    with pytest.raises(NotFound, match=r"no module flows.dayly. Did you mean 'flows.daily'\?"):
        load_entrypoint("flows.dayly:f", root)
    with pytest.raises(NotFound, match=r"no module nothing_like_it\.$"):
        load_entrypoint("nothing_like_it:f", root)
    (root / "directory.py").mkdir()
    with pytest.raises(EntrypointInvalid, match="no file"):
        load_entrypoint("directory.py:f", root)


def test_a_search_for_the_nearest_file_is_bounded(root):
    for number in range(2_100):
        (root / f"f{number}.py").touch()
    (root / "below").mkdir()
    (root / "below/nearest_of_all.py").touch()
    began = time.process_time()
    with pytest.raises(NotFound):
        find_file(parse_entrypoint("zzz/nothing.py:f"), root)
    assert time.process_time() - began < 2


def test_missing_names_suggest_the_nearest_flow(root):
    write(
        root,
        flow="""
            from test_flows import Flow
            some_flow, another, _hidden = Flow(), Flow(), Flow()
            def helper(): ...
            """,
    )
    sys.modules["test_flows"] = sys.modules[__name__]
    with pytest.raises(
        MissingFlowError, match=r"flow.py has nothing named 'some_flo'. Did you mean 'some_flow'\?"
    ):
        load_entrypoint("flow.py:some_flo", root, Flow)
    with pytest.raises(MissingFlowError, match=r"It has: another, some_flow\."):
        load_entrypoint("flow.py:xyz", root, Flow)
    with pytest.raises(MissingFlowError, match="Did you mean 'helper'"):
        load_entrypoint("flow.py:helpr", root)
    write(root, empty="")
    with pytest.raises(MissingFlowError, match=r"nothing named 'f'\.$"):
        load_entrypoint("empty.py:f", root)


def test_something_that_is_no_flow(root):
    write(root, plain="def f(): ...", flow="from test_flows import Flow\nflow = Flow()\ndef f(): ...\nx = 3")
    sys.modules["test_flows"] = sys.modules[__name__]
    with pytest.raises(
        EntrypointInvalid, match=r"is of the type function, and no flow. Decorate it with @flow."
    ):
        load_entrypoint("plain.py:f", root, Flow)
    with pytest.raises(EntrypointInvalid, match=r"There are: flow\."):
        load_entrypoint("flow.py:x", root, Flow)
    assert isinstance(load_entrypoint("flow.py:flow", root, Flow), Flow)


@pytest.mark.parametrize("text", ["broken.py:f", "broken:f"])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1/0", "raised ZeroDivisionError: division by zero"),
        ("def f(:", "raised SyntaxError"),
        ("import nothing_of_that_name", "raised ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import sys; sys.exit(3)", "raised SystemExit: 3"),
    ],
)
def test_code_that_fails_to_load(root, text, code, message):
    write(root, broken=code)
    with pytest.raises(ScriptError, match=message) as failure:
        load_entrypoint(text, root)
    assert isinstance(failure.value.user_exc, Exception)
    assert "broken" not in sys.modules


def test_who_interrupts_is_not_hidden(root):
    write(root, flow="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_entrypoint("flow.py:f", root)


def test_our_own_errors_come_through(root):
    write(root, flow="from penstock.domain.errors import NotFound\nraise NotFound('own')")
    with pytest.raises(NotFound, match="own"):
        load_entrypoint("flow.py:f", root)


def test_loading_is_fast(root):
    write(root, flow="x = 1")
    load_entrypoint("flow.py:x", root)
    began = time.process_time()
    for _ in range(200):
        load_entrypoint("flow.py:x", root)
    assert time.process_time() - began < 0.5
