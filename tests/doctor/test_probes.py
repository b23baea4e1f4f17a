"""The probes on this machine."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from axchat.doctor.probes import NOBODY, Access, RealProbes, as_text


def test_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    """Regular and /proc files are read; what cannot be read is None."""
    probes = RealProbes()
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1000)
    assert probes.read_bytes(str(file), 10) == b"x" * 10
    assert probes.read_bytes(str(file)) == b"x" * 1000
    assert "processor" in (probes.read_text("/proc/cpuinfo") or "")
    for absent in (tmp_path / "absent", tmp_path, tmp_path / "a\0b"):
        assert probes.read_bytes(str(absent)) is None
        assert probes.read_text(str(absent)) is None


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    """Nobody writes to it, and the doctor goes on."""
    os.mkfifo(tmp_path / "fifo")
    assert not RealProbes().read_bytes(str(tmp_path / "fifo"))


def test_text_loses_its_ends() -> None:
    """Sysfs ends lines, the device tree ends strings with a NUL."""
    assert as_text(b"0x1f4b\n") == "0x1f4b"
    assert as_text(b"Raspberry Pi 5 Model B\0") == "Raspberry Pi 5 Model B"
    assert as_text(b"\xff") == "\ufffd"
    assert as_text(None) is None


def test_directories_are_listed_by_name(tmp_path: Path) -> None:
    """Sorted; what is no directory is None."""
    for name in ("b", "a"):
        (tmp_path / name).write_text("")
    probes = RealProbes()
    assert probes.listdir(str(tmp_path)) == ["a", "b"]
    assert probes.listdir(str(tmp_path / "a")) is None
    assert probes.listdir(str(tmp_path / "absent")) is None


def test_existence_and_links_are_seen(tmp_path: Path) -> None:
    """A dangling link exists as a link."""
    (tmp_path / "link").symlink_to("../drivers/ax_pcie_dev_host")
    probes = RealProbes()
    assert probes.exists(str(tmp_path / "link"))
    assert not probes.exists(str(tmp_path / "absent"))
    assert probes.readlink(str(tmp_path / "link")) == "../drivers/ax_pcie_dev_host"
    assert probes.readlink(str(tmp_path)) is None


def test_missing_and_denied_are_told_apart(tmp_path: Path) -> None:
    """A user without rights finds the node closed, not absent; asked as another user when run by root."""
    node = tmp_path / "node"
    node.write_text("")
    node.chmod(0o000)
    tmp_path.chmod(0o755)
    shown = (
        "import os, sys\n"
        "from axchat.doctor.probes import RealProbes\n"
        "if os.getuid() == 0:\n    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(*(str(RealProbes().access(p)) for p in sys.argv[1:]))\n"
    )
    # Parents of pytest's folder are closed to other users, so the names are relative.
    said = subprocess.run(
        [sys.executable, "-c", shown, "node", "absent", "node/below", "/dev/null"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stdout.split() == ["denied", "missing", "missing", "ok"]


def test_programs_packages_and_the_kernel_are_found(tmp_path: Path) -> None:
    """PATH is the one given; packages are looked up and not imported."""
    program = tmp_path / "axcl-smi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    probes = RealProbes({"PATH": str(tmp_path)})
    assert probes.which("axcl-smi") == str(program)
    assert probes.which("sh") is None
    assert probes.has_module("wave")
    assert not probes.has_module("no_such_package_here")
    assert probes.uname().release == os.uname().release
    assert probes.uname().machine == os.uname().machine


def test_looking_for_a_package_does_not_import_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that would fail on import is found all the same."""
    (tmp_path / "axchat_test_broken.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert RealProbes().has_module("axchat_test_broken")
    assert "axchat_test_broken" not in sys.modules


def test_children_get_little_of_the_environment() -> None:
    """PATH and HOME pass, secrets do not."""
    probes = RealProbes({"PATH": os.environ["PATH"], "HOME": "/h", "AXCHAT_API_KEY": "secret"})
    lines = probes.run(["env"], 60.0).output.split()
    assert "HOME=/h" in lines
    assert "LC_ALL=C" in lines
    assert not any("secret" in line for line in lines)


@contextmanager
def serving(body: bytes) -> Iterator[int]:
    """An HTTP server on loopback that answers every GET with a body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.encode() + b" " + body)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_get_brings_the_body_past_any_proxy() -> None:
    """The dead proxy of the test environment is not asked."""
    with serving(b'{"bos_id": 1}') as port:
        assert RealProbes().fetch("127.0.0.1", port, "/bos_id", 30.0) == b'/bos_id {"bos_id": 1}'


def test_a_huge_body_is_cut() -> None:
    """No answer of a tokenizer is that long."""
    with serving(b"x" * 1_000_000) as port:
        body = RealProbes().fetch("127.0.0.1", port, "/", 30.0)
    assert isinstance(body, bytes)
    assert 256 * 1024 <= len(body) < 1_000_000


def test_a_closed_port_says_so() -> None:
    """The reason is the kernel's."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        assert RealProbes().fetch("127.0.0.1", port, "/", 30.0) == "Connection refused"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n"])
def test_what_speaks_no_http_is_no_crash(answer: bytes) -> None:
    """Another protocol on the port gives a reason."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=talk)
        thread.start()
        result = RealProbes().fetch("127.0.0.1", listening.getsockname()[1], "/", 30.0)
        thread.join()
    assert isinstance(result, str)
    assert result


def test_a_server_that_never_answers_is_left() -> None:
    """The time limit holds."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        result = RealProbes().fetch("127.0.0.1", listening.getsockname()[1], "/", 0.2)
    assert result == "timed out"


def serve_unix(path: Path, answer: bytes) -> threading.Thread:
    """Answers one request on a Unix socket and closes; the thread that does it, started."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def talk() -> None:
        with listening:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

    thread = threading.Thread(target=talk)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.0 500 Oh\r\n\r\nno", "the holder answered 500: no"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "what answers at the holder's socket is no holder"),
        (b"", "the holder ended before it answered"),
    ],
)
def test_a_holder_is_asked_over_its_socket(answer: bytes, expected: bytes | str, tmp_path: Path) -> None:
    """Its answer, or why there is none."""
    path = tmp_path / "s"
    thread = serve_unix(path, answer)
    assert RealProbes().ask_holder(str(path), "/status", 60.0) == expected
    thread.join()


def test_a_holder_that_is_not_there_or_does_not_answer(tmp_path: Path) -> None:
    """No socket, one that was left behind, one that accepts and is silent."""
    path = tmp_path / "s"
    assert RealProbes().ask_holder(str(path), "/status", 60.0) == NOBODY
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert RealProbes().ask_holder(str(path), "/status", 60.0) == NOBODY
        listening.listen()
        assert RealProbes().ask_holder(str(path), "/status", 0.2) == "it says nothing for 0.2 s"
    assert RealProbes().ask_holder(str(path), "/status", 60.0) == NOBODY


def test_access_is_an_answer_and_not_an_exception() -> None:
    """This machine has no card; asking for its nodes opens nothing and raises nothing."""
    assert RealProbes().access("/dev/null") is Access.OK
    assert RealProbes().access("/nonexistent/axcl_host") is Access.MISSING


def test_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    """A log's newest lines, whatever its length; short files are read whole."""
    log = tmp_path / "log"
    log.write_text("old\n" * 1000 + "newest\n")
    assert RealProbes().read_tail(str(log), 10) == "ld\nnewest"
    log.write_text("newest\n")
    assert RealProbes().read_tail(str(log), 10) == "newest"
    assert RealProbes().read_tail(str(tmp_path / "absent")) is None


def test_mode_owner_and_size_are_told(tmp_path: Path) -> None:
    """Of what a link points to; of nothing there is no status."""
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    file.chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    probes = RealProbes()
    assert probes.status(str(tmp_path / "link")) == (False, 0o640, os.geteuid(), 3)
    folder = probes.status(str(tmp_path))
    assert folder is not None
    assert folder.is_directory
    assert probes.status(str(tmp_path / "absent")) is None
    assert probes.status("a\0b") is None


def test_the_user_and_the_variables_are_known(tmp_path: Path) -> None:
    """The whole environment can be asked, though children get only a few of it."""
    probes = RealProbes({"http_proxy": "http://p:1"})
    assert probes.variable("http_proxy") == "http://p:1"
    assert probes.variable("PATH") is None
    assert probes.user() == os.geteuid()
    assert probes.located(tmp_path) == tmp_path
    assert (probes.free_bytes(str(tmp_path)) or 0) > 0
    assert probes.free_bytes(str(tmp_path / "absent")) is None
