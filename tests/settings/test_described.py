"""The settings as a process has them: told with their origins, and without what is secret."""

import msgspec

from penstock.settings import load_settings
from penstock.settings.catalog import specs
from penstock.settings.described import describe_settings

SECRETS = {
    "PENSTOCK_API_KEY": "s3cret-key",
    "PENSTOCK_SERVER_API_AUTH_STRING": "admin:s3cret-password",
    "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": "postgresql://u:s3cret-word@h/d",
    "PENSTOCK_CLIENT_CUSTOM_HEADERS": '{"X-Token": "s3cret-header"}',
    "PENSTOCK_API_URL": "http://me:s3cret-url@example.org/api",
}


def described(tmp_path, **environ):
    settings = load_settings({"PENSTOCK_HOME": str(tmp_path), **environ}, tmp_path)
    return {setting.name: setting for setting in describe_settings(settings)}


def test_each_setting_is_told_by_name_with_where_it_comes_from(tmp_path):
    (tmp_path / "penstock.toml").write_text("[server.api]\nport = 4300\n")
    told = described(tmp_path, PENSTOCK_DEBUG_MODE="true", PENSTOCK_LOGGING_LEVEL="INFO")
    assert [*told] == sorted(specs())
    port, host, level = told["server.api.port"], told["server.api.host"], told["logging.level"]
    assert (port.variable, port.value, port.default) == ("PENSTOCK_SERVER_API_PORT", 4300, 4200)
    assert (port.is_default, port.origin) == (False, f"{tmp_path / 'penstock.toml'}")
    assert (host.value, host.is_default, host.origin) == ("127.0.0.1", True, "default")
    assert (level.is_default, level.origin) == (True, "the environment: PENSTOCK_LOGGING_LEVEL")
    assert (told["home"].value, told["home"].is_default) == (str(tmp_path), False)
    assert told["server.api.allowed_hosts"].value == []


def test_no_secret_is_told(tmp_path):
    told = described(tmp_path, **SECRETS)
    assert "s3cret" not in msgspec.json.encode([*told.values()]).decode()
    key = told["api.key"]
    assert (key.secret, key.is_set, key.value, key.default, key.is_default) == (True, True, None, None, False)
    assert told["client.custom_headers"].value == {"X-Token": "********"}
    assert told["api.url"].value == "http://********@example.org/api"
    unset = described(tmp_path)["api.key"]
    assert (unset.secret, unset.is_set, unset.is_default) == (True, False, True)
