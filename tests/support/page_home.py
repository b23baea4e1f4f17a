"""An empty home in which the commands of one page are run."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from axchat.cli.examination import ROOT_VARIABLE
from support.holders import all_holders, end
from support.page_blocks import ROOT, SHELL, Block, Command
from support.page_needs import Needs
from support.page_shell import PATIENCE_S, Shell
from support.ports import free_port

READY_ADDRESS = "NOTIFY_SOCKET"
USER_HOME, USER_RUNTIME, MACHINE_CONFIG = "/home/me", "/run/user/1000", "/etc/xdg"
"""What the documents call the folders."""

PORTS = re.compile(r"\b(?:11435|11436|12345|8000|8080)\b")
"""Ports that documents name; each is a free one in a test."""

_GOES_ON = re.compile(r"\baxchat serve\b(?!.*--print-systemd)")
_LEFT_ALONE = ("LANG", "TZ", "SSL_CERT_FILE")


class PageHome:
    """A context manager: a home, a runtime folder and an environment that last as long as a page.

    Args:
        model: the file of the small CPU model.
    """

    def __init__(self, model: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="axdoc-")
        folder = Path(self._folder.name)
        self.home, self._runtime = folder / "home", folder / "run"
        self._state, self._machine_config = folder / "state", folder / "xdg"
        for path in (self.home, self._runtime, self._state, self._machine_config):
            path.mkdir(mode=0o700)
        self._ports: dict[str, int] = {}
        self._going_on: list[Shell] = []
        self._status = 0
        self._env = self._environment()
        self._needs = Needs(self.home, folder / "machine", self._env, model, self._port)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _LEFT_ALONE if name in os.environ}
        return kept | {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "XDG_CONFIG_DIRS": str(self._machine_config),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,127.1,localhost",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._needs.close()
            for shell in reversed(self._going_on):
                shell.close()
            for pid in all_holders(self._runtime):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)  # a page may have stopped it
                end(pid, signal.SIGTERM if kind is None else signal.SIGKILL)
        finally:
            self._folder.cleanup()

    def enter(self, block: Block) -> None:
        """Bring about what a block asks for, and begin its shell in the home."""
        for name, *arguments in block.needs:
            self._needs.bring(name, *arguments)
        (self._state / "env").write_text("")
        (self._state / "cwd").write_text(str(self.home))
        self._status = 0

    def run(self, kind: str, command: Command) -> tuple[tuple[str, ...], int]:
        """Run a command; what the terminal shows, in the documents' words, and the exit status.

        One that serves is left running to the end of the page once it listens, with status 0.
        """
        text = PORTS.sub(lambda port: str(self._port(port[0])), command.text)
        state, source = self._state, "</dev/null" if kind == SHELL else ""
        script = (
            f'. {state}/env; cd "$(cat {state}/cwd)"; {{ (exit {self._status})\n{text}\n}} {source}\n'
            f"status=$?; export -p | grep -v -e {READY_ADDRESS} -e {ROOT_VARIABLE} >{state}/env\n"
            f"pwd >{state}/cwd; exit $status"
        )
        if _GOES_ON.search(text):
            shell, status = self._serve(script)
            lines = shell.lines
        elif kind == SHELL:
            lines, status = self._on_pipe(script)
        else:
            shell = Shell(script, self._variables(script), self.home, command.typed)
            with contextlib.closing(shell):
                status, lines = shell.wait(), shell.lines
        self._status = status or 0
        return tuple(self._renamed(line) for line in lines), self._status

    def _on_pipe(self, script: str) -> tuple[tuple[str, ...], int]:
        """Nobody looks at the output unless the command fails; a file ends no later than the command."""
        with tempfile.TemporaryFile() as printed, subprocess.Popen(
            ["bash", "-c", script], env=self._variables(script), cwd=self.home, stdout=printed,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        ) as child:  # fmt: skip
            try:
                status = child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                raise
            printed.seek(0)
            return tuple(printed.read().decode(errors="replace").splitlines()), status

    def _variables(self, script: str) -> dict[str, str]:
        """The environment; a planted machine is the doctor's alone."""
        if self._needs.machine is None or "axchat doctor" not in script:
            return self._env
        return {**self._env, ROOT_VARIABLE: str(self._needs.machine)}

    def _serve(self, script: str) -> tuple[Shell, int | None]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            path = self._state / f"ready-{len(self._going_on)}"
            ready.bind(str(path))
            shell = Shell(script, {**self._env, READY_ADDRESS: str(path)}, self.home, ready=ready)
            self._going_on.append(shell)
            return shell, shell.wait()

    def _port(self, named: str) -> int:
        return self._ports.setdefault(named, free_port())

    def _renamed(self, line: str) -> str:
        for named, port in self._ports.items():
            line = re.sub(rf"\b{port}\b", named, line)
        for real, told in (
            (str(self.home), USER_HOME), (str(self._runtime), USER_RUNTIME),
            (str(self._machine_config), MACHINE_CONFIG),
            (sys.prefix, f"{USER_HOME}/.venv"), (str(ROOT), f"{USER_HOME}/axchat"),
        ):  # fmt: skip
            line = line.replace(real, told)
        return line
