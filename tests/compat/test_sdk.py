"""Programs that use the reference's SDK, each of which checks what comes of it."""

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", ["runs", "kept", "pauses", "things", "background"])
def test_a_program_finds_all_as_it_should_be(program, name):
    assert "all well" in program(f"{name}.py").splitlines()
