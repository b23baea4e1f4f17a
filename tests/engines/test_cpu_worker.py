"""The CPU engine's child as a program of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from axchat.deadline import Deadline
from axchat.process.worker import Worker

ARGV = [sys.executable, "-P", "-m", "axchat.engines.cpu_worker"]
PATIENCE_S = 60.0

# ctypes.PyDLL keeps the interpreter lock, as llama.cpp's loading does: no other thread could act.
TIED = """
import ctypes
from axchat.engines.cpu_worker import tie_to_lifeline
tie_to_lifeline(0)
print("tied", flush=True)
ctypes.PyDLL(None).sleep(600)
"""


def environment(**extra: str) -> dict[str, str]:
    """What the child needs of ours."""
    passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**passed, **extra}


def order(model: Path) -> dict[str, object]:
    """What the child is told."""
    return {"model": str(model), "context": 256, "threads": 1, "key": "k"}


def test_the_lifeline_ends_it_while_the_interpreter_is_locked() -> None:
    """The kernel ends the child when the pipe closes, whatever Python is doing."""
    child = subprocess.Popen([sys.executable, "-c", TIED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"tied\n"
        child.stdin.close()
        assert child.wait(PATIENCE_S) == -signal.SIGIO


def test_a_lifeline_that_is_closed_already_ends_it() -> None:
    """A parent that dies before the child is tied to it leaves nothing either."""
    done = subprocess.run([sys.executable, "-c", TIED], input=b"", capture_output=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout) == (0, b"")


def test_no_order_is_a_quiet_end() -> None:
    """A parent that dies before it gives the order leaves nothing."""
    done = subprocess.run(ARGV, input=b"", capture_output=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        ("raise ImportError('libgomp.so.1: cannot open shared object file')", "import", "libgomp.so.1"),
        ("class CommonParams: pass\nServer = None", "version", "model"),
    ],
    ids=["missing library", "other version"],
)
def test_a_package_that_does_not_work(tmp_path: Path, module: str, error: str, message: str) -> None:
    """A missing library and other parameter names are answers, not tracebacks."""
    (tmp_path / "xllamacpp.py").write_text(module)
    with closing(
        Worker(
            ARGV,
            environment(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])),
            order(tmp_path),
        )
    ) as child:
        answer = child.answer(Deadline(PATIENCE_S))
        assert answer is not None
        assert answer["error"] == error
        assert message in str(answer["message"])
        assert child.wait(PATIENCE_S) == 0


def test_a_folder_of_the_users_is_not_imported(tmp_path: Path) -> None:
    """A json.py where the user stands has no effect on the child."""
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    done = subprocess.run(ARGV, input=b"", capture_output=True, timeout=PATIENCE_S, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_damaged_file_is_llama_cpps_to_refuse(tmp_path: Path) -> None:
    """llama.cpp's refusal of a file arrives as an answer, its reason in the log."""
    damaged = tmp_path / "m.gguf"
    damaged.write_bytes(b"GGUF\x03\0\0\0" + b"\xff" * 4096)
    with closing(Worker(ARGV, environment(), order(damaged))) as child:
        answer = child.answer(Deadline(PATIENCE_S))
        assert answer is not None
        assert answer["error"] == "load"
        assert child.wait(PATIENCE_S) == 0
        assert any(" E " in line for line in child.log_tail())


def test_the_log_of_this_llama_cpp_can_be_flushed() -> None:
    """Its names are those of the installed version: a refusal never comes without its reason."""
    program = "from axchat.engines.cpu_worker import flush_log; flush_log(); print('flushed')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("flushed\n", "")


@pytest.fixture
def port(small_model: Path) -> Iterator[int]:
    """The port of a child with the real model."""
    with closing(Worker(ARGV, environment(), order(small_model))) as child:
        answer = child.answer(Deadline(PATIENCE_S))
        assert answer is not None
        assert isinstance(answer["load_s"], float)
        assert isinstance(answer["port"], int)
        yield answer["port"]


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage]:
    """Status and head of one request."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request(method, path, json.dumps({}) if method == "POST" else None, headers)
        response = connection.getresponse()
        response.read()
        return response.status, response.headers


@pytest.mark.model
def test_the_port_is_of_no_use_to_others(port: int) -> None:
    """Without the key nothing is answered; no page of another origin may read; slots are closed."""
    for method, path in [("POST", "/v1/chat/completions"), ("GET", "/v1/models"), ("GET", "/props")]:
        status, headers = ask(port, method, path, Origin="http://evil.example")
        assert status == 401
        assert headers.get("Access-Control-Allow-Origin", "") == ""
    assert ask(port, "POST", "/v1/chat/completions", Authorization="Bearer wrong")[0] == 401
    assert ask(port, "GET", "/slots", Authorization="Bearer k")[0] == 501
    assert ask(port, "GET", "/", Authorization="Bearer k")[0] == 404


@pytest.mark.model
def test_it_listens_on_loopback_only(port: int) -> None:
    """The kernel's table has the port at 127.0.0.1 and nowhere else."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening = "0A"
    places = {row[1].split(":")[0] for row in rows if row[3] == listening and row[1].endswith(f":{port:04X}")}
    assert places == {"0100007F"}


def test_it_imports_nothing_heavy() -> None:
    """Of axchat the child loads only itself."""
    code = (
        "import sys, axchat.engines.cpu_worker; "
        "print([m for m in sys.modules if m.split('.')[0] in ('axchat', 'rich', 'typer', 'http', 'asyncio')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert eval(done.stdout) == ["axchat", "axchat.engines", "axchat.engines.cpu_worker"]
