"""Work pools: made with their defaults, and edited with the impact on every deployment in view."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.browser import guide
from tests.browser.axe import axe
from tests.browser.keyboard import Keyboard
from tests.browser.look import DARK, LIGHT
from tests.browser.world import World

TEMPLATE = {
    "variables": {
        "type": "object",
        "properties": {
            "image": {"title": "Image", "type": "string", "default": "shop:1"},
            "cores": {
                "title": "Cores",
                "type": "number",
                "maximum": 8,
                "default": 1.5,
                "x-owner": "platform",
            },
            "env": {"type": "object", "x-merge": "keys", "default": {"REGION": "eu", "LOG_LEVEL": "INFO"}},
        },
    },
    "job_configuration": {"image": "{{ image }}", "cpu": "{{ cores }}", "env": "{{ env }}"},
}


@pytest.fixture
def pool(world: World, request: pytest.FixtureRequest) -> Iterator[str]:
    """A pool with two deployments: `plain` sets nothing, `own` has an image of its own."""
    name = "edited-" + re.sub(r"\W+", "-", request.node.name).lower()[-40:].strip("-")
    world.ask("POST", "/work_pools/", {"name": name, "type": "docker", "base_job_template": TEMPLATE})
    made = [
        world.ask(
            "POST",
            "/deployments/",
            {
                "name": f"{deployment} of {name}",
                "flow_id": world.flows["nightly-etl"],
                "work_pool_name": name,
                "job_variables": job_variables,
            },
        )["id"]
        for deployment, job_variables in {"plain": {}, "own": {"image": "shop:own"}}.items()
    ]
    yield name
    for deployment in made:
        world.ask("DELETE", f"/deployments/{deployment}")
    world.ask("DELETE", f"/work_pools/{name}")


def _open_template(page: Page, pool: str) -> None:
    page.goto(f"/work-pools/{pool}?tab=template")
    expect(page.get_by_role("table", name="Variables of the template")).to_be_visible()


def _default(page: Page, path: str):
    return page.get_by_role("button", name=re.compile(rf"^Default of {re.escape(path)}(, edited)?:"))


def _template(world: World, pool: str) -> dict:
    return world.ask("GET", f"/work_pools/{pool}")["base_job_template"]


def test_a_pool_is_made_with_a_default_by_keyboard_alone(page, world, request):
    # Not before the page is judged: one that is open asks for what is gone.
    request.addfinalizer(lambda: world.ask("DELETE", "/work_pools/night-shift"))
    page.goto("/work-pools")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Name").first).to_be_focused()
    page.keyboard.type("night-shift")
    values = {"REGION": "eu-north-1", "MY_NEW_ENV_VAR": "42"}
    guide.type_defaults_by_keys(page, Keyboard(page), values)
    axe(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1, name="night-shift")).to_be_visible()
    expect(page.get_by_text("penstock worker start --pool night-shift")).to_be_visible()
    env = _template(world, "night-shift")["variables"]["properties"]["env"]
    assert env["default"] == values

    world.ask(
        "POST", "/work_pools/night-shift/workers/heartbeat", {"name": "w", "heartbeat_interval_seconds": 30}
    )
    expect(page.get_by_text("1 worker of night-shift is online.")).to_be_visible()
    axe(page)


def test_a_worker_whose_clock_is_wrong_is_pointed_out(page, world, request):
    request.addfinalizer(lambda: world.ask("DELETE", "/work_pools/skewed"))
    world.ask("POST", "/work_pools/", {"name": "skewed", "type": "process"})
    for name, minutes in (("right", 0), ("wrong", -30)):
        sent_at = datetime.now(UTC) + timedelta(minutes=minutes, seconds=1)
        body = {"name": name, "sent_at": sent_at.isoformat()}
        world.ask("POST", "/work_pools/skewed/workers/heartbeat", body)
    page.goto("/workers")
    row = page.get_by_role("row").filter(has_text="skewed")
    expect(row.filter(has_text="wrong")).to_contain_text(re.compile(r"(29 min \d+ s|30 min) behind"))
    expect(row.filter(has_text="right")).not_to_contain_text("behind")
    axe(page)


def test_defaults_are_typed_chosen_and_pasted_and_are_the_same_as_json(page, world, request):
    request.addfinalizer(lambda: world.ask("DELETE", "/work_pools/typed"))
    page.goto("/work-pools/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("typed")
    for key, value in {"LOG_LEVEL": "INFO", "PORT": "8080", "RETRIES": "3", "GONE": "x"}.items():
        guide.type_default(page, key, value)
    env = guide.env_defaults(page)
    expect(env.get_by_role("button", name="Make it a number")).to_have_count(2)
    env.get_by_role("button", name="Make it a number").last.click()
    expect(env.get_by_role("combobox", name="Kind of RETRIES")).to_have_value("1")
    env.get_by_role("button", name="Remove GONE").click()
    page.get_by_role("button", name="Paste .env").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Text").fill("DEBUG=true")
    page.get_by_role("dialog").get_by_role("button", name="Set 1 value").click()
    env.get_by_role("combobox", name="Kind of DEBUG").select_option("true or false")
    page.get_by_role("button", name="Edit as JSON").click()
    expect(page.get_by_role("textbox", name="JSON of what is set")).to_contain_text('"PORT": "8080"')
    page.get_by_role("button", name="Edit as form").click()
    axe(page)
    page.get_by_role("button", name="Create work pool").click()
    expect(page.get_by_role("heading", level=1, name="typed")).to_be_visible()
    saved = _template(world, "typed")["variables"]["properties"]["env"]["default"]
    assert saved == {"LOG_LEVEL": "INFO", "PORT": "8080", "RETRIES": 3, "DEBUG": True}


def test_a_default_is_edited_with_its_impact_in_view(page, world, pool):
    _open_template(page, pool)
    _default(page, "image").click()
    page.keyboard.type("shop:2")
    page.keyboard.press("Enter")
    bar = page.get_by_role("region", name="Unsaved edits")
    expect(bar).to_contain_text("2 deployments use this; 1 will change, 1 overrides it.")
    expect(bar).to_contain_text("Runs that a worker has claimed keep the job that they got.")
    changed = bar.get_by_role("listitem").filter(has_text=f"plain of {pool}")
    expect(changed.filter(has_text="shop:1")).to_contain_text("shop:2")
    axe(page)
    bar.get_by_role("button", name="Save", exact=True).click()
    expect(bar).to_have_count(0)
    saved = _template(world, pool)
    assert saved["variables"]["properties"]["image"]["default"] == "shop:2"
    assert saved["variables"]["properties"]["cores"]["x-owner"] == "platform"


def test_a_broken_template_is_refused_at_the_place_of_each_problem(page, world, pool):
    _open_template(page, pool)
    _default(page, "cores").click()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="cores must be at most 8")).to_be_visible()
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="Unsaved edits")).to_have_count(0)

    page.get_by_role("textbox", name="Job configuration").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text('{"image": "{{ imag }}", "cpu": "{{ cores }}"')
    expect(page.get_by_text("The text is kept; the job is what it was until it can be read.")).to_be_visible()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("}")
    problems = page.get_by_role("list", name="Placeholders and variables that don’t meet")
    expect(problems).to_contain_text("{{ imag }} stands at image and is not declared.")
    expect(problems).to_contain_text("image is declared, and no placeholder uses it.")
    problems.get_by_role("button", name="Declare imag").click()
    expect(page.get_by_role("row").filter(has_text="imag").first).to_be_visible()
    expect(save).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("look", [LIGHT, DARK], indirect=True, ids=str)
def test_a_draft_outlives_a_reload_and_somebody_elses_edit(page, world, pool):
    _open_template(page, pool)
    _default(page, "env.REGION").click()
    page.keyboard.type("us")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Unsaved edits")).to_contain_text("1 edit, not saved: env")
    page.reload()
    expect(page.get_by_text("Your unsaved edits are back.")).to_be_visible()

    theirs = _template(world, pool)
    theirs["variables"]["properties"]["env"]["default"]["LOG_LEVEL"] = "DEBUG"
    world.ask("PATCH", f"/work_pools/{pool}", {"base_job_template": theirs})
    expect(page.get_by_text("Somebody saved another template meanwhile.").first).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Reload, keep my edits").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Unsaved edits")).to_have_count(0)
    env = _template(world, pool)["variables"]["properties"]["env"]
    assert env["default"] == {"REGION": "us", "LOG_LEVEL": "DEBUG"}


def test_pausing_a_pool_can_be_taken_back(page, world, pool):
    page.goto("/work-pools")
    switch = page.get_by_role("switch", name=f"{pool} takes runs")
    switch.click()
    expect(switch).not_to_be_checked()
    assert world.ask("GET", f"/work_pools/{pool}")["is_paused"]
    page.get_by_role("button", name="Undo").click()
    expect(switch).to_be_checked()
    assert not world.ask("GET", f"/work_pools/{pool}")["is_paused"]


def test_a_queue_is_edited_where_it_stands(page, world, pool):
    page.goto(f"/work-pools/{pool}")
    page.get_by_role("button", name="Limit of default: no limit. Edit").click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Limit of default: 3. Edit")).to_be_visible()
    assert world.ask("GET", f"/work_pools/{pool}/queues/default")["concurrency_limit"] == 3
