"""Clients that send strange things, or nothing: raw bytes on real sockets."""

import asyncio
import contextlib
import json
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from axchat.engines.scripted import ScriptedEngine
from axchat.server.app import ApiOptions
from axchat.server.bodies import MAX_BODY_BYTES
from axchat.server.connections import Connection
from axchat.server.security import LOOPBACK_HOSTS, Rules
from support.live_holder import PATIENCE_S, LiveHolder

CHAT = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()
GOOD = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
REBOUND = b"GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n"


class Quick(Connection):
    """Loses patience soon, and takes few connections."""

    head_timeout_s = 0.5
    rest_timeout_s = 0.3
    max_open = 3

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        self.timeout_keep_alive = 0.5  # type: ignore[assignment]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[LiveHolder]:
    """A holder on loopback."""
    options = ApiOptions(rules=Rules(hosts=LOOPBACK_HOSTS))
    with LiveHolder(
        tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]]), options=options, connection=Quick
    ) as live:
        yield live


def connected(holder: LiveHolder) -> socket.socket:
    """A connection over TCP."""
    return socket.create_connection(("127.0.0.1", holder.port), PATIENCE_S)


def until_end(connection: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def statuses(data: bytes) -> list[int]:
    """Those of all answers on a connection."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def answers(holder: LiveHolder) -> bool:
    """Whether the server still does."""
    with connected(holder) as other:
        other.sendall(GOOD)
        return statuses(until_end(other)) == [200]


class TestRest:
    """What comes after an answer that did not wait for the body."""

    def test_who_does_not_send_it_is_cut_off(self, holder: LiveHolder) -> None:
        """The answer is there; a byte now and then keeps nothing open."""
        with connected(holder) as slow:
            size = MAX_BODY_BYTES + 1
            slow.sendall(
                f"POST /v1/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
            )
            seen = b""
            while b"body-refused" not in seen:
                seen += slow.recv(65536)
            slow.sendall(b"x")
            until_end(slow)
        assert statuses(seen) == [413]

    def test_who_sends_it_can_ask_again(self, holder: LiveHolder) -> None:
        """The rest is thrown away, and the next request on the connection is judged by itself."""
        with connected(holder) as client:
            client.sendall(b"POST /v1/models HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 4\r\n\r\nab")
            seen = b""
            while b"forbidden" not in seen:
                seen += client.recv(65536)
            client.sendall(b"cd" + GOOD)
            seen += until_end(client)
        assert statuses(seen) == [403, 200]

    def test_a_connection_that_is_idle_afterwards_ends(self, holder: LiveHolder) -> None:
        """As one does after any other answer."""
        with connected(holder) as client:
            client.sendall(b"POST /v1/models HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 4\r\n\r\nab")
            seen = b""
            while b"forbidden" not in seen:
                seen += client.recv(65536)
            client.sendall(b"cd")
            assert until_end(client) == b""


def test_each_request_of_a_pipeline_is_judged(holder: LiveHolder) -> None:
    """A refused one in front opens no way for others, nor closes it."""
    with connected(holder) as client:
        client.sendall(REBOUND + REBOUND + GOOD)
        assert statuses(until_end(client)) == [403, 403, 200]


class TestBroken:
    """A body that cannot be read on, after a head that could: no traceback for anybody's mistake."""

    HEAD = b"POST /v1/models HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n"

    def test_before_its_answer(self, holder: LiveHolder, caplog: pytest.LogCaptureFixture) -> None:
        """The client is told once."""
        with connected(holder) as client:
            client.sendall(self.HEAD + b"zz\r\n")
            assert statuses(until_end(client)) == [400]
        assert answers(holder)
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

    def test_after_its_answer(self, holder: LiveHolder, caplog: pytest.LogCaptureFixture) -> None:
        """There is nothing more to say to it."""
        with connected(holder) as client:
            client.sendall(self.HEAD)
            seen = b""
            while b"forbidden" not in seen:
                seen += client.recv(65536)
            client.sendall(b"zz\r\n")
            assert until_end(client) == b""
        assert answers(holder)
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


class TestExpect:
    """``Expect: 100-continue``, as curl sends it with a large body."""

    HEAD = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n"
    )

    def test_who_may_ask_is_told_to_go_on(self, holder: LiveHolder) -> None:
        """100, and after the body the answer."""
        with connected(holder) as client:
            client.sendall(self.HEAD.format("localhost", len(CHAT)).encode())
            seen = client.recv(65536)
            assert statuses(seen) == [100]
            client.sendall(CHAT)
            assert statuses(until_end(client)) == [200]

    def test_who_may_not_is_told_before_he_sends(self, holder: LiveHolder) -> None:
        """No 100 comes first."""
        with connected(holder) as client:
            client.sendall(self.HEAD.format("evil.example", len(CHAT)).encode())
            assert statuses(until_end(client)) == [403]


class TestHost:
    """Requests without the header."""

    def test_an_old_client_needs_none(self, holder: LiveHolder) -> None:
        """HTTP/1.0 has none; every browser sends one, and only browsers are led astray by names."""
        with connected(holder) as client:
            client.sendall(b"GET /v1/models HTTP/1.0\r\n\r\n")
            assert statuses(until_end(client)) == [200]

    @pytest.mark.parametrize(
        "lines", [b"", b"Host: localhost\r\nHost: evil.example\r\n"], ids=["none", "two"]
    )
    def test_a_newer_one_sends_exactly_one(self, holder: LiveHolder, lines: bytes) -> None:
        """Which of two names counts is nobody's guess."""
        with connected(holder) as client:
            client.sendall(b"GET /v1/models HTTP/1.1\r\n" + lines + b"\r\n")
            assert statuses(until_end(client)) == [400]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\0" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /none HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /none HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /none HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /none HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\0c\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\r\nConnection: close\r\n\r\n",
    ],
)
def test_no_bytes_are_a_fault_of_the_server(holder: LiveHolder, data: bytes) -> None:
    """Whatever comes is refused as the client's mistake, and the next client is served."""
    with connected(holder) as client:
        client.sendall(data)
        found = statuses(until_end(client))
        assert found
        assert all(400 <= status < 500 for status in found)
    assert answers(holder)


def test_connections_beyond_the_limit_end_at_once_and_the_users_own_do_not(holder: LiveHolder) -> None:
    """Idle connections over TCP take no descriptor from the commands of the one who owns the card."""
    with contextlib.ExitStack() as stack:
        [*_, last] = [stack.enter_context(connected(holder)) for _ in range(Quick.max_open)]
        one_more = stack.enter_context(connected(holder))
        assert until_end(one_more) == b""
        last.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert statuses(until_end(last)) == [200]
        own = stack.enter_context(holder.connect())
        own.sendall(b"GET /axchat/v1/status HTTP/1.0\r\nHost: axchat\r\n\r\n")
        assert statuses(until_end(own)) == [200]
