"""Calls to others: where they may go, and what becomes of those who answer strangely."""

import asyncio
import gzip
import ssl
import subprocess
from collections.abc import Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from penstock.domain.errors import InvalidInput
from penstock.server.outside import (
    OutsideFailed,
    OutsidePolicy,
    OutsideRefused,
    OutsideRequest,
    OutsideResponse,
    call,
)
from penstock.server.outside.addresses import network_from

LOCAL = OutsidePolicy(allowed_networks=("127.0.0.0/8",))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi"


class Server:
    """Answers each request with what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: bytes | Callable) -> None:
        self.answers, self.asked = list(answers), []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:-2])
            body = await reader.readexactly(int(fields.get("Content-Length", 0)))
            self.asked.append((head.decode("latin-1").split("\r\n")[0], fields, body))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if callable(answer):
                await answer(writer)
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
    listening = await asyncio.start_server(server.answer, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def asked(server: Server, request: OutsideRequest | None = None, policy=LOCAL, **options) -> OutsideResponse:
    """What a call answers that is made while the server is there."""

    async def scenario() -> OutsideResponse:
        async with serving(server):
            made = request or OutsideRequest(url=f"{server.url}/x", body=b"{}")
            return await call(made, policy, **options)

    return asyncio.run(scenario())


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_request_is_sent_and_its_answer_taken():
    server = Server(OK)
    answer = asked(server)
    assert (answer.status, answer.body, answer.is_success, answer.is_cut) == (200, b"hi", True, False)
    assert ("x-a", "b") in answer.headers
    ((line, fields, body),) = server.asked
    assert (line, body) == ("POST /x HTTP/1.1", b"{}")
    assert fields["Host"] == f"127.0.0.1:{server.port}"
    assert fields["User-Agent"].startswith("penstock/")


def test_the_name_stays_in_the_request_while_the_address_is_connected_to():
    server = Server(OK)

    async def scenario() -> None:
        async def resolve(host: str, port: int) -> list:
            assert host == "hooks.example.test"
            return [("127.0.0.1", port)]

        async with serving(server):
            url = f"http://hooks.example.test:{server.port}/a b?q=ü#fragment"
            await call(OutsideRequest(url=url, method="GET"), LOCAL, resolve=resolve)

    asyncio.run(scenario())
    line, fields, _ = server.asked[0]
    assert line == "GET /a%20b?q=%C3%BC HTTP/1.1"
    assert fields["Host"] == f"hooks.example.test:{server.port}"


PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "1.1.1.1"]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2001:0:7f00:1::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address):
    assert OutsidePolicy().allows("example.test", ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
@pytest.mark.cve
def test_no_other_address_may_be_called(address):
    assert not OutsidePolicy().allows("example.test", ip_address(address))


def test_settings_allow_names_and_networks():
    policy = OutsidePolicy(
        allowed_hosts=("hooks.internal", "*.corp"), allowed_networks=("10.2.0.0/16", "::1")
    )
    allowed = [
        ("hooks.internal", "192.168.1.1"),
        ("HOOKS.internal.", "127.0.0.1"),
        ("a.b.corp", "10.9.0.1"),
        ("anything", "10.2.3.4"),
        ("anything", "::1"),
    ]
    refused = [
        ("xhooks.internal", "192.168.1.1"),
        ("corp", "10.9.0.1"),
        ("anything", "10.3.0.1"),
        ("hooks.internal", "169.254.169.254"),
        ("hooks.internal", "::ffff:169.254.169.254"),
        ("hooks.internal", "168.63.129.16"),
        ("hooks.internal", "fe80::1"),
    ]
    assert [case for case in allowed if not policy.allows(case[0], ip_address(case[1]))] == []
    assert [case for case in refused if policy.allows(case[0], ip_address(case[1]))] == []
    with pytest.raises(InvalidInput, match=r"'10\.2' is no network"):
        network_from("10.2")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ],
)
@pytest.mark.cve
def test_this_machine_is_refused_however_it_is_spelled(host):
    server = Server(OK)

    async def scenario() -> None:
        async with serving(server):
            await call(OutsideRequest(url=f"http://{host}:{server.port}/"))

    with pytest.raises(OutsideRefused, match=r"is not an address.*server\.outside\.allowed_hosts"):
        asyncio.run(scenario())
    assert server.asked == []


@pytest.mark.cve
def test_a_name_that_changes_its_mind_reaches_nothing():
    """Rebinding: the address that is looked at is the one that is connected to, and each time anew."""
    server = Server(to("/again"))
    answers = iter([["127.0.0.5"], ["127.0.0.1"]])

    async def resolve(host: str, port: int) -> list:
        return [(address, port) for address in next(answers)]

    async def scenario() -> None:
        policy = OutsidePolicy(allowed_networks=("127.0.0.5/32",))  # stands for a public address
        async with serving(server, host="127.0.0.5"):
            url = f"http://rebinding.test:{server.port}/"
            await call(OutsideRequest(url=url), policy, resolve=resolve)

    with pytest.raises(OutsideRefused, match=r"rebinding\.test is 127\.0\.0\.1"):
        asyncio.run(scenario())
    assert len(server.asked) == 1
    assert next(answers, None) is None


def test_of_several_addresses_only_those_that_may_be_called_are_tried():
    server = Server(OK)

    async def resolve(host: str, port: int) -> list:
        return [("127.0.0.1", port), ("127.0.0.5", port)]

    async def scenario() -> OutsideResponse:
        async with serving(server, host="127.0.0.5"):
            request = OutsideRequest(url=f"http://two.test:{server.port}/")
            return await call(request, OutsidePolicy(allowed_networks=("127.0.0.5",)), resolve=resolve)

    assert asyncio.run(scenario()).status == 200


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "//10.0.0.1/",
        "http://[::1]/",
        "http://192.168.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://",
        "http://[",
    ],
)
@pytest.mark.cve
def test_a_redirect_is_looked_at_like_any_request(location):
    with pytest.raises(OutsideRefused):
        asked(Server(to(location)))


def test_three_redirects_are_followed_and_no_more():
    server = Server(to("/1"), to("/2"), to("/3"), OK)
    answer = asked(server)
    assert answer.url == f"{server.url}/3"
    assert [line.split()[1] for line, *_ in server.asked] == ["/x", "/1", "/2", "/3"]
    with pytest.raises(OutsideRefused, match="4th time"):
        asked(Server(to("/round")))


def test_a_redirect_takes_method_and_body_along_where_its_status_says_so():
    kept, changed = Server(to("/y", 307), OK), Server(to("/y", 303), OK)
    asked(kept)
    asked(changed)
    assert [(line, body) for line, _, body in kept.asked][1] == ("POST /y HTTP/1.1", b"{}")
    assert [(line, body) for line, _, body in changed.asked][1] == ("GET /y HTTP/1.1", b"")


def test_credentials_are_not_sent_on_to_another_host():
    first, second = Server(b""), Server(OK)
    headers = {
        "Authorization": "Bearer x",
        "X-Api-Key": "k",
        "Content-Type": "text/x",
        "Idempotency-Key": "i",
    }

    async def scenario() -> None:
        async with serving(first), serving(second):
            first.answers = [to(f"{second.url}/y", 308)]
            await call(OutsideRequest(url=first.url, headers=headers), LOCAL)
            first.answers = [to("/same", 308), OK]
            await call(OutsideRequest(url=first.url, headers=headers), LOCAL)

    asyncio.run(scenario())
    received = second.asked[0][1]
    assert received.keys() & {"Authorization", "X-Api-Key"} == set()
    assert (received["Content-Type"], received["Idempotency-Key"]) == ("text/x", "i")
    assert first.asked[-1][1]["Authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "nothing is not spoken"),
        ("/path", "nothing is not spoken"),
        ("file:///etc/passwd", "file is not spoken"),
        ("ftp://example.test/", "ftp is not spoken"),
        ("unix:///run/docker.sock", "unix is not spoken"),
        ("http://", "no host"),
        ("http://a:b@example.test/", "user or a password"),
        ("http://example.test:99999/", "no URL"),
        ("http://exa mple.test/", "no host"),
        ("http://[::1/", "no URL"),
    ],
)
def test_what_is_no_url_of_ours_to_call_is_refused(url, message):
    with pytest.raises(OutsideRefused, match=message):
        asyncio.run(call(OutsideRequest(url=url)))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-Injected: c"},
        {"X-A\r\nX-Injected": "c"},
        {"": "x"},
        {"Host": "other"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "keep-alive"},
    ],
)
def test_headers_do_not_change_the_request(headers):
    server = Server(OK)

    async def scenario() -> None:
        async with serving(server):
            await call(OutsideRequest(url=server.url, headers=headers), LOCAL)

    with pytest.raises(OutsideRefused):
        asyncio.run(scenario())
    assert server.asked == []


async def drip(writer: asyncio.StreamWriter) -> None:
    """A head that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not writer.is_closing():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.01)


async def pour(writer: asyncio.StreamWriter) -> None:
    """A body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65_536)
        await writer.drain()


async def say_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("silence", [drip, say_nothing])
def test_who_takes_too_long_is_given_up(silence):
    policy = OutsidePolicy(allowed_networks=("127.0.0.0/8",), seconds=0.2)
    with pytest.raises(OutsideFailed, match=r"has not answered within 0\.2 s"):
        asked(Server(silence), policy=policy)


def test_an_answer_without_an_end_is_cut():
    answer = asked(Server(pour))
    assert (answer.status, len(answer.body), answer.is_cut) == (200, 1_048_576, True)


def test_nothing_is_unpacked():
    bomb = gzip.compress(b"0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    server = Server(head + bomb)
    assert asked(server).body == bomb
    assert "Accept-Encoding" not in server.asked[0][1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "hung up"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n", "not answer in HTTP"),
    ],
)
def test_what_is_no_http_is_a_failure(answer, message):
    with pytest.raises(OutsideFailed, match=message):
        asked(Server(answer))


def test_a_chunked_answer_and_one_that_ends_with_the_connection():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    assert asked(Server(chunked)).body == b"hi!"
    assert asked(Server(b"HTTP/1.0 200 OK\r\n\r\nuntil it ends")).body == b"until it ends"
    assert asked(Server(b"HTTP/1.1 204 No Content\r\n\r\n")).status == 204


def test_nobody_there_is_a_failure_that_may_pass():
    with pytest.raises(OutsideFailed, match="cannot be reached") as refused:
        asyncio.run(call(OutsideRequest(url="http://127.0.0.1:1/secret?token=x"), LOCAL))
    assert "token" not in str(refused.value)
    with pytest.raises(OutsideFailed, match="its name means nothing"):
        asyncio.run(call(OutsideRequest(url="http://nobody.invalid/")))


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert asked(Server(OK)).status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=x -keyout {key} -out {cert}"
    names = ["-addext", "subjectAltName=DNS:hooks.example.test"]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return cert, key


def secured(certificate, host: str, answer: bytes, **policy) -> OutsideResponse:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = Server(answer)

    async def resolve(host: str, port: int) -> list:
        return [("127.0.0.1", port)]

    async def scenario() -> OutsideResponse:
        async with serving(server, context):
            request = OutsideRequest(url=f"https://{host}:{server.port}/")
            return await call(
                request, OutsidePolicy(allowed_networks=("127.0.0.1",), **policy), resolve=resolve
            )

    return asyncio.run(scenario())


def test_certificates_are_for_the_name_and_not_for_the_address(certificate):
    trusted = {"ca_file": str(certificate[0])}
    assert secured(certificate, "hooks.example.test", OK, **trusted).body == b"hi"
    with pytest.raises(OutsideFailed, match="certificate is not trusted"):
        secured(certificate, "other.example.test", OK, **trusted)
    with pytest.raises(OutsideFailed, match="certificate is not trusted"):
        secured(certificate, "hooks.example.test", OK)


def test_a_redirect_does_not_leave_tls(certificate):
    with pytest.raises(OutsideRefused, match="without TLS"):
        secured(
            certificate, "hooks.example.test", to("http://hooks.example.test/"), ca_file=str(certificate[0])
        )
