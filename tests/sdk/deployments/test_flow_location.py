"""Where a flow stands, in words by which another process finds it."""

import subprocess
import sys

import pytest

from penstock import flow
from penstock.sdk.deployments.entrypoints import EntrypointInvalid, is_loading, load_entrypoint
from penstock.sdk.deployments.flow_location import EntrypointType, locate
from penstock.sdk.flows import Flow


@flow
def here():
    pass


def test_what_locate_says_is_what_load_entrypoint_loads():
    location = locate(here)
    assert load_entrypoint(location.entrypoint, location.directory, Flow).fn.__name__ == "here"
    assert not location.is_another


def test_a_flow_under_another_name():
    location = locate(here.with_options(name="elsewhere"))
    assert (location.entrypoint, location.is_another) == (locate(here).entrypoint, True)


def test_a_flow_that_was_made_by_nobody_in_particular():
    names = {"flow": flow, "__name__": "nowhere"}
    exec("@flow\ndef lost(): ...", names)
    with pytest.raises(EntrypointInvalid, match="has no name in its module"):
        locate(names["lost"])


@pytest.mark.parametrize(
    ("kind", "told"),
    [("FILE_PATH", "stands in no file"), ("MODULE_PATH", "stands in the program itself")],
)
def test_a_flow_typed_at_a_prompt(kind, told):
    program = (
        "from penstock import flow\n"
        "from penstock.sdk.deployments.flow_location import EntrypointType, locate\n"
        "@flow\ndef typed(): ...\n"
        f"try: locate(typed, EntrypointType.{kind})\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert told in done.stdout
    assert EntrypointType(kind.lower())


def test_code_knows_that_it_is_only_loaded(tmp_path, own_imports):
    (tmp_path / "asks.py").write_text(
        "from penstock.sdk.deployments.entrypoints import is_loading\nanswer = is_loading()\n"
    )
    assert load_entrypoint("asks.py:answer", tmp_path) is True
    assert is_loading() is False
