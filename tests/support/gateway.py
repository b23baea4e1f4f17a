"""Processes of a scaled-out set-up: holders that serve TCP, and HAProxy with the documented configuration."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_S = 60.0
"""For a start on a busy machine; nothing waits this long when it works."""


class Program:
    """A child whose output is read all the time and can be waited for.

    Args:
        command: what to run.
        env: all of its environment.
        pass_fds: descriptors that it inherits.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._process = subprocess.Popen(
            command,
            env=env,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def printed(self) -> str:
        """What it said so far, both streams."""
        return "".join(self._lines)

    def wait_for(self, pattern: str, count: int = 1) -> None:
        """Wait until this was printed so often; fails when it ends before or takes too long."""

        def found() -> bool:
            return len(re.findall(pattern, self.printed)) >= count

        with self._changed:
            self._changed.wait_for(lambda: self._is_over or found(), PATIENCE_S)
        assert found(), self.printed

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it, gone when this returns; the exit status."""
        self._process.send_signal(number)
        return self._reap()

    def _reap(self) -> int:
        try:
            return self._process.wait(PATIENCE_S)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._reader.join()
            assert self._process.stdout
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGKILL)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def serve(port: int, folder: Path, key: str) -> Program:
    """A server on the scripted engine, listening; with a home of its own, as another machine has."""
    folder.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "AXCHAT_SERVE_KEY": key}
    command = [sys.executable, "-m", "axchat", "serve", "--engine", "scripted", "--port", str(port)]
    made = Program(command, env)
    try:
        made.wait_for("listening at http://")
    except BaseException:
        made.end(signal.SIGKILL)
        raise
    return made


def configured(text: str, bind: str, cards: Sequence[int]) -> str:
    """The documented HAProxy configuration, listening where we say and with cards on this machine.

    Log lines go to standard output, where HAProxy's own notes go too. Everything else stays as documented.

    Args:
        text: docs/scale-out/haproxy.cfg.
        bind: an address in HAProxy's words.
        cards: ports of two cards.
    """
    changes = {
        "bind :8080": f"bind {bind}",
        "\nglobal\n": "\nglobal\n    log stdout format raw local0\n",
        **{f"192.168.1.2{number}:11435": f"127.0.0.1:{card}" for number, card in enumerate(cards, 1)},
    }
    for documented, ours in changes.items():
        assert documented in text, documented
        text = text.replace(documented, ours)
    assert "192.168." not in text
    return text
