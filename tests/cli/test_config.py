"""`penstock config` and `penstock profile`."""

import json

from penstock.cli.exits import ExitCode


def test_what_is_set_is_shown_with_its_source(penstock):
    penstock("config", "set", "server.api.port=4300", "PREFECT_API_REQUEST_TIMEOUT=5")
    view = json.loads(penstock("config", "view", "--json").stdout)
    assert view["settings"]["PENSTOCK_SERVER_API_PORT"] == 4300
    assert view["settings"]["PENSTOCK_API_REQUEST_TIMEOUT"] == 5.0
    assert view["sources"]["PENSTOCK_SERVER_API_PORT"] == "profile 'ephemeral': PENSTOCK_SERVER_API_PORT"
    assert "PENSTOCK_SERVER_API_HOST" not in view["settings"]

    everything = json.loads(
        penstock("config", "view", "--show-defaults", "--hide-sources", "-o", "json").stdout
    )
    assert everything["settings"]["PENSTOCK_SERVER_API_HOST"] == "127.0.0.1"
    assert "sources" not in everything
    table = penstock("config", "view").stdout
    assert "PENSTOCK_SERVER_API_PORT      4300" in table


def test_secrets_are_masked_unless_asked_for(penstock):
    said = penstock("config", "set", "api.auth_string=me:hunter2").stdout
    shown = penstock("config", "view").stdout + penstock("profile", "inspect").stdout
    assert "hunter2" not in said + shown
    assert shown.count("********") == 2
    assert "me:hunter2" in penstock("config", "view", "--show-secrets").stdout


def test_a_value_that_does_not_fit_changes_nothing(penstock, home):
    failed = penstock("config", "set", "server.api.host=h", "server.api.port=high", code=ExitCode.USAGE)
    kind = "a whole number, at least 0 and at most 65535"
    assert failed.stderr == f"Error: server.api.port = 'high', from the command line, is not {kind}.\n"
    assert not (home / "profiles.toml").exists()


def test_what_cannot_be_set_says_why(penstock):
    assert "Did you mean 'server.api.port'?" in penstock("config", "set", "server.api.prt=1", code=2).stderr
    assert "PENSTOCK_API_URL" in penstock("config", "set", "PENSTOCK_API_ULR=1", code=2).stderr
    assert "is not NAME=VALUE" in penstock("config", "set", "server.api.port", code=2).stderr
    assert "environment variable PENSTOCK_HOME" in penstock("config", "set", "home=x", code=2).stderr


def test_taking_a_value_back_asks_or_wants_yes(penstock):
    penstock("config", "set", "server.api.port=4300")
    assert "--yes" in penstock("config", "unset", "server.api.port", code=ExitCode.USAGE).stderr
    penstock("config", "unset", "server.api.port", "--yes")
    assert "not set in profile" in penstock("config", "unset", "server.api.port", "-y", code=2).stderr
    refused = penstock("--prompt", "config", "set", "server.api.port=1")
    assert "Set" in refused.stdout
    said_no = penstock(
        "--prompt", "config", "unset", "server.api.port", code=ExitCode.INTERRUPTED, input="n\n"
    )
    assert "Take PENSTOCK_SERVER_API_PORT" in said_no.stderr
    penstock("--prompt", "config", "unset", "server.api.port", input="y\n")


def test_a_stronger_source_is_told_of_when_setting_and_unsetting(penstock):
    told = penstock("config", "set", "server.api.port=4300", PENSTOCK_SERVER_API_PORT="1").stderr
    assert (
        told == "Not in force, though: the environment: PENSTOCK_SERVER_API_PORT goes before the profile.\n"
    )


def test_settings_that_are_broken_can_be_mended(penstock, home):
    home.mkdir()
    (home / "profiles.toml").write_text('active = "gone"\n[profiles.local]\nPENSTOCK_SERVER_API_PORT = "x"\n')
    assert "no profile 'gone'" in penstock("config", "view", code=ExitCode.USAGE).stderr
    penstock("profile", "use", "local")
    assert "is not a whole number" in penstock("config", "validate", code=ExitCode.USAGE).stderr
    penstock("config", "unset", "-y", "server.api.port")
    assert "0 warnings" in penstock("config", "validate").stdout


def test_validate_warns_of_names_that_are_no_settings(penstock):
    warned = penstock("config", "validate", PENSTOCK_API_ULR="x")
    assert "Did you mean PENSTOCK_API_URL?" in warned.stderr
    assert "1 warnings" in warned.stdout


def test_profiles_are_made_used_renamed_and_deleted(penstock):
    penstock("profile", "create", "ci", "--from", "local")
    assert (
        penstock("profiles", "inspect", "ci", "--json").stdout
        == penstock("profile", "inspect", "local", "--json").stdout
    )
    penstock("profile", "use", "ci")
    listed = json.loads(penstock("profile", "ls", "--json").stdout)
    assert [entry["name"] for entry in listed if entry["active"]] == ["ci"]
    assert "*  ci" in penstock("profile", "ls").stdout
    assert (
        json.loads(penstock("-p", "ephemeral", "config", "view", "--json").stdout)["profile"] == "ephemeral"
    )

    penstock("profile", "rename", "ci", "cd")
    assert json.loads(penstock("config", "view", "--json").stdout)["profile"] == "cd"
    assert "in use" in penstock("profile", "delete", "cd", "-y", code=ExitCode.CONFLICT).stderr
    penstock("profile", "use", "ephemeral")
    penstock("profile", "delete", "cd", "-y")
    assert "cd" not in penstock("profile", "ls").stdout


def test_profile_names_are_checked(penstock):
    assert "already" in penstock("profile", "create", "local", code=ExitCode.CONFLICT).stderr
    assert "already" in penstock("profile", "rename", "local", "ephemeral", code=ExitCode.CONFLICT).stderr
    assert "Did you mean 'local'?" in penstock("profile", "use", "locl", code=ExitCode.NOT_FOUND).stderr
    penstock("profile", "use", "local")
    assert "built in" in penstock("profile", "delete", "ephemeral", "-y", code=ExitCode.CONFLICT).stderr
