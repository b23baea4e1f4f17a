"""The ``vendor-api`` engine: the vendor's ``main_api_*`` server as a child or already running, polled.

The server keeps one conversation itself and takes none: only what this engine said in it can go on.
"""

import platform
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from axchat.console.events import FaultKind
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.server_faults import explain_end, fault_in
from axchat.engines.vendor_api_server import VendorServer
from axchat.engines.vendor_api_start import api_script, must_reset, post_config_of
from axchat.errors import (
    AxchatError,
    DeviceFailed,
    RunnerFailed,
    RunnerTimeout,
)
from axchat.events import Event, Finished, FinishReason, Level, LoadProgress, Notice, TextDelta
from axchat.messages import Message, Role
from axchat.modeldir.device import on_device
from axchat.modeldir.read import ModelDir, arch_for, command_of, read
from axchat.modeldir.script import ScriptCommand
from axchat.process.background import BackgroundProcess
from axchat.process.http_stream import DEATH_PATIENCE_S
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.server_child import ServerChild
from axchat.process.shutdown import Ended
from axchat.tokenizer import lifecycle
from axchat.wire import vendor_api as wire

POLL_INTERVAL_S = 0.05
"""The server only answers polls. A token takes 50 to 100 ms on the card: at most one token late."""

DONE_RACE_S = 0.5
"""So long a turn may look over although it has not begun (200 ms: runner-console I 6.2)."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server logs; may its tokenizer script be started, by which Python, with which log."""

    log: Path
    start_tokenizer: bool
    python: str
    tokenizer_log: Path


@dataclass
class _Turn:
    """What a generation has come to."""

    prompt: Message
    said: str = ""
    text: wire.AnswerText = field(default_factory=wire.AnswerText)


class VendorApiEngine:
    """Drives ``main_api_*``; see ``engines.base.Engine`` for the life of an engine.

    Args:
        model: model directory, or its ``run_*_api*.sh``.
        settings: see ``ServerSettings``.
        port: where the server listens; fixed in the vendor's program, another in tests.
        machine: as ``platform.machine()``.
        device: the card for a server that this engine starts; None for what the script says.
    """

    name = "vendor-api"
    capabilities = Capabilities(sampling=frozenset({"temperature", "top_p", "top_k"}), exact_counts=False)

    def __init__(
        self,
        model: Path,
        settings: ServerSettings,
        *,
        port: int = wire.PORT,
        machine: str | None = None,
        device: int | None = None,
    ) -> None:
        self._path = model
        self._settings = settings
        self._port = port
        self._cancelled = threading.Event()
        self._server = VendorServer(port, self._cancelled)
        self._machine = machine or platform.machine()
        self._device = device
        self._child: ServerChild | None = None
        self._tokenizer: BackgroundProcess | None = None
        self._tokenizer_url: str | None = None
        self._is_ready = False
        self._held: tuple[Message, ...] | None = None  # what the server's conversation holds; None: unknown
        self._system = ""
        self._defaults: dict[str, float] = {}
        self._is_answering = False
        self.ended: Ended | None = None

    @property
    def model(self) -> str:
        """The model directory's name."""
        return (self._path.parent if self._path.suffix == ".sh" else self._path).resolve().name

    @property
    def pid(self) -> int | None:
        """The process id of the child's guard; None when there is none."""
        return None if self._child is None else self._child.pid

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended by itself; ``start`` loads the model again."""
        return self._child is not None and self._child.exit_status is not None

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Find the server that runs, or start the directory's; see ``Engine.start``.

        Raises:
            ModelError: no ``run_*_api*.sh`` for this machine.
            UsageError: its server cannot be put on this card.
            TokenizerFault: its tokenizer server is not there.
            RunnerFailed: the port is taken by something else, or the server ended.
            RunnerTimeout: the deadline passed.
        """
        self.close()
        directory = read(self._path)
        script = api_script(directory, arch_for(self._machine)).resolve()
        command = command_of(script)
        on_device(command.options, self._device)  # refused before anything is started
        self._system = command.options.get("--system_prompt", "")
        self._defaults = post_config_of(script.parent, command)
        try:
            if self._server.is_there():
                yield Notice(f"using the vendor's server that runs on port {self._port}", Level.WARNING)
                if self._device is not None:
                    text = f"a server that runs already cannot be put on card {self._device}"
                    yield Notice(text, Level.WARNING)
            else:
                if command.tokenizer is not None:
                    yield from self._ensure_tokenizer(command, directory, deadline)
                yield Notice(
                    f"the vendor's server listens on every address of this machine, port {self._port}, "
                    "without authentication",
                    Level.WARNING,
                )
                yield LoadProgress(0, 1, f"loading {self.model}")
                self._start_child(script, command, deadline)
                yield LoadProgress(1, 1, f"loaded {self.model}")
        except BaseException:  # also a generator that is closed, and Ctrl-C: nothing stays behind
            self.close()
            raise
        self._is_ready = True

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``. ``cancel`` works from the moment this returns.

        Raises:
            PromptRefused: earlier turns that the server does not hold.
            ContextOverflow: the conversation does not fit the context.
            DeviceFailed: the card failed, as the log of a server that this engine started says.
            RunnerTimeout: the deadline passed.
            RunnerFailed: the server died, refused, or lost a piece of the answer.
        """
        refuse_unsupported(self, request)
        if not self._is_ready:
            raise RunnerFailed("the vendor-api engine is not started")
        system = must_reset(request.messages, self._held, self._system)
        self._cancelled.clear()
        self._is_answering = True
        return self._answer(request, system)

    def count(self, _request: Request) -> int | None:
        """Never known: the server tells neither counts nor sizes."""
        return None

    def cancel(self) -> None:
        """Stop the generation under way; takes no lock that is held while waiting."""
        if self._is_answering:
            self._cancelled.set()

    def close(self) -> None:
        """End what this engine started; ``ended`` says by which step. May be called twice."""
        child, self._child = self._child, None
        if child is not None:
            self.ended = child.stop(is_ready=self._is_ready)
        tokenizer, self._tokenizer = self._tokenizer, None
        if tokenizer is not None:
            tokenizer.close()
        self._is_ready = self._is_answering = False
        self._held = None

    def _ensure_tokenizer(
        self, command: ScriptCommand, directory: ModelDir, deadline: Deadline
    ) -> Iterator[Event]:
        assert command.tokenizer is not None, "the caller looked"
        self._tokenizer_url = command.tokenizer.url
        address = lifecycle.Address(command.tokenizer.host, command.tokenizer.port)
        scripts = directory.tokenizer_scripts
        is_missing = lifecycle.probe(address) is not None
        if is_missing and self._settings.start_tokenizer and scripts:
            yield Notice(f"starting {scripts[0].name} at {address}")
            self._tokenizer = lifecycle.start(
                address, scripts[0].resolve(), self._settings.python, self._settings.tokenizer_log, deadline
            )
        elif is_missing:
            lifecycle.require(address, scripts)

    def _start_child(self, script: Path, command: ScriptCommand, deadline: Deadline) -> None:
        argv = command.argv(on_device(command.options, self._device))
        request = LaunchRequest(tuple(argv), script.parent, child_environment())
        child = self._child = ServerChild(request, self._settings.log)
        ready = child.wait_for(
            lambda line: not line.is_stderr and line.text.startswith(wire.READY_LINE), 0, deadline
        )
        if ready is not None:
            return
        status = child.wait_end(DEATH_PATIENCE_S)
        if status is not None:
            raise explain_end(child.said(), status, tokenizer=self._tokenizer_url)
        raise RunnerTimeout(
            f"{self.model} was not loaded in the time allowed",
            hint=f"allow more time with --timeout; see {self._settings.log}",
        )

    def _answer(self, request: Request, system: str | None) -> Generator[Event, None, None]:
        turn = _Turn(request.messages[-1])
        before = () if system is not None else (self._held or ())
        kept = tuple(m for m in request.messages[:-1] if m.role is Role.SYSTEM) if system is not None else ()
        since = self._mark_of_log()
        if self._cancelled.is_set():
            self._is_answering = False
            yield Finished(FinishReason.CANCELLED)
            return
        self._held = None  # until the turn is whole
        try:
            if system is not None:
                self._server.ask_until_taken("/api/reset", wire.reset_body(system), request.deadline)
            body = wire.generate_body(turn.prompt.text, request.sampling, self._defaults)
            self._server.ask_until_taken("/api/generate", body, request.deadline)
            for event in self._poll(turn, request.deadline):
                self._check_log(since)
                yield event
            self._check_log(since, synced=True)
            if self._cancelled.is_set():
                yield Finished(FinishReason.CANCELLED)
                return
            self._held = (*before, *kept, turn.prompt, Message(Role.ASSISTANT, turn.said))
            yield Finished(FinishReason.UNKNOWN)
        except RunnerFailed as error:
            raise self._died(since, error, has_text=bool(turn.said)) from error
        finally:
            if self._held is None:
                self._server.stop_turn()
            self._is_answering = False

    def _mark_of_log(self) -> int:
        """Where the log of the next turn begins, once all that was said before has been read."""
        if self._child is None:
            return 0
        self._child.lines(self._child.mark, synced=True)
        return self._child.mark

    def _poll(self, turn: _Turn, deadline: Deadline) -> Iterator[Event]:
        has_begun, race = False, Deadline(DONE_RACE_S)
        while not self._cancelled.is_set():
            poll = self._server.poll(deadline)
            if text := turn.text.receive(poll.text):
                turn.said += text
                yield TextDelta(text)
            has_begun = has_begun or bool(poll.text) or not poll.is_done
            if poll.is_done and (has_begun or race.is_over):
                if rest := turn.text.rest():
                    turn.said += rest
                    yield TextDelta(rest)
                return
            self._cancelled.wait(deadline.left(POLL_INTERVAL_S))

    def _check_log(self, since: int, *, synced: bool = False) -> None:
        """Raise when the child's log says that the card failed; the answer would go on with garbage."""
        for line in () if self._child is None else self._child.lines(since, synced=synced):
            fault = fault_in(line.text)
            if fault is not None and fault.kind in {FaultKind.NPU, FaultKind.DEVICE}:
                raise DeviceFailed(
                    f"the card failed in the middle of the answer: {fault.message}",
                    hint="run: axchat doctor",
                    line=fault.message,
                )

    def _died(self, since: int, error: RunnerFailed, *, has_text: bool) -> AxchatError:
        """The child's own reason, when it has ended."""
        child = self._child
        if child is None or (status := child.wait_end(DEATH_PATIENCE_S)) is None:
            return error
        self._is_ready = False
        return explain_end(child.said(since), status, tokenizer=self._tokenizer_url, has_text=has_text)
