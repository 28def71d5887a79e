"""From sources to values: which source wins, what becomes of bad ones, and who may see secrets."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.settings import Secret, SettingInvalid, Settings, load_settings, locate
from penstock.settings.catalog import expected, names_by_variable, specs
from penstock.settings.profiles import read_profiles
from penstock.settings.running import ServerRecord, forget_server, record_server, running_server
from penstock.settings.toml import read_toml, write_toml


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def load(home: Path, cwd: Path):
    def load(profile: str | None = None, **environ: str) -> Settings:
        return load_settings({"PENSTOCK_HOME": str(home)} | environ, cwd, profile=profile)

    return load


def write_profiles(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "profiles.toml").write_text(text)


def test_without_any_source_all_is_default(load, home):
    settings = load()
    assert settings.server.api.port == 4200
    assert settings.api.url is None
    assert settings.database_url == f"sqlite:///{home / 'penstock.db'}"
    assert settings.origins == {"home": "the environment: PENSTOCK_HOME"}
    assert settings.warnings == ()


def test_the_home_is_in_the_users_home_unless_said_otherwise(cwd, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings({}, cwd).home == tmp_path / ".penstock"
    assert load_settings({"PENSTOCK_HOME": "~/elsewhere"}, cwd).home == tmp_path / "elsewhere"


# Strongest first: each source is added above the one that held before.
SOURCES = [
    (
        "active profile",
        lambda home, cwd: write_profiles(home, '[profiles.ephemeral]\nPENSTOCK_SERVER_API_PORT = "1"'),
    ),
    (
        "pyproject.toml [tool.prefect]",
        lambda home, cwd: (cwd / "pyproject.toml").write_text("[tool.prefect.server.api]\nport = 2"),
    ),
    (
        "pyproject.toml [tool.penstock]",
        lambda home, cwd: (cwd / "pyproject.toml").write_text(
            "[tool.prefect.server.api]\nport = 2\n[tool.penstock.server.api]\nport = 3"
        ),
    ),
    ("prefect.toml", lambda home, cwd: (cwd / "prefect.toml").write_text("[server.api]\nport = 4")),
    ("penstock.toml", lambda home, cwd: (cwd / "penstock.toml").write_text("[server.api]\nport = 5")),
    (".env: PREFECT_", lambda home, cwd: (cwd / ".env").write_text("PREFECT_SERVER_API_PORT=6")),
    (
        ".env: PENSTOCK_",
        lambda home, cwd: (cwd / ".env").write_text(
            "PREFECT_SERVER_API_PORT=6\nexport PENSTOCK_SERVER_API_PORT='7' # why"
        ),
    ),
]


def test_a_stronger_source_wins_and_is_named_as_the_origin(load, home, cwd):
    for number, (name, write) in enumerate(SOURCES, start=1):
        write(home, cwd)
        settings = load()
        assert settings.server.api.port == number, name
    assert settings.origins["server.api.port"] == f"{cwd / '.env'}: PENSTOCK_SERVER_API_PORT"

    settings = load(PREFECT_SERVER_API_PORT="8")
    assert settings.server.api.port == 8
    assert settings.origins["server.api.port"] == "the environment: PREFECT_SERVER_API_PORT"
    settings = load(PREFECT_SERVER_API_PORT="8", PENSTOCK_SERVER_API_PORT="9")
    assert settings.server.api.port == 9


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("PENSTOCK_LOGGING_EXTRA_LOGGERS", "a, b.c", "logging.extra_loggers", ("a", "b.c")),
        ("PENSTOCK_LOGGING_EXTRA_LOGGERS", '["a", "b"]', "logging.extra_loggers", ("a", "b")),
        ("PENSTOCK_CLIENT_RETRY_EXTRA_CODES", "500,504", "client.retry_extra_codes", (500, 504)),
        ("PENSTOCK_CLIENT_CUSTOM_HEADERS", '{"X-A": "1"}', "client.custom_headers", {"X-A": "1"}),
        ("PENSTOCK_LOGGING_LOG_PRINTS", "true", "logging.log_prints", True),
        ("PENSTOCK_LOGGING_LOG_PRINTS", "0", "logging.log_prints", False),
        ("PENSTOCK_API_REQUEST_TIMEOUT", "2.5", "api.request_timeout", 2.5),
        ("PENSTOCK_API_URL", "", "api.url", None),
        ("PENSTOCK_API_KEY", "abc", "api.key", Secret("abc")),
        ("PENSTOCK_SERVER_LEASES_RUN", "3", "server.leases.run", 3.0),
        ("PENSTOCK_CLI_PROMPT", "false", "cli.prompt", False),
    ],
)
def test_text_becomes_the_type_of_its_setting(load, variable, text, name, value):
    found = load(**{variable: text})
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("PENSTOCK_SERVER_API_PORT", "http", "a whole number"),
        ("PENSTOCK_SERVER_API_PORT", "70000", "a whole number, at least 0 and at most 65535"),
        ("PENSTOCK_API_REQUEST_TIMEOUT", "soon", "a number"),
        ("PENSTOCK_API_REQUEST_TIMEOUT", "nan", "a number, more than 0"),
        ("PENSTOCK_API_REQUEST_TIMEOUT", "inf", "a number, more than 0"),
        ("PENSTOCK_SERVER_SERVICES_DB_VACUUM_BATCH_SIZE", "0", "a whole number, at least 1"),
        ("PENSTOCK_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS", "-1", "a number, more than 0"),
        ("PENSTOCK_SERVER_SERVICES_SCHEDULER_MAX_LATENESS_SECONDS", "0", "a number, more than 0"),
        ("PENSTOCK_SERVER_LEASES_RUN", "0", "a number, more than 0"),
        ("PENSTOCK_LOGGING_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("PENSTOCK_LOGGING_LOG_PRINTS", "maybe", "true or false"),
        ("PENSTOCK_CLIENT_CUSTOM_HEADERS", "[]", "a map, as JSON"),
        ("PENSTOCK_CLIENT_CUSTOM_HEADERS", "{", "a map, as JSON"),
        ("PENSTOCK_CLIENT_RETRY_EXTRA_CODES", "x", "a list"),
    ],
)
def test_a_bad_value_is_refused_with_its_setting_origin_and_type(load, variable, text, words):
    with pytest.raises(SettingInvalid) as caught:
        load(**{variable: text})
    message = str(caught.value)
    assert caught.value.field in message
    assert variable in message
    assert words in message
    assert repr(text) in message


def test_a_bad_secret_is_not_shown_in_its_refusal(load, cwd):
    (cwd / "penstock.toml").write_text("[api]\nkey = 12345\n")
    with pytest.raises(SettingInvalid) as caught:
        load()
    assert "12345" not in str(caught.value)


def test_unknown_names_are_warned_of_with_the_nearest(load, cwd):
    (cwd / "penstock.toml").write_text("[server.api]\nprot = 1\n")
    (cwd / "prefect.toml").write_text("[server]\nui = 1\n")
    settings = load(
        PENSTOCK_SERVR_API_PORT="1", PREFECT_CLOUD_API_URL="x", PENSTOCK__FLOW_RUN_ID="y", OTHER="z"
    )
    assert len(settings.warnings) == 2
    assert settings.warnings[0].endswith("Did you mean PENSTOCK_SERVER_API_PORT?")
    assert settings.warnings[1].endswith("Did you mean server.api.port?")


def test_broken_files_are_named(load, cwd, home):
    (cwd / "penstock.toml").write_text("[server\n")
    with pytest.raises(SettingInvalid, match=r"penstock\.toml is not valid TOML.*line 1"):
        load()
    (cwd / "penstock.toml").unlink()
    write_profiles(home, "profiles = 3")
    with pytest.raises(SettingInvalid, match=r"profiles\.toml must hold tables"):
        load()


def test_profiles_are_chosen_by_argument_then_environment_then_the_file(load, home):
    write_profiles(
        home, 'active = "a"\n[profiles.a]\nPREFECT_API_URL = "A"\n[profiles.b]\nPENSTOCK_API_URL = "B"\n'
    )
    assert (load().profile, load().api.url) == ("a", "A")
    assert load(PENSTOCK_PROFILE="b").api.url == "B"
    assert load(PREFECT_PROFILE="b").api.url == "B"
    assert load(profile="ephemeral", PENSTOCK_PROFILE="b").api.url is None
    with pytest.raises(
        SettingInvalid, match=r"no profile 'c' \(asked for by --profile\); there are: ephemeral, a, b"
    ):
        load(profile="c")
    with pytest.raises(SettingInvalid, match=r"asked for by the environment: PENSTOCK_PROFILE"):
        load(PENSTOCK_PROFILE="c")


def test_the_place_is_found_even_where_the_profile_is_missing(home, cwd):
    place = locate({"PENSTOCK_HOME": str(home), "PENSTOCK_SERVER_API_PORT": "bad"}, cwd, profile="nowhere")
    assert (place.home, place.profile) == (home, "nowhere")


def test_the_server_that_runs_in_the_home_is_found_until_it_ends(load, home):
    home.mkdir()
    record = record_server(home, "http://127.0.0.1:1/api")
    settings = load()
    assert settings.api.url == record.url
    assert str(os.getpid()) in settings.origins["api.url"]
    assert load(PENSTOCK_API_URL="http://other/api").api.url == "http://other/api"
    assert load(PENSTOCK_API_URL="").api.url is None

    forget_server(home, ServerRecord(1, "0", "another's"))
    assert running_server(home) == record
    forget_server(home, record)
    assert load().api.url is None


def test_a_record_of_a_process_that_is_gone_or_was_replaced_counts_for_nothing(home):
    home.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for record in (ServerRecord(ended.pid, "1", "u"), ServerRecord(os.getpid(), "another start", "u")):
        (home / "server.json").write_bytes(msgspec.json.encode(record))
        assert running_server(home) is None
    (home / "server.json").write_text("{")
    assert running_server(home) is None


def test_secrets_hide_themselves():
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("other")
    assert len({secret, Secret("hunter2")}) == 1


@given(
    st.dictionaries(
        st.text(min_size=1),
        st.dictionaries(st.sampled_from(["PENSTOCK_API_URL", "PENSTOCK_HOME"]), st.text()),
    )
)
def test_profiles_survive_being_written_and_read(tmp_path_factory, by_name):
    home = tmp_path_factory.mktemp("home")
    profiles = read_profiles(home)
    for name, values in by_name.items():
        profiles = profiles.holding(name, values)
    profiles.save()
    assert read_profiles(home).by_name == profiles.by_name


def test_only_the_owner_may_read_profiles(tmp_path):
    write_toml(tmp_path / "sub" / "p.toml", {"active": "x"}, {})
    assert (tmp_path / "sub" / "p.toml").stat().st_mode & 0o777 == 0o600
    assert read_toml(tmp_path / "sub" / "p.toml") == {"active": "x"}


def test_every_setting_has_its_own_variable_and_a_type_that_can_be_told():
    assert {spec.variable for spec in specs().values()} <= names_by_variable().keys()
    assert set(names_by_variable().values()) == specs().keys()
    assert len({spec.variable for spec in specs().values()}) == len(specs())
    assert all(expected(spec.type) for spec in specs().values())
    assert all(name == name.lower() for name in specs())


@pytest.mark.parametrize("prefix", ["PENSTOCK_", "PREFECT_"])
def test_a_short_variable_gives_way_to_the_one_that_is_spelled_out(load, prefix):
    assert load(**{f"{prefix}UI_ENABLED": "false"}).server.ui.enabled is False
    short, whole = (f"{prefix}UI_ENABLED", "0"), (f"{prefix}SERVER_UI_ENABLED", "1")
    assert load(**dict([short, whole])).server.ui.enabled is True
    assert load(**dict([whole, short])).server.ui.enabled is True


def test_importing_reads_nothing_and_brings_little():
    program = "import sys; before = set(sys.modules); import penstock.settings; print(*sys.modules)"
    environ = {"HOME": "/nonexistent", "PENSTOCK_SERVER_API_PORT": "bad"}
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert {"tomllib", "asyncio", "logging", "subprocess", "difflib"} & set(finished.stdout.split()) == set()


def test_the_database_has_a_short_variable(load):
    url = "postgresql://penstock:secret@db.example/penstock"
    for variable in ("PENSTOCK_DATABASE_URL", "PREFECT_API_DATABASE_CONNECTION_URL"):
        found = load(**{variable: url}).server.database.connection_url
        assert found.reveal() == url, variable


def test_what_is_taken_away_when_it_is_old_is_said_as_in_the_reference(load):
    name = "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"
    for said, meant in {
        "events,flow_runs": ("events", "flow_runs"),
        '["flow_runs"]': ("flow_runs",),
        "true": True,
        "false": False,
    }.items():
        assert load(**{name: said}).server.services.db_vacuum.enabled == meant
    with pytest.raises(SettingInvalid, match=r"db_vacuum\.enabled"):
        load(**{name: "events,logs"})
    with pytest.raises(SettingInvalid, match=r"db_vacuum\.retention_period"):
        load(PENSTOCK_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD="90")  # days were meant
