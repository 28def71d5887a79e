"""kill -9 of servers while events arrive, automations fire and their actions create runs.

Each event is evaluated once, and every firing is acted on exactly once: by one server that comes and goes,
and by two that share a database.
"""

import random
import time

import pytest
from tests.faults.automation_load import Log, Senders, automate, ended, left
from tests.faults.processes import Site, eventually
from tests.postgres_server import postgres_server, postgres_template, postgres_url  # noqa: F401 - fixtures

URL = "PENSTOCK_SERVER_DATABASE_CONNECTION_URL"
LONG = pytest.mark.slow
pytestmark = pytest.mark.timeout(3600)
"""Starting a server again takes as long as the machine needs."""
PATIENCE = 120.0
"""Seconds within which something is done while anything is left to do."""
BATCHES = 4
"""How many each sender sends in the life of a server."""


def live(number: int, chance: random.Random, database) -> None:
    """Let the servers live for a while: mostly so short that they only take events in, or until they act."""
    if number % 4 == 3:
        before = ended(database)
        eventually(lambda: ended(database) > before, "actions to be done")
    time.sleep(chance.uniform(0.0, 0.3))


def all_is_done(database, *sites) -> None:
    """Wait as long as there is progress: how fast it is depends on the machine."""
    before = (0, 0)
    while (now := left(database)) != (0, 0):
        told = "\n".join(site.outputs() for site in sites)
        assert now != before, f"nothing within {PATIENCE:g} s, of {now} events and actions\n{told}"
        before, deadline = now, time.monotonic() + PATIENCE
        while left(database) == before and time.monotonic() < deadline:
            time.sleep(0.2)


@pytest.fixture
def kind(request):
    """Which database the server has."""
    return request.param


@pytest.fixture
def database(kind, request, tmp_path):
    """Where `Log` finds it."""
    if kind == "postgres":
        return request.getfixturevalue("postgres_url")
    return tmp_path / "home" / "penstock.db"


@pytest.fixture
def site(kind, database, tmp_path):
    """A server on that database."""
    site = Site(tmp_path, **({URL: database} if kind == "postgres" else {}))
    try:
        yield site.start()
    finally:
        site.end()


@pytest.mark.parametrize(
    ("kind", "kills"),
    [
        ("sqlite", 8),
        pytest.param("sqlite", 200, marks=LONG),
        pytest.param("postgres", 200, marks=LONG),
    ],
    indirect=["kind"],
)
def test_each_event_is_evaluated_once_and_each_firing_acted_on_once(site, database, kills):
    automate(site)
    chance = random.Random(kills)
    with Senders(site, gap=0.2) as senders:
        for number in range(kills):
            senders.allow(BATCHES)
            live(number, chance, database)
            site.server.kill()
            site.restart()
    all_is_done(database, site)
    assert len(senders.made) > kills
    Log(database).check(senders)
    assert "Traceback" not in site.server.output


@pytest.fixture
def sites(tmp_path, postgres_url):  # noqa: F811 - a fixture
    """Two servers on one database."""
    sites = [Site(tmp_path / name, **{URL: postgres_url}) for name in ("one", "two")]
    try:
        yield [site.start() for site in sites]
    finally:
        for site in sites:
            site.end()


@pytest.mark.parametrize(("kills", "gap"), [(4, 0.4), pytest.param(100, 1.0, marks=LONG)])
def test_two_servers_count_each_event_once_while_they_are_killed(sites, postgres_url, kills, gap):  # noqa: F811
    automate(sites[0])
    chance = random.Random(kills)
    with Senders(*sites, gap=gap) as senders:
        for number in range(kills):
            senders.allow(BATCHES)
            victim = sites[number % 2 if number < 2 else chance.randrange(2)]
            live(number, chance, postgres_url)
            victim.server.kill()
            time.sleep(chance.uniform(0.0, 0.3))
            victim.restart()
    all_is_done(postgres_url, *sites)
    assert len(senders.made) > kills
    Log(postgres_url).check(senders)
    for site in sites:
        assert "Traceback" not in site.server.output
