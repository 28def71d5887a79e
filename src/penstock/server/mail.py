"""E-mail: one message to one SMTP server, in a thread, since the library of it waits."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from typing import Literal

from msgspec import Struct

from penstock.domain.errors import InvalidInput, Unavailable


class MailRefused(InvalidInput):
    """A message that the SMTP server does not take, however often it is sent."""

    code = "mail-refused"


class Mail(Struct, frozen=True, kw_only=True):
    """A message, and how it is sent."""

    server: str
    port: int
    security: Literal["STARTTLS", "SSL", "INSECURE"] = "STARTTLS"
    username: str | None = None
    password: str | None = None
    sender: str
    recipients: list[str]
    subject: str
    body: str


async def send(mail: Mail, key: str, seconds: float) -> int:
    """Send a message; the reply code of SMTP, which is 250.

    Args:
        key: Made a part of its `Message-ID`, which stays the same when it is sent again.
        seconds: How long the server may take for each answer.

    Raises:
        Unavailable: The server could not be reached, or refused it for now; a later try may succeed.
        MailRefused: It was refused for good.
    """
    try:
        return await asyncio.to_thread(_send, mail, _message(mail, key), seconds)
    except smtplib.SMTPException as error:
        if _is_passing(error):
            raise Unavailable(_told(mail, error)) from error
        raise MailRefused(_told(mail, error)) from error
    except OSError as error:
        raise Unavailable(_told(mail, error)) from error


def _is_passing(error: smtplib.SMTPException) -> bool:
    """Whether a later try may succeed."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, smtplib.SMTPServerDisconnected)


def _message(mail: Mail, key: str) -> EmailMessage:
    message = EmailMessage()
    # A line break in a subject would begin another header; what a template made may have some.
    message["Subject"] = " ".join(mail.subject.split())
    message["From"], message["To"] = mail.sender, ", ".join(mail.recipients)
    message["Message-ID"] = f"<{key}@penstock>"
    message.set_content(mail.body)
    return message


def _send(mail: Mail, message: EmailMessage, seconds: float) -> int:
    context = ssl.create_default_context()
    if mail.security == "SSL":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=seconds, context=context)
    else:
        connection = smtplib.SMTP(mail.server, mail.port, timeout=seconds)
    with connection:
        if mail.security == "STARTTLS":
            connection.starttls(context=context)
        if mail.username and mail.password:
            connection.login(mail.username, mail.password)
        connection.send_message(message)
    return 250


def _told(mail: Mail, error: Exception) -> str:
    return f"The SMTP server {mail.server}:{mail.port} did not take the message: {error}."
