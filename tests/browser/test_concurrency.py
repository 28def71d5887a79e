"""Limits with a name and of tags: made, changed, deleted; who holds their slots, and slots freed by force."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import axe
from tests.browser.keyboard import Keyboard
from tests.browser.look import both_themes

LIMITS = "/v2/concurrency_limits"


def card(page: Page, name: str) -> Locator:
    """The card of a limit."""
    heading = page.get_by_role("heading", level=2, name=re.compile(rf"^{re.escape(name)}\b"))
    return page.get_by_role("region").filter(has=heading)


@pytest.fixture
def limit(world, request):
    """Makes a limit that goes once the page is judged: one that is open asks for what is gone."""

    def make(name, slots=2, **given):
        made = world.ask("POST", f"{LIMITS}/", {"name": name, "limit": slots, **given})["id"]
        request.addfinalizer(lambda: world.server.ask("DELETE", f"{LIMITS}/{made}"))
        return made

    return make


def test_limits_are_told_with_who_holds_them_and_who_waits(page, world):
    page.goto("/concurrency")
    warehouse = card(page, "warehouse")
    expect(warehouse).to_contain_text("3 of 4 taken")
    held = warehouse.get_by_role("table", name="Runs that occupy warehouse")
    run, other = world.runs["Running"][-2:]
    expect(held.get_by_role("link", name=run.name)).to_have_attribute("href", re.compile(run.id))
    expect(held.get_by_role("row").filter(has_text="nobody known")).to_contain_text("until given back")
    gpu = card(page, "gpu")
    expect(gpu).to_contain_text("full, runs wait")
    holder = gpu.get_by_role("table", name="Runs that occupy gpu").get_by_role("row").nth(1)
    expect(holder).to_contain_text(f"fit-0in{other.name}")
    expect(holder).to_contain_text("its state ends it")
    waiting = gpu.get_by_role("table", name="Runs that wait for gpu")
    expect(waiting.get_by_role("link", name=re.compile("^fit-"))).to_have_text(["fit-1", "fit-2"])
    expect(card(page, "orders-api")).to_contain_text(re.compile(r"[34](\.\d)? of 5 taken, 0\.001 flow away"))
    expect(card(page, "night-batch")).to_contain_text("switched off")
    expect(page.get_by_role("switch", name="the limit night-batch")).not_to_be_checked()


def test_limits_are_narrowed_by_kind_and_by_words_in_the_address(page):
    page.goto("/concurrency?kind=tag")
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    expect(card(page, "gpu")).to_be_visible()
    page.get_by_role("searchbox", name="Filter limits").fill("nothing so")
    expect(page.get_by_text("No limit is called so")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(card(page, "warehouse")).to_be_visible()
    page.goto("/concurrency?q=tag:g")
    expect(page.get_by_role("heading", level=2)).to_have_count(1)


def test_a_limit_is_made_by_keyboard_alone_and_mistakes_are_told_at_their_fields(page, world, request, watch):
    request.addfinalizer(lambda: world.ask("DELETE", f"{LIMITS}/keyed"))
    keyboard = Keyboard(page)
    page.goto("/concurrency")
    expect(card(page, "warehouse")).to_be_visible()
    keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New concurrency limit")
    name = dialog.get_by_role("textbox", name="Name")
    keyboard.tab_to(name)
    keyboard.press("Enter")
    expect(dialog.get_by_text("A limit needs a name.")).to_be_visible()
    expect(dialog.get_by_text("Say how many slots it has.")).to_be_visible()
    axe(page)
    keyboard.type("warehouse")
    keyboard.tab_to(dialog.get_by_role("textbox", name="Slots", exact=False).first)
    keyboard.type("3")
    watch.expect("/api/v2/concurrency_limits/")
    keyboard.press("Enter")
    expect(dialog.get_by_text("There is a concurrency limit 'warehouse' already.")).to_be_visible()
    expect(name).to_have_attribute("aria-invalid", "true")
    keyboard.tab_to(name, back=True)
    keyboard.press("Control+a")
    keyboard.type("keyed")
    keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(card(page, "keyed")).to_contain_text("0 of 3 taken")
    made = world.ask("GET", f"{LIMITS}/keyed")
    assert (made["limit"], made["slot_decay_per_second"], made["active"]) == (3, 0, True)


def test_a_limit_is_changed_switched_and_deleted(page, world, limit, watch):
    id = limit("edited")
    page.goto("/concurrency?q=edited")
    page.get_by_role("button", name="Edit edited").click()
    dialog = page.get_by_role("dialog", name="Edit edited")
    slots = dialog.get_by_role("textbox", name=re.compile("^Slots( \\*)?$"))
    slots.fill("-1")
    watch.expect(f"/api/v2/concurrency_limits/{id}")
    dialog.get_by_role("button", name="Save").click()
    expect(slots).to_have_attribute("aria-invalid", "true")
    slots.fill("7")
    dialog.get_by_role("textbox", name="Slots that flow away").fill("0.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(card(page, "edited")).to_contain_text("0 of 7 taken, 0.5 flow away each second")

    switch = card(page, "edited").get_by_role("switch")
    switch.click()
    expect(switch).not_to_be_checked()
    assert world.ask("GET", f"{LIMITS}/{id}")["active"] is False
    page.get_by_role("button", name="Undo").click()
    expect(switch).to_be_checked()

    page.get_by_role("button", name="Delete edited").click()
    sure = page.get_by_role("dialog", name="Delete the limit edited?")
    expect(sure).to_contain_text("Whoever holds slots goes on undisturbed")
    sure.get_by_role("button", name="Delete limit").click()
    expect(card(page, "edited")).to_have_count(0)
    expect(page.get_by_text("No limit is called so")).to_be_visible()


def test_the_limit_of_a_tag_is_made_for_its_task_runs(page, world, request):
    request.addfinalizer(lambda: world.ask("DELETE", "/concurrency_limits/tag/tpu"))
    page.goto("/concurrency")
    page.get_by_role("button", name="New limit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Task runs with a tag").check(force=True)
    expect(dialog.get_by_role("textbox", name="Slots that flow away")).to_have_count(0)
    dialog.get_by_role("textbox", name="Tag").fill("tpu")
    dialog.get_by_role("textbox", name="Slots").fill("0")
    dialog.get_by_role("button", name="Create limit").click()
    expect(card(page, "tpu")).to_contain_text("lets nothing run")
    assert world.ask("GET", "/concurrency_limits/tag/tpu")["concurrency_limit"] == 0


@both_themes
def test_slots_are_released_after_it_is_said_what_that_means(page, world, limit, look):
    name = f"stuck-{look.theme}"
    id = limit(name)
    page.goto(f"/concurrency?q={name}")
    expect(card(page, name)).to_contain_text("free")
    taken = {"names": [name], "slots": 2}
    run = world.runs["Running"][-2]
    holder = {"type": "flow_run", "id": run.id}
    world.ask("POST", f"{LIMITS}/increment-with-lease", taken | {"holder": holder})
    expect(card(page, name)).to_contain_text("2 of 2 taken")
    keyboard = Keyboard(page)
    keyboard.activate(page.get_by_role("button", name=f"Release the slots of {run.name}"))
    dialog = page.get_by_role("dialog", name=f"Release 2 slots of {name}?")
    expect(dialog).to_contain_text(f"{run.name} holds 2 slots")
    expect(dialog).to_contain_text("The work is not stopped.")
    axe(page)
    keyboard.activate(dialog.get_by_role("button", name="Release 2 slots"))
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("it hears that the slots are lost")).to_be_visible()
    expect(card(page, name)).to_contain_text("0 of 2 taken")
    assert world.ask("GET", f"{LIMITS}/{id}")["active_slots"] == 0
    axe(page)

    page.get_by_role("link", name=f"History of {name}").click()
    expect(page.get_by_role("main")).to_contain_text(f"{name}slots released")


def test_where_nothing_is_limited_the_next_command_is_there(mortal_server, open_page):
    page = open_page(mortal_server.origin)
    page.goto("/concurrency")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Nothing limits how much runs at once")
    expect(main).to_contain_text("penstock global-concurrency-limit create database --limit 10")
    axe(page)
    mortal_server.ask("POST", f"{LIMITS}/", {"name": "database", "limit": 10})
    expect(card(page, "database")).to_be_visible()
