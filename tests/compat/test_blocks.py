"""Blocks: registered, saved, changed, put into one another, loaded and deleted by the reference's client."""

import json

LIFE_OF_BLOCKS = """
from typing import Optional

from prefect.blocks.core import Block
from prefect.blocks.notifications import SlackWebhook
from prefect.blocks.system import Secret
from pydantic import SecretStr


class Login(Block):
    user: str
    password: SecretStr


class Base(Block):
    login: Login
    spare: Optional[Login] = None
    size: int = 3


Secret(value="hush").save("one")
assert Secret.load("one").get() == "hush"
try:
    Secret(value="other").save("one")
except ValueError as error:
    assert "already in use" in str(error), error
Secret(value={"user": "u", "password": "p"}).save("one", overwrite=True)
assert Secret.load("one").get() == {"user": "u", "password": "p"}
SlackWebhook(url="https://hooks.slack.com/services/T/B/hush").save("team")
assert SlackWebhook.load("team").url.get_secret_value().endswith("hush")

login = Login(user="u", password="p1")
login.save("db")
Base(login=login).save("saved")
Base(login=Login(user="v", password="p2"), size=4).save("plain")
login.password = SecretStr("p3")
login.save("db", overwrite=True)
assert Base.load("saved").login.password.get_secret_value() == "p3"
plain = Base.load("plain")
assert (plain.login.user, plain.login.password.get_secret_value(), plain.size) == ("v", "p2", 4)
plain.size = 5
plain.save("plain", overwrite=True)
assert Base.load("plain").login.password.get_secret_value() == "p2"
Login.delete("db")
try:
    Login.load("db")
except ValueError as error:
    print("gone")
"""


def test_blocks_live_as_with_the_server_of_the_reference(program, server):
    assert program(LIFE_OF_BLOCKS).strip().endswith("gone")
    (one,) = server.ask("GET", "/block_types/slug/secret/block_documents").json
    assert one["data"] == {"value": "********"}
    assert b"p2" not in server.ask("POST", "/block_documents/filter", {}).body


def test_the_commands_of_the_reference_see_blocks(prefect, server, program):
    program('from prefect.blocks.system import Secret\nSecret(value="x").save("two", overwrite=True)\n')
    assert "secret/two" in prefect("block", "ls")
    assert "slack-webhook" in prefect("block", "type", "ls")
    found = json.loads(prefect("block", "inspect", "secret/two", "--output", "json"))
    assert found["data"]["value"] == "********"
    prefect("--no-prompt", "block", "delete", "secret/two")
    assert "secret/two" not in prefect("block", "ls")
