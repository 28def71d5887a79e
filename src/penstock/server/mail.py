"""E-mail: one message to one SMTP server, in a thread, since the library of it waits.

The address that is connected to is looked at, as that of every call to the outside.
"""

import asyncio
import smtplib
import socket
import ssl
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any, Literal

from msgspec import Struct

from penstock.domain.errors import InvalidInput, Unavailable
from penstock.server.outside import OutsidePolicy


class MailRefused(InvalidInput):
    """A message that is not sent, however often it is tried."""

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


async def send(mail: Mail, key: str, policy: OutsidePolicy) -> int:
    """Send a message; the reply code of SMTP, which is 250.

    Args:
        key: Made a part of its `Message-ID`, which stays the same when it is sent again.
        policy: Which servers may be connected to, and how long they may take for each answer.

    Raises:
        Unavailable: The server could not be reached, or refused it for now; a later try may succeed.
        MailRefused: It was refused for good.
    """
    try:
        return await asyncio.to_thread(_send, mail, _message(mail, key), policy)
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
    try:
        # A line break in a subject would begin another header; what a template made may have some.
        message["Subject"] = " ".join(mail.subject.split())
        message["From"], message["To"] = mail.sender, ", ".join(mail.recipients)
    except ValueError as error:
        told = f"This is no sender, or nobody to write to: {error}."
        raise MailRefused(told, field="email_to") from None
    message["Message-ID"] = f"<{key}@penstock>"
    message.set_content(mail.body)
    return message


def _send(mail: Mail, message: EmailMessage, policy: OutsidePolicy) -> int:
    with _connection(mail, policy) as connection:
        if mail.security == "STARTTLS":
            connection.starttls(context=ssl.create_default_context(cafile=policy.ca_file))
        if mail.username and mail.password:
            connection.login(mail.username, mail.password)
        connection.send_message(message)
    return 250


def _connection(mail: Mail, policy: OutsidePolicy) -> smtplib.SMTP:
    if mail.security == "SSL":
        return _Secure(policy, mail.server, mail.port)
    return _Plain(policy, mail.server, mail.port)


class _Plain(smtplib.SMTP):
    """SMTP to an address that the policy allows."""

    def __init__(self, policy: OutsidePolicy, host: str, port: int) -> None:
        self._policy = policy
        super().__init__(host, port, timeout=policy.seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _connected(self._policy, host, port, timeout)


class _Secure(smtplib.SMTP_SSL):
    """The same, by TLS from its first byte on."""

    def __init__(self, policy: OutsidePolicy, host: str, port: int) -> None:
        self._policy, self._name = policy, host
        context = ssl.create_default_context(cafile=policy.ca_file)
        super().__init__(host, port, timeout=policy.seconds, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = _connected(self._policy, host, port, timeout)
        secure: socket.socket = self.context.wrap_socket(plain, server_hostname=self._name)
        return secure


def _connected(policy: OutsidePolicy, host: str, port: int, timeout: float) -> socket.socket:
    found: list[Any] = [address for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if policy.allows(host, ip_address(address[0].partition("%")[0])):
            return socket.create_connection(address[:2], timeout)
    message = f"The SMTP server {host} is at {found[0][0]}, where nothing is sent to from here."
    hint = "To allow it, name it in server.outside.allowed_hosts or server.outside.allowed_networks."
    raise MailRefused(message, field="smtp_server", hint=hint)


def _told(mail: Mail, error: Exception) -> str:
    return f"The SMTP server {mail.server}:{mail.port} did not take the message: {error}."
