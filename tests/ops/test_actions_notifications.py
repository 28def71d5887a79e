"""What notifications say to whom: by the type of the block."""

import asyncio
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace
from tests.ops.receivers import postbox, receiver

from penstock.domain.errors import InvalidInput, Unavailable
from penstock.server import mail
from penstock.server.action_deliveries import deliver
from penstock.server.blocks import Block
from penstock.server.mail import MailRefused
from penstock.server.notification_formats import delivery
from penstock.server.outside import OutsidePolicy

HERE = OutsidePolicy(allowed_networks=("127.0.0.0/8", "::1/128"))
CERTIFICATE = Path(__file__).parents[1] / "client" / "certificate.pem"
URL = "https://hooks.example.com/x"


def block(slug, **data):
    return Block(id=uuid4(), name="ops", type_slug=slug, data=data)


SAID = {
    "slack-webhook": {"text": "*Late*\nrun 7"},
    "mattermost-webhook": {"text": "*Late*\nrun 7"},
    "discord-webhook": {"content": "**Late**\nrun 7", "allowed_mentions": {"parse": []}},
    "webhook": {"subject": "Late", "body": "run 7"},
}


@pytest.mark.parametrize("slug", SAID)
def test_each_block_gets_its_own_json(slug):
    request = delivery(block(slug, url=URL), "Late", "run 7")
    assert (request.url, request.method) == (URL, "POST")
    assert request.headers == {"Content-Type": "application/json"}
    assert msgspec.json.decode(request.body) == SAID[slug]


def test_teams_gets_a_card():
    request = delivery(block("ms-teams-webhook", url=URL), "Late", "run 7")
    (attachment,) = msgspec.json.decode(request.body)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [part["text"] for part in attachment["content"]["body"]] == ["Late", "run 7"]


def test_discord_may_be_told_by_id_and_token():
    request = delivery(block("discord-webhook", webhook_id="1", webhook_token="t"), "", "x" * 3000)
    assert request.url == "https://discord.com/api/webhooks/1/t"
    assert len(msgspec.json.decode(request.body)["content"]) == 2000


def test_a_webhook_block_has_its_own_method_and_headers():
    request = delivery(block("webhook", url=URL, method="put", headers={"X-Token": "t"}), "s", "b")
    assert (request.method, request.headers["X-Token"]) == ("PUT", "t")


def test_mattermost_may_be_told_by_host_and_token():
    made = block("mattermost-webhook", hostname="chat.example.com", token="t", port=8443, path="/team/")
    request = delivery(made, "Late", "run 7")
    assert request.url == "https://chat.example.com:8443/team/hooks/t"
    assert msgspec.json.decode(request.body) == {"text": "*Late*\nrun 7"}


def test_a_custom_webhook_says_it_in_its_own_words():
    made = block(
        "custom-webhook",
        name="pager",
        url="https://example.com/{{ name }}",
        params={"q": "{{subject}} & co"},
        headers={"Authorization": "Bearer {{token}}"},
        cookies={"a": "{{ token }}"},
        json_data={"text": ["{{body}}", "{{ unknown }}"], "n": 1},
        secrets={"token": "s3cret"},
    )
    # What is said is said, and brings no secret along.
    request = delivery(made, "Late", 'run "7" {{token}}')
    assert request.url == "https://example.com/pager?q=Late+%26+co"
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert request.headers["Cookie"] == "a=s3cret"
    said = {"text": ['run "7" {{token}}', "{{ unknown }}"], "n": 1}
    assert msgspec.json.decode(request.body) == said


def test_a_custom_webhook_may_be_a_form():
    made = block("custom-webhook", name="f", url=URL, form_data={"message": "{{subject}}: {{body}}"})
    request = delivery(made, "Late", "run 7")
    assert request.body == b"message=Late%3A+run+7"
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (block("s3-bucket"), "block_document_id"),
        (block("slack-webhook"), "url"),
        (block("webhook", url=URL, method="STEAL"), "method"),
        (block("email", email_to=""), "email_to"),
        (block("email", email_to="a@b.c", smtp_type="CARRIER-PIGEON"), "smtp_type"),
    ],
)
def test_a_block_that_cannot_be_used_says_what_is_missing(made, field):
    with pytest.raises(InvalidInput) as caught:
        delivery(made, "s", "b")
    assert caught.value.field == field


def test_an_answer_that_repeats_credentials_is_told_without_them():
    said = "no s3cret-a, no s3cret-b, no hook/s3cret-c, but run 7"
    headers = {"Authorization": "Bearer s3cret-a"}
    with receiver(400, says=said) as there:
        made = block("webhook", url=f"{there.url}/hook/s3cret-c?k=s3cret-b", headers=headers)
        with pytest.raises(InvalidInput) as caught:
            asyncio.run(deliver(delivery(made, "", ""), "k", HERE))
    assert caught.value.message == "It answered 400: no …, no …, no …, but run 7."


def letter(port, **given):
    data = {"smtp_server": "127.0.0.1", "smtp_port": port, "smtp_type": "INSECURE"}
    data |= {"email_to": "ada@example.com, bob@example.com", "from_": "penstock@example.com"}
    return delivery(block("email", **data | given), "Late\r\nBcc: eve@example.com", "run 7\n.\nend")


def test_mail_is_sent_and_its_subject_begins_no_header():
    with postbox() as there:
        outcome = asyncio.run(deliver(letter(there.port), "key-1", HERE))
    (sent,) = there.letters
    head, _, body = sent.partition("\n\n")
    assert outcome.status_code == 250
    assert "Subject: Late Bcc: eve@example.com" in head
    assert "To: ada@example.com, bob@example.com" in head
    assert "Message-ID: <key-1@penstock>" in head
    assert "\nBcc:" not in head
    assert body.splitlines() == ["run 7", "..", "end"]


def test_mail_that_is_refused_for_now_may_be_sent_again():
    with postbox("451 later") as there, pytest.raises(Unavailable):
        asyncio.run(mail.send(letter(there.port), "k", HERE))


def test_mail_that_is_refused_is_not():
    with postbox("550 nobody") as there, pytest.raises(MailRefused, match="nobody"):
        asyncio.run(mail.send(letter(there.port), "k", HERE))


def test_nothing_is_mailed_to_addresses_that_may_not_be_called():
    with postbox() as there, pytest.raises(MailRefused, match=r"127\.0\.0\.1"):
        asyncio.run(mail.send(letter(there.port), "k", OutsidePolicy()))


def test_starttls_is_insisted_on():
    with postbox() as there, pytest.raises(MailRefused, match="STARTTLS"):
        asyncio.run(mail.send(letter(there.port, smtp_type="STARTTLS"), "k", HERE))
    assert there.letters == []


def test_by_starttls_mail_goes_to_those_whose_certificate_is_trusted():
    trusting = replace(HERE, ca_file=str(CERTIFICATE))
    with postbox(certificate=CERTIFICATE) as there:
        asyncio.run(mail.send(letter(there.port, smtp_type="STARTTLS"), "k", trusting))
        assert (len(there.letters), there.was_secure) == (1, True)
        with pytest.raises(Unavailable, match="certificate verify failed"):
            asyncio.run(mail.send(letter(there.port, smtp_type="STARTTLS"), "k", HERE))
        assert len(there.letters) == 1
