"""What a worker and its zygote say to each other, byte by byte."""

import os
import socket
from collections.abc import Iterator

import pytest

from penstock.workers.protocol import Ended, Inbox, Launch, Message, Started, send


@pytest.fixture
def channel() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def launch(key: str, *, piped: bool = False, size: int = 0) -> Launch:
    return Launch(key=key, environment={"A": "x" * size}, working_dir="/", piped=piped)


def receive(inbox: Inbox, count: int) -> list[tuple[Message, tuple[int, ...]]]:
    messages: list[tuple[Message, tuple[int, ...]]] = []
    while len(messages) < count:
        messages += inbox.receive()
    return messages


def test_messages_arrive_whole_and_in_order(channel: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = channel
    sent: list[Message] = [
        Started(key="a", pid=1),
        Ended(key="a", code=3),
        launch("b"),
        Ended(key="b", signal=9),
    ]
    for message in sent:
        send(ours, message)
    assert [message for message, _ in receive(Inbox(theirs), 4)] == sent


def test_a_message_larger_than_a_read_is_put_together(channel: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = channel
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    big = launch("big", size=150_000)
    send(ours, big)
    assert receive(Inbox(theirs), 1) == [(big, ())]


def test_descriptors_reach_the_launch_that_announces_them(
    channel: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = channel
    pipes = [os.pipe(), os.pipe()]
    send(ours, launch("silent"))
    send(ours, launch("first", piped=True), pipes[0])
    send(ours, launch("second", piped=True), pipes[1])
    received = {m.key: fds for m, fds in receive(Inbox(theirs), 3)}
    assert received["silent"] == ()
    for name, (reader, writer) in zip(("first", "second"), pipes, strict=True):
        os.close(writer)
        passed_reader, passed_writer = received[name]
        os.write(passed_writer, name.encode())
        os.close(passed_writer)
        assert os.read(reader, 100) == name.encode()
        os.close(reader)
        os.close(passed_reader)


def test_the_end_of_the_other_side_is_an_eof(channel: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = channel
    ours.close()
    with pytest.raises(EOFError):
        list(Inbox(theirs).receive())
