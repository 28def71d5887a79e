"""The settings of a server are told by the server."""

from tests.ops.world import World

from penstock.contract.codec import encode
from penstock.server.limits import limits_from
from penstock.settings import load_settings


def test_a_server_tells_the_settings_that_it_was_made_from(sqlite_world, tmp_path):
    environ = {
        "PENSTOCK_HOME": str(tmp_path),
        "PENSTOCK_SERVER_API_AUTH_STRING": "a:s3cret",
        "PENSTOCK_SERVER_API_PORT": "4301",
    }
    world = World(sqlite_world.store, limits_from(load_settings(environ, tmp_path)))
    answer = world.call("read_effective_settings")
    told = {setting.name: setting for setting in answer}
    assert told["server.api.port"].value == 4301
    assert told["server.api.port"].origin == "the environment: PENSTOCK_SERVER_API_PORT"
    assert (told["server.api.auth_string"].is_set, told["server.api.auth_string"].value) == (True, None)
    assert b"s3cret" not in encode(answer)


def test_the_settings_are_told_as_a_tree_too(sqlite_world, tmp_path):
    environ = {
        "PENSTOCK_HOME": str(tmp_path),
        "PENSTOCK_SERVER_API_AUTH_STRING": "a:s3cret",
        "PENSTOCK_SERVER_API_PORT": "4301",
        "PENSTOCK_CLIENT_CUSTOM_HEADERS": '{"X-Token": "s3cret"}',
        "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": "postgresql://ada:s3cret@db/penstock",
    }
    world = World(sqlite_world.store, limits_from(load_settings(environ, tmp_path)))
    tree = world.call("read_settings")
    assert tree["server"]["api"] | {"port": 4301, "auth_string": "********"} == tree["server"]["api"]
    assert tree["api"]["auth_string"] is None
    assert tree["client"]["custom_headers"] == {"X-Token": "********"}
    assert tree["home"] == str(tmp_path)
    assert b"s3cret" not in encode(tree)
