"""The tokenizer server a legacy runner needs: seen, missed, started, ended."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.errors import RunnerTimeout, TokenizerFault
from axchat.tokenizer.lifecycle import Address, probe, require, start
from support import ports


@contextmanager
def server(status: int = 200, body: bytes = b'{"bos_id": -1}') -> Iterator[Address]:
    """Something that answers every GET the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield Address("127.0.0.1", http.server_port)
        http.shutdown()
        thread.join()


@pytest.fixture
def free_port() -> int:
    """A port where nothing listens."""
    return ports.free_port()


SERVER = """
import sys, json
from http.server import *
class H(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"bos_id": 7}')
a = sys.argv
HTTPServer((a[a.index("--host") + 1], int(a[a.index("--port") + 1])), H).serve_forever()
"""


class TestProbe:
    """What is found at an address."""

    def test_a_tokenizer_is_recognised(self) -> None:
        """A numeric bos_id is a tokenizer's answer."""
        with server() as address:
            assert probe(address) is None

    def test_a_tokenizer_of_the_context_era_is_recognised(self) -> None:
        """It answers nobody without a uid, which the probe has not."""
        with server(body=b'{"error": "Invalid uid"}') as address:
            assert probe(address) is None

    def test_nothing_there_is_said(self, free_port: int) -> None:
        """A refused connection is "nothing listens"."""
        assert probe(Address("127.0.0.1", free_port)) == "nothing listens there"

    @pytest.mark.parametrize(
        ("status", "body", "said"),
        [
            (200, b"<html>", "something else answers"),
            (200, b"[]", "something else answers"),
            (200, b'{"error": "not found"}', "something else answers"),
            (200, b'{"bos_id": null}', "its bos_id is not a number"),
            (404, b"{}", "status 404"),
        ],
    )
    def test_something_else_is_named(self, status: int, body: bytes, said: str) -> None:
        """Another program at the port is not taken for the tokenizer."""
        with server(status, body) as address:
            assert said in (probe(address) or "")


class TestRequire:
    """What a missing server means for the user."""

    def test_the_hint_is_the_command_that_starts_it(self, free_port: int) -> None:
        """The directory's own script stands in the hint, with the address the run script names."""
        with pytest.raises(TokenizerFault) as caught:
            require(Address("127.0.0.1", free_port), (Path("/m/qwen_tokenizer.py"),))

        assert f"python3 /m/qwen_tokenizer.py --host 127.0.0.1 --port {free_port}" in (
            caught.value.hint or ""
        )
        assert caught.value.exit_status == 9

    def test_a_server_that_answers_is_enough(self) -> None:
        """Nothing is raised when it answers."""
        with server() as address:
            require(address, ())


class TestStart:
    """Starting the model directory's script."""

    def test_it_answers_and_ends_with_us(self, tmp_path: Path, free_port: int) -> None:
        """The script is started with the address, answers, and is gone after close."""
        script = tmp_path / "x_tokenizer.py"
        script.write_text(SERVER)
        address = Address("127.0.0.1", free_port)

        process = start(address, script, sys.executable, tmp_path / "log", NEVER)
        try:
            assert probe(address) is None
        finally:
            process.close()

        assert probe(address) == "nothing listens there"

    def test_a_script_that_fails_is_told_with_its_last_line(self, tmp_path: Path, free_port: int) -> None:
        """A missing package in the vendor's script is the message, not a time-out."""
        script = tmp_path / "x_tokenizer.py"
        script.write_text("import no_such_package_here\n")

        with pytest.raises(TokenizerFault, match="No module named 'no_such_package_here'"):
            start(Address("127.0.0.1", free_port), script, sys.executable, tmp_path / "log", NEVER)

    def test_a_script_that_never_answers_is_ended(self, tmp_path: Path, free_port: int) -> None:
        """The deadline ends the wait and the script."""
        script = tmp_path / "x_tokenizer.py"
        script.write_text("import threading; threading.Event().wait()\n")

        with pytest.raises(RunnerTimeout, match="does not answer"):
            start(Address("127.0.0.1", free_port), script, sys.executable, tmp_path / "log", Deadline(0.3))
