"""Kills processes of a holder and of its clients at random moments, and looks at what is left.

A ``Scene`` is a home of its own with a demo model directory; its commands are real ``axchat`` processes, and
every process of it is found by its environment, whoever its parent is by then.
"""

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from axchat import __version__
from axchat.attach.place import connect
from axchat.messages import Message, Role
from axchat.standin.demo import write_demo
from axchat.wire.holder import ModelSpec, Order, encode_order
from support.holders import holder_pid
from support.processes import children_of, wait_until_gone

Connection = socket.socket
PATIENCE_S = 60.0
ANSWER = " ".join(f"word{number}" for number in range(12))
LOAD_S = 0.3
TOKEN_S = 0.01
PREFILL_TOKEN_S = 0.003

ROLES = {
    "holder": b"\0serve\0--background\0",
    "template": b"\0axchat.tokenizer.templates\0",
    "guard": b"/guard.py\0",
    "runner": b"axmodel_num\0",
    "client": b"\0axchat\0",
}
"""What the command line of each kind of process holds; the first that fits counts."""

VICTIMS = ("holder", "runner", "template", "client", "guard")


def role_of(command_line: bytes) -> str:
    """What a process of a scene is."""
    return next((role for role, mark in ROLES.items() if mark in command_line), "other")


class Command:
    """A real ``axchat`` on pipes, whose output can be waited for.

    Args:
        arguments: of ``axchat``.
        env: its whole environment.
        cwd: its folder.
        start: how Python starts axchat.
        pass_fds: descriptors that it gets.
    """

    def __init__(
        self,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        cwd: Path,
        start: tuple[str, ...] = ("-m", "axchat"),
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *start, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            pass_fds=pass_fds,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._pipes = {self.process.stdout.fileno(): bytearray(), self.process.stderr.fileno(): bytearray()}
        self._open = set(self._pipes)

    @property
    def out(self) -> bytes:
        """What it has written so far."""
        return bytes(next(iter(self._pipes.values())))

    @property
    def err(self) -> str:
        """What it has said on stderr so far."""
        return bytes(list(self._pipes.values())[1]).decode()

    def wait_for(self, is_there: Callable[[], bool]) -> bool:
        """Read until something is there; False when it ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_there():
            if not self._open:
                return False
            ready, _, _ = select.select(list(self._open), [], [], deadline - time.monotonic())
            assert ready, f"nothing came of {self.process.args}: {self.out!r} {self.err}"
            for pipe in ready:
                data = os.read(pipe, 65536)
                self._pipes[pipe] += data
                if not data:
                    self._open.discard(pipe)
        return True

    def wait(self) -> int:
        """Read to its end; the exit status, negative for a signal."""
        self.wait_for(lambda: False)
        status = self.process.wait(PATIENCE_S)
        self.close()
        return status

    def close(self) -> None:
        """Close the pipes."""
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def assert_answered(self) -> None:
        """Fail unless it gave the whole answer."""
        status = self.wait()
        assert (status, self.out.decode()) == (0, ANSWER), f"status {status}\n{self.out!r}\n{self.err}"

    def assert_ended_well(self, *, was_killed: bool = False) -> None:
        """Fail unless it gave the answer, or a part of it and an error that is no bug of ours."""
        status = self.wait()
        said = f"status {status}\n{self.out!r}\n{self.err}"
        assert "bug" not in self.err, said
        assert "Traceback" not in self.err, said
        assert ANSWER.startswith(self.out.decode()), said
        assert (status == 0) <= (self.out.decode() == ANSWER), said
        assert was_killed or status >= 0, said


class Scene:
    """A home with a demo directory.

    Args:
        folder: empty.
        script: further keys of the stand-in's script.
        env: more environment of every command.
    """

    def __init__(
        self,
        folder: Path,
        *,
        load_s: float = LOAD_S,
        token_s: float = TOKEN_S,
        prefill_token_s: float = PREFILL_TOKEN_S,
        answer: str = ANSWER,
        script: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.home = folder / "home"
        self.runtime = self.home / "run"
        self.state = self.home / "state"
        self.runtime.mkdir(parents=True, mode=0o700)
        self.directory = write_demo(
            folder / "demo",
            layers=4,
            load_s=load_s,
            token_s=token_s,
            prefill_token_s=prefill_token_s,
            answers=[answer],
            script=dict(script or {}),
        )
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("AXCHAT_", "XDG_"))}
        self.env = {
            **kept,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_DIRS": str(self.home / "etc-xdg"),
            "NO_COLOR": "1",
            **(env or {}),
        }

    @property
    def socket(self) -> Path:
        """Where its holder listens."""
        return self.runtime / "axchat" / "holder-0.sock"

    @property
    def log(self) -> Path:
        """Of its holder."""
        return self.state / "axchat" / "holder.log"

    @property
    def holder(self) -> int | None:
        """The holder's process id."""
        return holder_pid(self.runtime)

    def connect(self) -> Connection:
        """A connection to its holder."""
        made = connect(self.socket, PATIENCE_S)
        assert made is not None, "no holder listens"
        return made

    def order(self, question: str = "question", *, version: str = __version__) -> bytes:
        """What ``axchat run`` asks the holder, as a body."""
        options = (("axllm_program", None), ("device", None), ("history_tokens", None))
        spec = ModelSpec(self.directory.name, "session", str(self.directory), options)
        return encode_order(Order(spec, (Message(Role.USER, question),), client="test", version=version))

    def axchat(self, *arguments: str) -> Command:
        """Start a command."""
        return Command(arguments, self.env, self.home)

    def run(self, *more: str) -> Command:
        """Start ``axchat run`` with a question."""
        return self.axchat("run", "--engine", "session", "-m", str(self.directory), *more, "question")

    def stop(self, *more: str) -> Command:
        """``axchat stop``, which has to work."""
        command = self.axchat("stop", *more)
        status = command.wait()
        assert status == 0, command.err
        return command

    def processes(self) -> dict[int, str]:
        """Every process that has this scene's environment, and what it is."""
        mark = f"\0XDG_RUNTIME_DIR={self.runtime}\0".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in b"\0" + (entry / "environ").read_bytes() + b"\0":
                    found[int(entry.name)] = role_of((entry / "cmdline").read_bytes())
            except OSError:  # it ended
                continue
        return found

    def assert_no_orphan(self) -> None:
        """Fail unless everything that runs is the holder and what it started; what dies may do so."""
        holder = self.holder
        kept, level = set(), [] if holder is None else [holder]
        while level:
            kept |= set(level)
            level = [child for pid in level for child in children_of(pid)]
        for pid, role in self.processes().items():
            assert pid in kept or wait_until_gone(pid), f"a {role} was left behind: {pid}"

    def assert_whole_records(self) -> None:
        """Fail unless what is on the disk is whole: load times, log, and nothing half-written."""
        folder = self.state / "axchat"
        left = sorted(path.name for path in folder.iterdir())
        assert set(left) <= {"holder.log", "load-times.json"}, left
        if (times := folder / "load-times.json").exists():
            assert all(isinstance(value, float) for value in json.loads(times.read_text()).values())
        log = self.log.read_text()
        assert not log or log.endswith("\n"), log[-200:]
        assert "Traceback" not in log, log[-2000:]

    def end(self) -> None:
        """End whatever is left of it."""
        for pid in self.processes():
            if pid != os.getpid():
                _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(frozen=True)
class Moment:
    """When somebody is killed.

    Attributes:
        is_warm: the model is loaded before.
        begin: starts the command that is under way then.
        within_s: the kill comes at a random time after that.
        wanted: what it has to have said or written before that.
    """

    is_warm: bool
    begin: Callable[[Scene], Command]
    within_s: float
    wanted: Callable[[Command], bool] = lambda _: True


def _unloads(scene: Scene) -> Command:
    command = scene.run("--keep-alive", "0")
    command.wait_for(lambda: command.out == ANSWER.encode())
    return command


MOMENTS = {
    "start": Moment(False, lambda scene: scene.run(), 0.8),
    "load": Moment(False, lambda scene: scene.run(), LOAD_S + 0.3, lambda it: "started a holder" in it.err),
    "prefill": Moment(True, lambda scene: scene.run("-q"), 0.45),
    "decode": Moment(True, lambda scene: scene.run("-q"), 0.25, lambda it: bool(it.out)),
    "idle": Moment(True, lambda scene: scene.axchat("ps"), 0.2),
    "unload": Moment(True, _unloads, 0.3),
    "stop": Moment(True, lambda scene: scene.axchat("stop"), 0.3),
    "stop now": Moment(True, lambda scene: scene.axchat("stop", "--now"), 0.3),
}


@dataclass
class Chaos:
    """Kills, one after another; each is followed by a run that has to work.

    Attributes:
        scene: where.
        seed: of every choice.
        killed: how often each role was killed, and at which moment.
    """

    scene: Scene
    seed: int
    killed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def play(self, kills: int) -> None:
        """Kill so often.

        Raises:
            AssertionError: something was left that should not be; the note says which kill it was.
        """
        moments = list(MOMENTS)
        for number in range(kills):
            moment = moments[number % len(moments)]
            victim = self._random.choice(VICTIMS)
            try:
                role = self._kill_once(MOMENTS[moment], victim)
            except AssertionError as error:
                error.add_note(f"seed {self.seed}, kill {number}: {victim} at {moment}")
                raise
            self.killed[role, moment] += 1

    def _kill_once(self, moment: Moment, victim: str) -> str:
        scene = self.scene
        if moment.is_warm:
            scene.run("-q").assert_answered()
        else:
            scene.stop()
        command = moment.begin(scene)
        command.wait_for(lambda: moment.wanted(command))
        time.sleep(self._random.uniform(0, moment.within_s))  # the random moment, not a synchronisation
        role = self._kill_one(victim)
        if "stop" in command.process.args or "ps" in command.process.args:  # type: ignore[operator]
            command.wait()
            assert "bug" not in command.err, command.err
            assert "Traceback" not in command.err, command.err
        else:
            command.assert_ended_well(was_killed=role == "client")
        after = scene.run("-q")
        after.assert_answered()
        scene.assert_no_orphan()
        scene.assert_whole_records()
        return role

    def _kill_one(self, victim: str) -> str:
        """Kill a process of this kind, or where there is none, of another; what it was."""
        found: dict[str, list[int]] = {}
        for pid, role in self.scene.processes().items():
            found.setdefault(role, []).append(pid)
        for role in (victim, *(other for other in VICTIMS if other != victim)):
            if found.get(role):
                _kill(self._random.choice(sorted(found[role])))
                return role
        return "nobody"
