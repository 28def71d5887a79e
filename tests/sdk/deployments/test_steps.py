"""Steps: real shells, a real git server, a real pip."""

import asyncio
import base64
import hashlib
import inspect
import io
import os
import signal
import sys
import zipfile
from pathlib import Path

import pytest

from penstock.domain.errors import InvalidInput
from penstock.domain.templates import MISSING
from penstock.sdk.deployments import steps_core
from penstock.sdk.deployments.step_functions import INPUTS, parse_step, step
from penstock.sdk.deployments.steps import StepFailed, pull_code, run_steps

PREFIX = "penstock.deployments.steps."


@pytest.fixture
def run(working_directory):
    """Runs steps in an empty directory, and keeps what they say."""

    def run(*steps, **options):
        options.setdefault("environ", {})
        return run_steps(list(steps), log=run.said.append, **options)

    run.said = []
    return run


def shell(script: str, **inputs):
    return step("run_shell_script", script=script, **inputs)


@pytest.fixture
def user_module(tmp_path, monkeypatch, own_imports):
    """A module of the user's with steps."""
    (tmp_path / "my_steps.py").write_text(
        """
import asyncio

def add(a, b=1):
    return {"sum": a + b, 3: "three"}

async def later(x):
    await asyncio.sleep(0)
    return {"x": x}

async def fails_later():
    raise KeyError("late")

def fails():
    raise ValueError("broken")

def ends():
    raise SystemExit(3)

def gives_nothing():
    return None

class Steps:
    text = "no function"

not_a_function = 3
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "my_steps"


# Names


@pytest.mark.parametrize(
    "name",
    [
        "penstock.deployments.steps.git_clone",
        "prefect.deployments.steps.git_clone",
        "prefect.deployments.steps.pull.git_clone",
        "penstock.deployments.steps.pull.git_clone",
    ],
)
def test_both_prefixes_and_the_modules_mean_ours(name):
    assert parse_step({name: {"repository": "x"}}).built_in == "git_clone"


@pytest.mark.parametrize(
    "name", ["prefect.deployments.steps.core.run_shell_script", "my.git_clone", "prefectly.git"]
)
def test_other_names(name):
    assert parse_step({name: None}).built_in in (None, "run_shell_script")


def test_the_names_of_our_steps_and_their_inputs_are_those_of_the_functions():
    for name, inputs in INPUTS.items():
        own = [known for known in inspect.signature(getattr(steps_core, name)).parameters if known != "log"]
        assert tuple(own) == inputs


def test_nothing_runs_when_a_step_cannot_be_read(run, working_directory):
    with pytest.raises(InvalidInput):
        run(shell("touch made"), {"prefect.deployments.steps.nope": {}})
    assert list(working_directory.iterdir()) == []


# Outputs


def test_outputs_pass_on_by_id_and_by_key(run):
    outputs = run(
        shell("echo one", id="first"),
        shell("echo {{ first.stdout }}-{{ stdout }}", id="second"),
        shell("echo {{ first.stdout }} {{ second.stdout }}"),
    )
    assert outputs["first"] == {"stdout": "one", "stderr": ""}
    assert outputs["second"]["stdout"] == "one-one"
    assert outputs["stdout"] == "one one-one"


def test_an_output_that_nobody_has_is_an_error(run):
    with pytest.raises(StepFailed, match=r"Step 1.*\{\{ nope.stdout \}\} has no value: no step before"):
        run(shell("echo {{ nope.stdout }}"))
    assert run(shell("echo {{ nope.stdout | default('d') }}"))["stdout"] == "d"


def test_outputs_of_earlier_steps_can_be_given(run):
    assert run(shell("echo {{ image }}"), outputs={"image": "i"})["stdout"] == "i"


def test_environment_and_references_are_filled(run):
    seen = []

    def references(placeholder):
        seen.append(placeholder.name)
        return MISSING if placeholder.name.endswith("nothing") else "resolved"

    outputs = run(
        shell("echo {{ $A }} {{ prefect.secrets.tok }} {{ $B | default('b') }} [{{ $UNSET }}] {{ ctx.x }}"),
        environ={"A": "a"},
        references=references,
    )
    assert outputs["stdout"] == "a resolved b [] {{ ctx.x }}"
    assert seen == ["penstock.secrets.tok"]
    with pytest.raises(StepFailed, match="has no value"):
        run(shell("echo {{ penstock.secrets.nothing }}"), references=references)
    with pytest.raises(StepFailed, match="set it: please"):
        run(shell("echo {{ $UNSET | required('set it: please') }}"))


def test_what_is_filled_in_is_not_looked_at_again(run):
    assert run(shell("echo '{{ $A }}'"), environ={"A": "{{ $B }}", "B": "b"})["stdout"] == "{{ $B }}"


def test_without_a_resolver_references_stay(run):
    assert run(shell("echo '{{ penstock.secrets.s }}'"))["stdout"] == "{{ penstock.secrets.s }}"


# The user's functions


def test_a_function_of_the_user_s(run, user_module):
    outputs = run(
        {f"{user_module}.add": {"id": "s", "a": 2}},
        {f"{user_module}.later": {"x": "{{ s.sum }}"}},
        {f"{user_module}.gives_nothing": None},
    )
    assert outputs == {"sum": 3, "3": "three", "s": {"sum": 3, "3": "three"}, "x": 3}


def test_an_async_function_inside_an_event_loop(run, user_module):
    async def main():
        return run({f"{user_module}.later": {"x": 1}})

    assert asyncio.run(main()) == {"x": 1}


@pytest.mark.parametrize(
    ("function", "inputs", "message"),
    [
        ("fails", {}, r"Step 1, my_steps.fails \(id me\), failed: ValueError: broken"),
        ("fails_later", {}, "KeyError: 'late'"),
        ("add", {"c": 1}, "inputs do not fit: missing a required argument"),
        ("add", {"a": 1, "c": 1}, "unexpected keyword argument 'c'"),
        ("nope", {}, "cannot be imported: module 'my_steps' has no attribute 'nope'. Name the package"),
        ("not_a_function", {}, "is not a function"),
    ],
)
def test_failures_name_the_step(run, user_module, function, inputs, message):
    with pytest.raises(StepFailed, match=message) as failure:
        run({f"{user_module}.{function}": {"id": "me", **inputs}}, shell("touch after"))
    assert failure.value.step.id == "me"
    assert not Path("after").exists()


def test_a_module_that_is_not_there(run):
    with pytest.raises(StepFailed, match="no_such_package"):
        run({"no_such_package.step": {}})


def test_who_ends_the_process_may(run, user_module):
    with pytest.raises(SystemExit):
        run({f"{user_module}.ends": {}})


def test_a_function_without_a_signature(run):
    assert run({"builtins.dict": {"a": 1}}) == {"a": 1}


# Shell scripts


def test_each_line_is_a_command_and_none_goes_through_a_shell(run):
    outputs = run(shell("# comment\n\necho a; b\necho '$HOME' \\\n  c\necho 'two words' | cat"))
    assert outputs["stdout"] == "a; b\n$HOME c\ntwo words | cat"


def test_with_shell_it_is_one_script(run):
    outputs = run(shell("x=1\nif true; then echo $x | cat; fi\ncd /\npwd", shell=True))
    assert outputs["stdout"] == "1\n/"
    with pytest.raises(StepFailed, match="exit code 3"):
        run(shell("exit 3\necho unreached", shell=True))


def test_environment_variables_of_the_script(run, monkeypatch):
    monkeypatch.setenv("OUTER", "outer")
    script = "echo $OUTER ${INNER} $UNKNOWN\nsh -c 'echo $INNER'"
    env = {"INNER": 5}
    assert run(shell(script, env=env))["stdout"] == "$OUTER ${INNER} $UNKNOWN\n5"
    assert run(shell(script, env=env, expand_env_vars=True))["stdout"] == "outer 5 $UNKNOWN\n5"


def test_streams_and_their_order(run):
    outputs = run(shell("sh -c 'echo out; echo err >&2'"))
    assert outputs == {"stdout": "out", "stderr": "err"}
    assert {"out", "err"} <= set(run.said)
    run.said.clear()
    assert run(shell("echo quiet", stream_output=False))["stdout"] == "quiet"
    assert "quiet" not in run.said


def test_directories(run, working_directory):
    (working_directory / "below").mkdir()
    assert run(shell("pwd", directory="below"))["stdout"] == str(working_directory / "below")
    with pytest.raises(StepFailed, match="No such file"):
        run(shell("pwd", directory="nowhere"))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("false\ntouch after", "false ended with exit code 1"),
        ("sh -c 'echo why >&2; exit 7'", "exit code 7: why"),
        ("no-such-command x", "no-such-command cannot be run: No such file"),
        ("echo 'open", "cannot be split: No closing quotation"),
        ("sh -c 'kill -9 $$'", "exit code -9"),
    ],
)
def test_the_first_command_that_fails_ends_it(run, script, message):
    with pytest.raises(StepFailed) as failure:
        run(shell(script))
    assert message in str(failure.value)
    assert not Path("after").exists()


def test_a_lot_of_output_is_bounded(run):
    program = "for i in range(40): print(str(i % 10) * 50_000)"
    Path("loud.py").write_text(program)
    outputs = run(shell(f"{sys.executable} loud.py", stream_output=False))
    assert 900_000 < len(outputs["stdout"]) <= 1024 * 1024
    assert outputs["stdout"].endswith("9" * 50_000)


def test_one_endless_line_is_bounded(run):
    Path("loud.py").write_text("print('x' * 5_000_000)")
    assert len(run(shell(f"{sys.executable} loud.py", stream_output=False))["stdout"]) <= 1024 * 1024


def test_what_a_command_leaves_behind_is_not_waited_for(run, monkeypatch):
    monkeypatch.setattr(steps_core, "_GRACE", 0.1)
    outputs = run(shell("sleep 30 & echo pid $!", shell=True))
    os.kill(int(outputs["stdout"].split()[1]), 9)


def test_who_interrupts_ends_the_command_too(run):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            run(shell("echo $$; exec sleep 30", shell=True))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if pids := [line for line in run.said if line.isdigit()]:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pids[0]), 0)


def test_bytes_that_are_no_text(run):
    assert run(shell(r"printf '\377x'"))["stdout"] == "\N{REPLACEMENT CHARACTER}x"


# Having the code


def test_cloning_and_working_there(run, git_server, working_directory):
    repository = git_server.repository("flows")
    repository.commit({"flow.py": "x = 1", "requirements.txt": ""}, branch="team/side")
    code = pull_code(
        [
            step("git_clone", id="clone", repository=repository.url, branch="team/side"),
            step("set_working_directory", directory="{{ clone.directory }}"),
        ],
        environ={},
    )
    assert code == working_directory / "flows-team-side" == Path.cwd()
    assert (code / "flow.py").exists()


def test_a_private_repository_by_a_reference(private_git_server, working_directory):
    repository = private_git_server.repository("flows")
    repository.commit({"flow.py": ""})
    pull = [
        {
            "prefect.deployments.steps.pull.git_clone": {
                "repository": repository.url,
                "access_token": "{{ prefect.blocks.secret.token }}",
                "clone_directory_name": "code",
                "directories": ["a"],
                "include_submodules": False,
            }
        }
    ]
    assert pull_code(pull, environ={}, references=lambda _: "s3cret/token") == working_directory / "code"
    with pytest.raises(StepFailed) as failure:
        pull_code(pull, environ={}, references=lambda _: "wr0ng")
    assert "wr0ng" not in str(failure.value)
    with pytest.raises(StepFailed, match="only workers resolve"):
        pull_code(pull, environ={})


def test_without_steps_the_code_is_here(working_directory):
    assert pull_code([], environ={}) == working_directory


def test_a_working_directory_that_is_not_there(run):
    with pytest.raises(StepFailed, match="nowhere cannot be entered: No such file"):
        run(step("set_working_directory", directory="nowhere"))


@pytest.mark.parametrize(
    "inputs",
    [
        {"commit_sha": "--upload-pack=touch x"},
        {"branch": "-x"},
        {"directories": ["--stdin"]},
        {"clone_directory_name": "../out"},
        {"repository": "ext::touch x"},
    ],
)
@pytest.mark.cve
def test_values_that_git_must_not_see(run, working_directory, inputs):
    with pytest.raises(StepFailed):
        run(step("git_clone", **{"repository": "https://127.0.0.1:1/x.git", **inputs}))
    assert list(working_directory.iterdir()) == []


# Packages


@pytest.fixture
def packages(tmp_path, monkeypatch, own_imports):
    """A directory with the only package that pip can find, and another that it installs into."""
    index, target = tmp_path / "index", tmp_path / "target"
    index.mkdir()
    target.mkdir()
    info = "penstock_step_demo-1.0.dist-info"
    files = {
        "penstock_step_demo.py": "def step(x):\n    return {'y': x + 1}\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: penstock_step_demo\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    (index / "penstock_step_demo-1.0-py3-none-any.whl").write_bytes(content.getvalue())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_TARGET", str(target))
    monkeypatch.syspath_prepend(target)
    return target


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def test_a_required_package_is_installed_when_it_is_missing(run, packages):
    needs = {"penstock_step_demo.step": {"requires": "penstock-step-demo", "x": 1}}
    assert run(needs) == {"y": 2}
    assert (packages / "penstock_step_demo.py").exists()
    assert "Installing penstock-step-demo." in run.said
    run.said.clear()
    assert run(needs) == {"y": 2}
    assert "Installing penstock-step-demo." not in run.said


def test_a_required_package_that_nobody_has(run, packages):
    with pytest.raises(StepFailed, match="no-such-package-at-all"):
        run({"a.b": {"requires": ["pytest", "no-such-package-at-all==1"]}})
    assert "Installing no-such-package-at-all==1." in run.said


def test_requirements_of_a_file(run, packages, working_directory):
    (working_directory / "code").mkdir()
    (working_directory / "code/requirements.txt").write_text("penstock-step-demo==1.0\n")
    run(step("pip_install_requirements", directory="code"))
    assert (packages / "penstock_step_demo.py").exists()


@pytest.mark.parametrize("name", ["nope.txt", "../requirements.txt", "/etc/passwd", "-e"])
def test_requirements_files_that_are_none(run, name):
    with pytest.raises(StepFailed, match=r"no file|not a directory within"):
        run(step("pip_install_requirements", requirements_file=name))
