"""What importing costs, counted in modules, because every flow process and every command pays it."""

import subprocess
import sys

import pytest

FLOW_PROCESS = "from penstock import flow, task"
MODULE_BUDGET = 120

# Each of these costs a flow process or a command more than all that it needs of us.
HEAVY_FOR_FLOWS = {
    "asyncio",
    "asyncpg",
    "click",
    "cloudpickle",
    "cronsim",
    "dateutil",
    "http.client",
    "jinja2",
    "jsonschema_rs",
    "opentelemetry",
    "pydantic",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "uvicorn",
    "uvloop",
    "websockets",
    "yaml",
}
HEAVY_FOR_COMMANDS = (
    HEAVY_FOR_FLOWS | {"penstock.db", "penstock.sdk", "penstock.server", "penstock.workers"}
) - {"click"}


def modules_loaded_by(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and say which modules it brought in."""
    program = (
        "import sys\n"
        "bare = set(sys.modules)\n"
        f"try: {statement}\n"
        "except SystemExit: pass\n"
        "print(*(set(sys.modules) - bare), sep='\\n', file=sys.stderr)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stderr.split())


def test_a_flow_process_stays_within_its_module_budget():
    loaded = modules_loaded_by(FLOW_PROCESS)
    assert len(loaded) <= MODULE_BUDGET, sorted(loaded)


def test_a_flow_process_loads_nothing_heavy():
    assert modules_loaded_by(FLOW_PROCESS) & HEAVY_FOR_FLOWS == set()


def test_events_and_automations_load_no_event_loop():
    assert modules_loaded_by("import penstock.events") & {"asyncio", "websockets", "pydantic"} == set()


@pytest.mark.parametrize("arguments", [["--help"], ["version"]])
def test_a_light_command_loads_nothing_heavy(arguments):
    command = f"sys.argv = {['penstock', *arguments]}; from penstock.cli.main import main; main()"
    assert modules_loaded_by(command) & HEAVY_FOR_COMMANDS == set()


def test_a_server_loads_what_encrypts_only_when_there_is_something_to_encrypt():
    assert "cryptography" not in modules_loaded_by("import penstock.server.run")
