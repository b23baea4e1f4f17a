"""Playing a row of the fault table: one engine, one failure, and the request after it."""

import json
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from axchat.deadline import Deadline
from axchat.engines import session_load, session_turn
from axchat.engines.base import Engine, Request
from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.engines.session import SessionEngine
from axchat.errors import AxchatError
from axchat.events import TextDelta
from axchat.messages import Sampling
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support import modeldirs
from support.fault_rows import ANSWER, Row, Runner, When
from support.processes import children_of, wait_until_gone
from support.session_engine import TIMEOUT_S, Answered, collect, context_directory, conversation
from support.tokenizer_server import TokenizerServer, from_vocabulary

SILENCE_S = 2.0
"""Instead of 90 s while loading and 180 s while answering, where the runner hangs for good."""

PATIENCE_S = 1.0
"""Instead of 10 s for a quit and for a cancelled turn."""


@dataclass
class Outcome:
    """What a row gave.

    Attributes:
        answered: the request that met the failure; without events when the start failed.
        seconds: until the error, the end of the answer, or of the exit.
        following: the next request.
        endings: how the runners ended.
    """

    answered: Answered
    seconds: float
    following: Answered
    endings: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """What the user reads: the error, else the notices."""
        error = self.answered.error
        return "\n".join(self.answered.notices) if error is None else error.message


def play(row: Row, folder: Path) -> Outcome:
    """Play a row; the stand-in's failure is there for the first runner only."""
    with ExitStack() as stack:
        stack.enter_context(_short_waits(row))
        directory = _directory(row, folder, stack)
        undo = SPOILS[row.spoils](directory) if row.spoils else lambda: None
        engine = _engine(row, directory)
        stack.callback(engine.close)
        with mock.patch.dict(os.environ, {"AXCHAT_STANDIN_FAIL": row.fails} if row.fails else {}):
            started_at = time.monotonic()
            error = _start(engine)
            if row.runner is Runner.SCRIPT and error is None:
                # its runner starts with the request
                answered, seconds = _ask(engine, row)
        if error is not None:
            answered, seconds = Answered("", None, [], [], error), time.monotonic() - started_at
            undo()
            assert _start(engine) is None
        elif row.runner is not Runner.SCRIPT:
            answered, seconds = _meet(engine, row, folder)
        following = collect(engine.generate(_request("again")))
        endings = [str(step) for step in getattr(engine, "endings", [])]
        return Outcome(answered, seconds, following, endings)


def _meet(engine: Engine, row: Row, folder: Path) -> tuple[Answered, float]:
    """Ask a started engine the question that meets the failure; the seconds are the failure's."""
    assert isinstance(engine, SessionEngine)
    if row.when is When.EXIT:
        answered, _ = _ask(engine, row)
        started_at = time.monotonic()
        engine.close()
        seconds = time.monotonic() - started_at
        assert _start(engine) is None
        return answered, seconds
    if row.when is When.IDLE:
        first, _ = _ask(engine, row)
        assert first.text == ANSWER, first
        _break_idle(engine, row, folder)
    return _ask(engine, row)


def _break_idle(engine: SessionEngine, row: Row, folder: Path) -> None:
    if row.kills:
        _kill_runner(engine, row.kills)
        return
    (folder / "now").touch()
    if engine.pid is not None:  # else it was noticed already
        _wait_until_lost(engine)


def _wait_until_lost(engine: SessionEngine) -> None:
    """The reading thread takes note of what an idle runner does at once."""
    deadline = Deadline(TIMEOUT_S)
    runner = engine._runner
    assert runner is not None
    while runner.lost is None:
        assert not deadline.is_over, "the failure of the idle runner was not noticed"
        os.sched_yield()


def _kill_runner(engine: SessionEngine, name: str) -> None:
    assert engine.pid is not None
    (runner,) = children_of(engine.pid)
    os.kill(runner, getattr(signal, name))
    assert wait_until_gone(runner)


def _start(engine: Engine) -> AxchatError | None:
    try:
        for _ in engine.start(Deadline(TIMEOUT_S)):
            pass
    except AxchatError as error:
        return error
    return None


def _ask(engine: Engine, row: Row) -> tuple[Answered, float]:
    started_at = time.monotonic()
    events = engine.generate(_request(row.prompt))

    def watched() -> Iterator[object]:
        is_done = not row.kills or row.when is not When.ANSWER
        for event in events:
            yield event
            if not is_done and isinstance(event, TextDelta):
                is_done = True
                assert isinstance(engine, SessionEngine)
                _kill_runner(engine, row.kills)

    answered = collect(watched())  # type: ignore[arg-type]
    return answered, time.monotonic() - started_at


def _request(text: str) -> Request:
    return Request(conversation(text), Sampling(), Deadline(TIMEOUT_S))


def _engine(row: Row, directory: Path) -> Engine:
    if row.runner is Runner.SCRIPT:
        return ScriptEngine(directory, TokenizerSettings(False, "python3", directory / "tokenizer.log"))
    return SessionEngine(directory, quit_patience_s=PATIENCE_S, cancel_patience_s=PATIENCE_S)


def _directory(row: Row, folder: Path, stack: ExitStack) -> Path:
    plays: dict[str, object] = {"max_token_len": 1000}
    if row.when is When.IDLE and not row.kills:
        plays |= {"trigger": str(folder / "now"), "idle_s": 0}
    times = {"load_s": 0, "token_s": 0.0, "prefill_token_s": 0, "layers": 2, "answers": [ANSWER]}
    if row.runner is Runner.CONTEXT:
        return context_directory(folder, script=plays, **times)
    if row.runner is Runner.AXLLM:
        return write_axllm_demo(folder / "axllm", script=plays, **times)  # type: ignore[arg-type]
    if row.runner is Runner.SCRIPT:
        server = stack.enter_context(TokenizerServer(from_vocabulary))
        return write_demo(folder / "demo", port=server.port, has_tokenizer=False, script=plays, **times)  # type: ignore[arg-type]
    directory = write_demo(folder / "demo", script=plays, **times)  # type: ignore[arg-type]
    build = f"--standin-build {row.runner}" + (" --devices 0" if row.runner is Runner.MULTI else "")
    for runner in directory.glob("main_axcl_*"):
        runner.write_text(runner.read_text().replace("--standin-name", f"{build} --standin-name"))
    return directory


@contextmanager
def _short_waits(row: Row) -> Iterator[None]:
    """Where the runner hangs for good, the wait is short; elsewhere the machine may be slow."""
    with ExitStack() as stack:
        if "hang" in row.fails or row.fails == "silent":
            module = session_load if row.when is When.START else session_turn
            limit = "LOAD_SILENCE_S" if row.when is When.START else "ANSWER_SILENCE_S"
            if not row.kills and row.when is not When.EXIT:
                stack.enter_context(mock.patch.object(module, limit, SILENCE_S))
        yield


def _no_exec_bit(directory: Path) -> Callable[[], None]:
    runners = list(directory.glob("main_axcl_*"))
    for runner in runners:
        runner.chmod(runner.stat().st_mode & ~(stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH))

    def undo() -> None:
        for runner in runners:
            runner.chmod(runner.stat().st_mode | stat.S_IXUSR)

    return undo


def _away(pattern: str, content: bytes | None) -> Callable[[Path], Callable[[], None]]:
    """Files that are not there, or hold something else."""

    def spoil(directory: Path) -> Callable[[], None]:
        kept = {path: path.read_bytes() for path in directory.rglob(pattern)}
        assert kept
        for path in kept:
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)

        def undo() -> None:
            for path, whole in kept.items():
                path.write_bytes(whole)
                if path.name.startswith("main_"):
                    path.chmod(0o755)

        return undo

    return spoil


SPOILS: dict[str, Callable[[Path], Callable[[], None]]] = {
    "exec-bit": _no_exec_bit,
    "no-runner": _away("main_axcl_*", None),
    "lfs-pointer": _away("*_l1_together.axmodel", modeldirs.LFS_POINTER),
    "no-layer": _away("*_l1_together.axmodel", None),
    "wrong-elf": _away("main_axcl_*", modeldirs.elf(0x28)),
    "bad-tokenizer": _away("tokenizer.json", json.dumps({"model": {}}).encode()),
}
"""What is done to a directory, by the row's word; each gives the way back."""
