"""Who may ask over TCP, and how much: real sockets, raw bytes."""

import contextlib
import json
import os
import re
import select
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers

from axchat.config.serve_key import serve_key
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import ConfigError, Forbidden, KeyRefused
from axchat.messages import Sampling
from axchat.server import connections
from axchat.server.app import ApiOptions
from axchat.server.bodies import MAX_BODY_BYTES
from axchat.server.security import (
    LOOPBACK_HOSTS,
    Rules,
    hosts_of,
    key_refusal,
    origins_of,
    site_refusal,
)
from axchat.wire.holder import ModelSpec
from support.cli import AXCHAT, axchat
from support.live_holder import PATIENCE_S, LiveHolder

KEY = "s3cret-key"
LOCKED = Rules(key=KEY.encode())
LOOPBACK = Rules(hosts=LOOPBACK_HOSTS)


def headers(**given: str) -> Headers:
    """Headers of a request."""
    return Headers({name.replace("_", "-"): value for name, value in given.items()})


class TestHost:
    """Names that lead here by somebody else's doing (DNS rebinding)."""

    @pytest.mark.parametrize(
        "host",
        ["localhost", "LOCALHOST:11435", "127.0.0.1:1", "127.5.6.7", "[::1]:11435", "localhost."],
    )
    def test_loopbacks_names_are_ours(self, host: str) -> None:
        """With any port."""
        assert site_refusal(LOOPBACK, "/", headers(host=host)) is None

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "", "a@localhost"],
    )
    def test_other_names_are_refused(self, host: str) -> None:
        """A page of evil.example whose name leads to 127.0.0.1 gets nothing."""
        assert isinstance(site_refusal(LOOPBACK, "/", headers(host=host)), Forbidden)

    def test_an_address_that_was_asked_for_is_ours(self) -> None:
        """``--host`` names it."""
        assert (
            site_refusal(Rules(hosts=hosts_of(["Board.local"])), "/", headers(host="board.local:80")) is None
        )


class TestOrigin:
    """Pages in a browser."""

    def test_no_page_may_ask_unless_it_is_listed(self) -> None:
        """Browsers send Origin with every request of a page that could change something."""
        rules = Rules(origins=origins_of("http://localhost:3000/, https://chat.example"))
        assert site_refusal(rules, "/", headers(origin="http://localhost:3000")) is None
        assert isinstance(site_refusal(rules, "/", headers(origin="https://evil.example")), Forbidden)
        assert isinstance(site_refusal(Rules(), "/", headers(origin="null")), Forbidden)
        assert isinstance(site_refusal(Rules(), "/", headers(origin="HTTP://127.0.0.1:8000")), Forbidden)
        assert site_refusal(Rules(), "/", headers()) is None

    @pytest.mark.parametrize("origin", ["tauri://localhost", "vscode-webview://abc", "app://obsidian.md"])
    def test_programs_with_a_window_may_ask(self, origin: str) -> None:
        """No page of the web can have these."""
        assert site_refusal(Rules(), "/", headers(origin=origin)) is None


class TestKey:
    """The API key."""

    @pytest.mark.parametrize("given_", [f"Bearer {KEY}", f"bearer {KEY}", f"Bearer  {KEY} "])
    def test_the_right_one_opens(self, given_: str) -> None:
        """In the form that OpenAI's clients send."""
        assert key_refusal(LOCKED, "/v1/models", headers(authorization=given_)) is None

    @pytest.mark.parametrize("given_", ["", "Bearer", "Bearer ", KEY, f"Basic {KEY}", f"Bearer {KEY}x"])
    def test_any_other_is_refused(self, given_: str) -> None:
        """Also the right one in another scheme."""
        assert isinstance(key_refusal(LOCKED, "/v1/models", headers(authorization=given_)), KeyRefused)

    def test_health_needs_none(self) -> None:
        """A load balancer asks before it knows a key; nothing else is open."""
        assert key_refusal(LOCKED, "/health", headers()) is None
        assert isinstance(key_refusal(LOCKED, "/metrics", headers()), KeyRefused)

    def test_it_is_read_from_a_private_file_or_the_environment(self, tmp_path: Path) -> None:
        """The environment comes first; the newline that an editor adds is not part of it."""
        file = tmp_path / "key"
        file.touch(0o600)
        file.write_text(KEY + "\n")
        assert serve_key(file, {}) == KEY
        assert serve_key(file, {"AXCHAT_SERVE_KEY": "other"}) == "other"
        assert serve_key(None, {}) is None

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_a_file_that_others_may_read_is_refused(self, tmp_path: Path, mode: int) -> None:
        """The way to close it is told."""
        file = tmp_path / "key"
        file.write_text(KEY)
        file.chmod(mode)
        with pytest.raises(ConfigError, match=f"mode {mode:o}") as refused:
            serve_key(file, {})
        assert refused.value.hint == f"close it: chmod 600 {file}"

    @pytest.mark.parametrize("text", ["", "\n", "two words", "schlüssel", "a\x00b"])
    def test_what_is_no_key_is_refused_and_not_shown(self, tmp_path: Path, text: str) -> None:
        """An empty key would let everybody in."""
        file = tmp_path / "key"
        file.touch(0o600)
        file.write_text(text)
        with pytest.raises(ConfigError) as refused:
            serve_key(file, {})
        assert not text.strip() or text not in refused.value.message

    def test_another_address_than_loopback_needs_one(self) -> None:
        """Nothing listens before that is clear."""
        outcome = axchat("serve", "-e", "scripted", "--host", "0.0.0.0", "--port", "0")
        assert outcome.status == 2
        assert "whoever reaches 0.0.0.0 could use the card" in outcome.err
        assert "--insecure" in outcome.err

    def test_it_is_in_no_argument_log_or_childs_environment(self, holder_home: Path) -> None:
        """A running server with a key: its arguments and all that it writes do not hold it."""
        file = holder_home / "key"
        file.touch(0o600)
        file.write_text(KEY)
        child = subprocess.Popen(
            [*AXCHAT, "serve", "-e", "scripted", "--port", "0", "--key-file", str(file)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr is not None
        said = ""
        while "http://" not in said:
            line = child.stderr.readline()
            assert line, f"it ended: {said}"
            said += line
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", said)[0])
        status, _, body = ask(port, "GET", "/v1/models", {"Authorization": f"Bearer {KEY}wrong"})
        assert (status, KEY in body) == (401, False)
        assert ask(port, "GET", "/v1/models", {"Authorization": f"Bearer {KEY}"})[0] == 200
        arguments = Path(f"/proc/{child.pid}/cmdline").read_text()
        child.terminate()
        rest = child.communicate(timeout=PATIENCE_S)[1]
        assert KEY not in arguments + said + rest


def ask(port: int, method: str, path: str, more: dict[str, str], body: bytes = b"") -> tuple[int, str, str]:
    """A request by hand: status, head, body."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        lines = [f"{method} {path} HTTP/1.1", "Connection: close", f"Content-Length: {len(body)}"]
        given_ = {"Host": f"127.0.0.1:{port}", **more}
        lines += [f"{name}: {value}" for name, value in given_.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return answer_on(connection)


def answer_on(connection: socket.socket) -> tuple[int, str, str]:
    """Everything that comes until the end; the status is 0 where the end came first."""
    data = b""
    with contextlib.suppress(ConnectionResetError):  # it did not read all that we sent
        while piece := connection.recv(65536):
            data += piece
    if not data:
        return 0, "", ""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body.decode()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a holder on loopback listens."""
    with LiveHolder(
        tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]]), options=ApiOptions(rules=LOOPBACK)
    ) as holder:
        yield holder.port


CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
JSON = {"Content-Type": "application/json"}


class TestServer:
    """The rules at work."""

    def test_a_rebound_name_and_a_page_get_an_error_in_our_shape(self, port: int) -> None:
        """403, before anything of the request was looked at."""
        for more in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            status, _, body = ask(port, "POST", "/v1/chat/completions", {**JSON, **more}, b"{")
            assert (status, json.loads(body)["error"]["code"]) == (403, "forbidden")

    def test_no_answer_allows_other_origins(self, port: int) -> None:
        """There is no CORS header, for nobody."""
        _, head, _ = ask(port, "GET", "/v1/models", {})
        assert "access-control" not in head.lower()

    def test_a_wrong_key_is_asked_for(self, tmp_path: Path) -> None:
        """401 with the scheme."""
        rules = ApiOptions(rules=LOCKED)
        with LiveHolder(tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]]), options=rules) as holder:
            status, head, _ = ask(holder.port, "GET", "/v1/models", {})
            assert (status, "www-authenticate: bearer" in head.lower()) == (401, True)
            assert ask(holder.port, "GET", "/health", {})[0] == 200

    def test_private_routes_are_not_on_tcp(self, port: int) -> None:
        """Stopping the holder takes its socket."""
        assert ask(port, "POST", "/axchat/v1/stop", JSON, b'{"now": true}')[0] == 404
        assert ask(port, "GET", "/v1/models", {})[0] == 200

    def test_a_body_that_is_too_large_is_refused_before_it_is_sent(self, port: int) -> None:
        """What its head announces is enough."""
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
            size = f"Content-Length: {MAX_BODY_BYTES + 1}\r\n"
            head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{size}\r\n"
            connection.sendall(head.encode())
            status, _, body = answer_on(connection)
        assert (status, json.loads(body)["error"]["code"]) == (413, "body-refused")

    def test_a_body_of_unknown_size_is_cut_off_at_the_limit(self, port: int) -> None:
        """Chunked bodies announce nothing."""
        piece = b"x" * 2**20
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
            connection.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            reading: list[Any] = []
            reader = threading.Thread(target=lambda: reading.append(answer_on(connection)))
            reader.start()
            try:
                for _ in range(MAX_BODY_BYTES // 2**20 + 2):
                    connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            except OSError:
                pass  # it has answered and closed
            reader.join(PATIENCE_S)
        assert reading[0][0] in {0, 413}
        assert ask(port, "GET", "/v1/models", {})[0] == 200

    def test_a_body_that_is_nested_too_deep_is_refused(self, port: int) -> None:
        """A parser's recursion is never reached."""
        body = b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        status, _, said = ask(port, "POST", "/v1/chat/completions", JSON, body)
        assert status == 400
        assert "nested deeper" in json.loads(said)["error"]["message"]

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "/etc/passwd", "m\x00", "m/../m", "x" * 10_000, "m:latest:latest", "~"]
    )
    def test_a_model_is_a_name_of_the_table_and_never_a_path(self, port: int, name: str) -> None:
        """Nothing is opened for another; the answer is one line."""
        body = json.dumps({**CHAT, "model": name}).encode()
        status, _, said = ask(port, "POST", "/v1/chat/completions", JSON, body)
        assert status == 404, said
        assert len(json.loads(said)["error"]["message"]) < 400

    def test_a_head_that_is_too_large_is_refused(self, port: int) -> None:
        """And the connection is closed."""
        assert ask(port, "GET", "/v1/models", {"X-Much": "x" * 200_000})[0] in {0, 400}

    def test_a_client_that_dribbles_its_head_is_cut_off(self, quick: int) -> None:
        """Slow loris: it gets 408 while it is still sending, and others are served meanwhile."""
        with socket.create_connection(("127.0.0.1", quick), PATIENCE_S) as slow:
            slow.sendall(b"GET /v1/models HTTP/1.1\r\nHost: loc")
            assert ask(quick, "GET", "/v1/models", {})[0] == 200
            assert answer_on(slow)[0] == 408

    def test_a_second_head_on_a_connection_has_its_time_too(self, quick: int) -> None:
        """Keeping a connection alive is no way around the limit."""
        with socket.create_connection(("127.0.0.1", quick), PATIENCE_S) as slow:
            slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            seen = b""
            while not seen.endswith(b"}"):
                seen += slow.recv(65536)
            slow.sendall(b"GET /v1/mod")
            assert answer_on(slow)[0] == 408

    def test_a_reader_that_takes_nothing_is_cut_off_and_the_card_goes_on(self, tmp_path: Path) -> None:
        """Its answer is longer than all buffers; the next client's comes while it still stands there."""
        long = ["x" * 2**20] * 64

        def build(_spec: ModelSpec, _sampling: Sampling) -> ScriptedEngine:
            return ScriptedEngine([long, ["hi"]])

        with (
            LiveHolder(tmp_path, build, connection=Quick) as holder,
            socket.create_connection(("127.0.0.1", holder.port), PATIENCE_S) as stuck,
        ):
            body = json.dumps({**CHAT, "stream": True}).encode()
            lines = ["POST /v1/chat/completions HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
            head = "\r\n".join([*lines, "Content-Type: application/json", "", ""])
            stuck.sendall(head.encode() + body)
            chat = json.dumps(CHAT).encode()
            status, _, said = ask(holder.port, "POST", "/v1/chat/completions", JSON, chat)
            assert (status, json.loads(said)["choices"][0]["message"]["content"]) == (200, "hi")
            gone = select.poll()
            gone.register(stuck, select.POLLHUP | select.POLLERR)
            assert gone.poll(PATIENCE_S * 1000)


class Quick(connections.Connection):
    """Cuts off soon."""

    head_timeout_s = 0.3
    stall_timeout_s = 0.3


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[int]:
    """Where a holder listens that cuts off soon."""
    with LiveHolder(tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]]), connection=Quick) as holder:
        yield holder.port


def test_the_socket_is_the_users_alone_whatever_the_umask(holder_home: Path) -> None:
    """A server that is started with umask 0 has 0600 in a 0700 folder."""
    child = subprocess.Popen([*AXCHAT, "serve", "-e", "scripted"], stderr=subprocess.PIPE, text=True, umask=0)
    try:
        assert child.stderr is not None
        while "listening at" not in child.stderr.readline():
            pass
        path = holder_home / "run" / "axchat" / "holder-0.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.stat().st_uid == os.getuid()
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_S)


class TestPages:
    """Pages of an origin that is listed, where a key is needed."""

    PAGE = "http://localhost:3000"

    @pytest.fixture
    def port(self, tmp_path: Path) -> Iterator[int]:
        """Where a holder listens that lets that page ask."""
        rules = Rules(key=KEY.encode(), hosts=LOOPBACK_HOSTS, origins=frozenset({self.PAGE}))
        with LiveHolder(
            tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]]), options=ApiOptions(rules=rules)
        ) as holder:
            yield holder.port

    def preflight(self, port: int, origin: str) -> tuple[int, str]:
        """What a browser asks first: never with a key."""
        more = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        status, head, _ = ask(port, "OPTIONS", "/v1/chat/completions", more)
        return status, head.lower()

    def test_its_preflight_is_answered_without_the_key(self, port: int) -> None:
        """The answer names the page, and the header with the key."""
        status, head = self.preflight(port, self.PAGE)
        assert status == 200
        assert f"access-control-allow-origin: {self.PAGE}" in head
        assert "authorization" in head

    def test_another_pages_preflight_is_refused(self, port: int) -> None:
        """Nothing in the answer allows anything."""
        status, head = self.preflight(port, "https://evil.example")
        assert (status, "access-control" in head) == (403, False)

    def test_it_needs_the_key_and_can_read_why(self, port: int) -> None:
        """Listing an origin opens no door; a page may read an answer only where a header says so."""
        body = json.dumps(CHAT).encode()
        status, head, _ = ask(port, "POST", "/v1/chat/completions", {**JSON, "Origin": self.PAGE}, body)
        assert (status, f"access-control-allow-origin: {self.PAGE}" in head.lower()) == (401, True)
        more = {**JSON, "Origin": self.PAGE, "Authorization": f"Bearer {KEY}"}
        status, head, _ = ask(port, "POST", "/v1/chat/completions", more, body)
        assert (status, f"access-control-allow-origin: {self.PAGE}" in head.lower()) == (200, True)
