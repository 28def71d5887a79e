"""The guide's story: a server that can die, workers, a flow that the command line deploys, and the steps that
somebody takes on the pages.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from tests.browser.keyboard import Keyboard
from tests.browser.stand import UiServer
from tests.cli.worker_process import PROGRAM, WorkerProcess

from penstock.domain.default_templates import process_template

FLOW = Path(__file__).parent / "flows" / "story.py"
NAME = "MY_NEW_ENV_VAR"
FIRST, SECOND = 42, 43
POOL_ENV = {"REGION": "eu-west-1", "LOG_LEVEL": "INFO"}
DEPLOYMENT_ENV = {"LOG_LEVEL": "DEBUG"}


@dataclass
class Stage:
    """A server with a pool, a worker that serves it, and somebody who deploys."""

    server: UiServer
    folder: Path
    pool: str = "local"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server; anything but success is an error."""
        answer = self.server.ask(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json if answer.body else None

    def make_pool(self, name: str) -> None:
        """Make a pool whose template has a default `env`."""
        template = process_template()
        template["variables"]["properties"]["env"]["default"] = POOL_ENV
        self.ask("POST", "/work_pools/", {"name": name, "type": "process", "base_job_template": template})

    @contextmanager
    def worker(self, pool: str) -> Iterator[WorkerProcess]:
        """A worker of a pool."""
        folder = self.folder / f"worker-{pool}"
        folder.mkdir()
        with WorkerProcess(self.server, pool, folder) as worker:
            yield worker

    def deploy(self, name: str, pool: str | None = None) -> str:
        """Deploy the flow as the guide says, and return the deployment's id."""
        project = self.folder / f"project-{name}"
        project.mkdir()
        shutil.copy(FLOW, project)
        environment = [f"env.{key}={value}" for key, value in DEPLOYMENT_ENV.items()]
        words = [PROGRAM, "deploy", "story.py:show_env", "-n", name, "--pool", pool or self.pool, "--json"]
        words += [word for each in environment for word in ("-jv", each)]
        done = subprocess.run(
            words, cwd=project, env=self.server.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (deployed,) = json.loads(done.stdout)
        return str(deployed["id"])

    def default_env(self, pool: str) -> Any:
        """The default `env` of a pool."""
        template = self.ask("GET", f"/work_pools/{pool}")["base_job_template"]
        return template["variables"]["properties"]["env"]["default"]

    def own_variables(self, deployment: str) -> Any:
        """What a deployment itself says."""
        return self.ask("GET", f"/deployments/{deployment}")["job_variables"]

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        """The runs of a deployment, the first that was made first."""
        query = {"deployments": {"id": {"any_": [deployment]}}}
        return sorted(self.ask("POST", "/flow_runs/filter", query), key=lambda run: str(run["created"]))


@contextmanager
def build_stage(folder: Path) -> Iterator[Stage]:
    """The stage, with its worker."""
    with UiServer(folder / "home") as server:
        stage = Stage(server, folder)
        stage.make_pool(stage.pool)
        with stage.worker(stage.pool):
            yield stage


def env_defaults(page: Page) -> Locator:
    """The rows of the environment in the form of a new pool."""
    return page.get_by_role("group", name="env", exact=True)


def type_default(page: Page, name: str, value: str) -> None:
    """Type a variable of the environment into the form of a new pool."""
    env = env_defaults(page)
    env.get_by_role("textbox", name="New key").fill(name)
    env.get_by_role("button", name="Add key").click()
    env.get_by_role("textbox", name=name, exact=True).fill(value)


def type_defaults_by_keys(page: Page, keys: Keyboard, values: dict[str, str]) -> None:
    """Type variables of the environment one after the other: a key, Tab, its value, Enter."""
    new_key = env_defaults(page).get_by_role("textbox", name="New key")
    keys.tab_to(new_key)
    for name, value in values.items():
        keys.type(name)
        keys.press("Tab")
        expect(env_defaults(page).get_by_role("textbox", name=name, exact=True)).to_be_focused()
        keys.sees_focus()
        keys.type(value)
        keys.press("Enter")
        expect(new_key).to_be_focused()


def row(page: Page, name: str) -> Locator:
    """The row of a job variable, by the last part of its name."""
    return page.get_by_test_id("resolution-table").get_by_role("row", name=re.compile(rf"^{name}\b"))


def winner(page: Page, name: str) -> Locator:
    """What comes of a variable, and from whom: the last cell but the actions."""
    return row(page, name).get_by_role("gridcell").nth(-2)


def log(page: Page) -> Locator:
    """The lines of the run's log."""
    return page.get_by_test_id("log-lines")


def is_ready(page: Page) -> None:
    """Wait until the server says that the run can be made as it is."""
    expect(page.get_by_role("status").filter(has_text="Ready")).to_be_visible()


def layer_editor(page: Page) -> Locator:
    """The job variables of the run as JSON."""
    return page.get_by_role("textbox", name="This run: job variables as JSON")


def show_json(page: Page) -> Locator:
    """Show the job variables of the run as JSON."""
    page.get_by_role("group", name="View").get_by_role("button", name="JSON").click()
    expect(layer_editor(page)).to_be_visible()
    return layer_editor(page)


def write(editor: Locator, text: str) -> None:
    """Put a text into a JSON editor, in place of what it has; as if it were pasted."""
    editor.focus()
    for key in ("Control+A", "Backspace"):
        editor.press(key)
    editor.page.keyboard.insert_text(text)


def add_variable(page: Page, name: str, number: int) -> None:
    """Add a number to the environment of the run, in the table's dialog."""
    page.get_by_role("button", name="Add a job variable").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Name", exact=True).fill(name)
    dialog.get_by_role("combobox", name="Type of the value").click()
    page.get_by_role("option", name="Number").click()
    dialog.get_by_role("textbox", name="Value").fill(str(number))
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_have_count(0)


def press_run(page: Page) -> str:
    """Make the run, and return its id once its page is there."""
    is_ready(page)
    page.get_by_role("button", name="Run", exact=True).click()
    return run_shown(page)


def run_shown(page: Page) -> str:
    """The id of the run whose page is shown."""
    page.wait_for_url("**/runs/*")
    return page.url.rpartition("/")[2].partition("?")[0]


def got(page: Page, number: int) -> None:
    """The Configuration tab tells what the run got, and from whom."""
    expect(winner(page, NAME)).to_have_text(re.compile(rf"^{number}.*from this run"))
    expect(winner(page, "LOG_LEVEL")).to_have_text(re.compile("^DEBUG.*from deployment"))
    expect(winner(page, "REGION")).to_have_text(re.compile("^eu-west-1.*from pool"))


def differs_in_that_leaf(page: Page) -> None:
    """The comparison shows exactly what was changed between the two runs."""
    table = page.get_by_role("main").get_by_role("table")
    expect(table.get_by_role("rowheader")).to_have_text([f"env.{NAME}"])
    expect(table.get_by_role("cell").nth(0)).to_contain_text(str(FIRST))
    expect(table.get_by_role("cell").nth(1)).to_contain_text(str(SECOND))
