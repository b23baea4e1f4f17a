"""A server child: drained whatever it prints, kept in a bounded log, ended step by step."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from axchat.deadline import Deadline
from axchat.errors import RunnerFailed
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.server_child import Line, ServerChild
from axchat.process.shutdown import Ended
from support.processes import PATIENCE_S, wait_until_gone

Run = Callable[..., ServerChild]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts a bash script as a server child; stops it afterwards."""
    with ExitStack() as stack:

        def start(script: str, **options: int) -> ServerChild:
            request = LaunchRequest(("/bin/bash", "-c", script), Path("/"), child_environment())
            child = ServerChild(request, tmp_path / "server.log", **options)
            stack.callback(child.stop, is_ready=False)
            return child

        yield start


def is_ready(line: Line) -> bool:
    """Whether it is the line that the scripts print when they are ready."""
    return line.text == "ready"


def test_lines_come_without_colours_and_with_their_stream(run: Run) -> None:
    """Carriage returns end lines too; errors are told from output."""
    child = run(r"printf '\r 1%%\r 2%%\n'; printf '\033[31mbad\n\033[0m' >&2")
    assert child.wait_end(PATIENCE_S) == 0
    assert {(line.is_stderr, line.text) for line in child.lines()} == {
        (False, "1%"),
        (False, "2%"),
        (True, "bad"),
    }


def test_a_chatty_server_never_blocks_and_its_log_stays_small(run: Run, tmp_path: Path) -> None:
    """Ten megabytes are taken; of the files, two of the allowed size remain."""
    child = run("yes word | head -c 10000000", log_bytes=200_000)
    assert child.wait_end(PATIENCE_S) == 0
    child.stop(is_ready=False)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() == {"server.log", "server.log.old"}
    assert max(sizes.values()) <= 200_000
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_synced_look_sees_all_that_was_written_before(run: Run, tmp_path: Path) -> None:
    """What the child wrote before it said so elsewhere is in the lines."""
    said, go = tmp_path / "said", tmp_path / "go"
    os.mkfifo(said)
    os.mkfifo(go)
    child = run(f'lines=$(seq 9000); while echo "$lines" >&2; do echo > {said}; read < {go}; done')
    for turn in range(1, 11):
        said.read_bytes()
        child.lines(synced=True)
        assert child.mark == turn * 9000
        go.write_text("\n")


def test_waiting_ends_with_the_output(run: Run) -> None:
    """Whoever waits for a line learns that the child has ended without it."""
    child = run("exit 3")
    assert child.wait_for(is_ready, 0, Deadline(PATIENCE_S)) is None
    assert child.wait_end(PATIENCE_S) == 3


@pytest.mark.parametrize(
    ("script", "step"),
    [
        ("trap 'exit 0' INT; echo ready; while :; do read -t 0.1 <> <(:); done", Ended.INTERRUPTED),
        (
            "trap '' INT; trap 'exit 0' TERM; echo ready; while :; do read -t 0.1 <> <(:); done",
            Ended.TERMINATED,
        ),
        ("trap '' INT TERM; echo ready; exec sleep 1000", Ended.KILLED),
    ],
)
def test_the_ladder_goes_as_far_as_it_must(run: Run, script: str, step: Ended, tmp_path: Path) -> None:
    """SIGINT, SIGTERM, SIGKILL; the step that worked is in the log, and nothing stays behind."""
    child = run(script)
    assert child.wait_for(is_ready, 0, Deadline(PATIENCE_S)) is not None
    patience_s = PATIENCE_S if step is Ended.INTERRUPTED else 0.1

    assert child.stop(is_ready=True, interrupt_patience_s=patience_s) is step
    assert child.stop(is_ready=True) is step

    assert wait_until_gone(child.pid)
    assert (tmp_path / "server.log").read_text().endswith(f"axchat: the server was ended: {step}\n")


def test_a_loading_server_is_not_interrupted(run: Run) -> None:
    """SIGINT is ignored while a model loads, so SIGTERM comes first."""
    child = run("trap 'exit 0' TERM; echo ready; while :; do read -t 0.1 <> <(:); done")
    assert child.wait_for(is_ready, 0, Deadline(PATIENCE_S)) is not None
    assert child.stop(is_ready=False) is Ended.TERMINATED


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    """A log that cannot be made is the caller's error, and no descriptor stays open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    (tmp_path / "file").write_text("")
    request = LaunchRequest(("/bin/true",), Path("/"), child_environment())
    with pytest.raises((RunnerFailed, OSError)):
        ServerChild(request, tmp_path / "file" / "log")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
