"""The ``script`` engine: the vendor's run script, once per request (legacy dialect).

The script loads the model, answers the prompt given as its argument and ends. Where nothing answers at the
tokenizer address that the script names, axchat's own service listens there, and a run is as exact as a
session. A server that answers there is used as it is: then one line is sent, without history or system
prompt (the server fixes one). Sampling options are those of ``post_config.json``.
"""

import platform
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from axchat.deadline import NEVER, Deadline
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.context_room import ContextRoom
from axchat.engines.directory import check_directory
from axchat.engines.own_tokenizer import OTHERS_TOKENIZER, OWN_TOKENIZER, OwnTokenizer, open_at
from axchat.engines.script_owned import OwnedRun
from axchat.engines.script_turn import ScriptTurn
from axchat.errors import ModelError, PromptRefused
from axchat.events import Event, Finished, FinishReason, Level, Notice
from axchat.messages import Role
from axchat.modeldir.device import require_device
from axchat.modeldir.eras import folder_of, has_tokenizer_json
from axchat.modeldir.read import Era, ModelDir, arch_for, command_of, read
from axchat.modeldir.script import Dialect, ScriptCommand
from axchat.process.background import BackgroundProcess
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.pty_transport import PtyTransport
from axchat.process.transport import ConsoleTransport
from axchat.tokenizer import lifecycle

LONGEST_PROMPT_BYTES = 4095
"""What the runner's console takes in one line (recorded session 06-pty-canon-line-5000)."""

_OTHER_ENGINE = "drive it with another engine: axchat run --engine {} -m DIR"


@dataclass(frozen=True, slots=True)
class TokenizerSettings:
    """May axchat start the directory's tokenizer script, with which interpreter, and where it logs."""

    start: bool
    python: str
    log: Path


class ScriptEngine:
    """See ``Engine``. One run of the vendor's script per request.

    Args:
        model: model directory, or one run script in it.
        tokenizer: what to do about the tokenizer server.
        device: the card that was chosen; another one than the script's is refused.
        machine: as ``platform.machine()``; chooses the script and checks the runner's ELF header.
        spawn: starts a child on a console; replaced in tests.
    """

    name = "script"

    def __init__(
        self,
        model: Path,
        tokenizer: TokenizerSettings,
        *,
        device: int | None = None,
        machine: str | None = None,
        spawn: Callable[[LaunchRequest], ConsoleTransport] = PtyTransport,
    ) -> None:
        self._path = model
        self._tokenizer = tokenizer
        self._device = device
        self._machine = machine or platform.machine()
        self._spawn = spawn
        self._turn: ScriptTurn | OwnedRun | None = None
        self._is_cancelled = False
        self._own: OwnTokenizer | None = None
        self._is_started = False
        self._room = ContextRoom()
        self._server: BackgroundProcess | None = None
        self._directory: ModelDir | None = None

    @property
    def model(self) -> str:
        """The model directory's name."""
        return self._path.resolve().name

    @property
    def capabilities(self) -> Capabilities:
        """What a run can do: more where the tokenizer is axchat's own, which ``start`` finds out.

        The context's sizes are known after the first run: nothing is loaded before.
        """
        own = self._own
        is_own = own is not None if self._is_started else has_tokenizer_json(folder_of(self._path))
        return replace(
            OWN_TOKENIZER if is_own else OTHERS_TOKENIZER,
            context_tokens=self._room.limits.max_token_len,
            prompt_tokens_max=self._room.longest_prompt,
            think=is_own if own is None else own.prompts.can_think,
        )

    @property
    def is_lost(self) -> bool:
        """Never: every request loads the model."""
        return False

    def start(self, deadline: Deadline = NEVER) -> Iterator[Event]:
        """Check the directory and its tokenizer server; nothing is loaded before a request."""
        directory = self._directory = read(self._path)
        if directory.era is Era.AXLLM and not directory.scripts:
            raise ModelError(
                f"{self._path} is for axllm: it has config.json, and no run_*.sh for this engine",
                hint=_OTHER_ENGINE.format("session"),
            )
        command = command_of(self._script())
        refuse_other_dialects(command, self._script())
        require_device(command.options, self._device)
        yield from check_directory(directory, self._machine)
        if command.tokenizer is not None:
            address = lifecycle.Address(command.tokenizer.host, command.tokenizer.port)
            self._own, notices = open_at(directory.path.resolve(), address)
            yield from notices
            if self._own is None:
                yield from self._ensure_tokenizer(address, directory, deadline)
        self._is_started = True

    def _ensure_tokenizer(
        self, address: lifecycle.Address, directory: ModelDir, deadline: Deadline
    ) -> Iterator[Event]:
        scripts = directory.tokenizer_scripts
        is_missing = lifecycle.probe(address) is not None
        if is_missing and self._tokenizer.start and scripts and self._server is None:
            yield Notice(f"starting {scripts[0].name} at {address}")
            self._server = lifecycle.start(
                address, scripts[0].resolve(), self._tokenizer.python, self._tokenizer.log, deadline
            )
        elif is_missing:
            lifecycle.require(address, scripts)

    def _script(self) -> Path:
        assert self._directory is not None, "start() comes first"
        return self._directory.script_for(arch_for(self._machine)).resolve()

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Run the script; see ``Engine.generate``. ``cancel`` works from the moment this returns."""
        refuse_unsupported(self, request)
        self._is_cancelled = False
        if self._own is not None:
            return self._generate_own(self._own, request)
        return self._generate_others(request)

    def _generate_own(self, own: OwnTokenizer, request: Request) -> Generator[Event, None, None]:
        """Hand the whole conversation over through our tokenizer service."""
        command = command_of(self._script())
        run = self._turn = OwnedRun(
            own.conversation,
            own.service.end_turn,
            live_print=command.live_print,
            model=str(self._path),
        )
        if self._is_cancelled:
            run.cancel()
        try:
            yield from run.events(request, self._start)
        finally:
            self._turn = None
            self._learn(run.room)

    def _generate_others(self, request: Request) -> Generator[Event, None, None]:
        """Send the last user message as the script's argument; somebody else's server encodes it."""
        said = [message for message in request.messages if message.role is not Role.SYSTEM]
        if len(said) > 1:
            yield Notice("the script engine keeps no history; only the last message is sent", Level.WARNING)
        prompt = said[-1].text if said else ""
        check_prompt(prompt)
        if self._is_cancelled:
            yield Finished(FinishReason.CANCELLED)
            return
        command = command_of(self._script())
        turn = self._turn = ScriptTurn(
            self._start(prompt),
            live_print=command.live_print,
            tokenizer=str(command.tokenizer.url) if command.tokenizer else None,
            deadline=request.deadline,
            model=str(self._path),
        )
        if self._is_cancelled:  # while the script was started
            turn.cancel()
        try:
            yield from turn.events()
        finally:
            self._turn = None
            self._learn(turn.room)
            turn.close()

    def _learn(self, room: ContextRoom) -> None:
        if room != ContextRoom():  # its runner came so far as to tell
            self._room = room

    def _start(self, prompt: str) -> ConsoleTransport:
        script = self._script()
        argv = ("/bin/bash", str(script), prompt)
        return self._spawn(LaunchRequest(argv, script.parent, child_environment(TERM="xterm-256color")))

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``: known where the tokenizer is axchat's own, which needs no loaded model."""
        own = self._own
        return None if own is None else own.conversation.count(request)

    def cancel(self) -> None:
        """Stop the answer under way."""
        self._is_cancelled = True
        if (turn := self._turn) is not None:
            turn.cancel()

    def close(self) -> None:
        """End the tokenizer service or server, if it was ours."""
        self._is_started = False
        own, self._own = self._own, None
        if own is not None:
            own.close()
        if self._server is not None:
            self._server.close()
            self._server = None


def check_prompt(prompt: str) -> None:
    """Refuse what the script engine cannot carry.

    Raises:
        PromptRefused: names the reason; nothing was started.
    """
    hint = "shorten or split it, or use another --engine"
    if not prompt.strip():
        raise PromptRefused("the prompt is empty", hint="say something: axchat run 'hello'")
    if "\n" in prompt or "\r" in prompt:
        raise PromptRefused(
            "the script engine carries one line, and this prompt has a line break",
            hint="send one line, or use another --engine",
        )
    control = next((c for c in prompt if c != "\t" and (ord(c) < 0x20 or ord(c) == 0x7F)), None)
    if control is not None:
        raise PromptRefused(f"the prompt holds the control character U+{ord(control):04X}", hint="remove it")
    try:
        size = len(prompt.encode())
    except UnicodeEncodeError as error:
        # the runner's JSON library aborts on it: recorded session 07-pty-invalid-utf8-lone-ff
        raise PromptRefused("the prompt is not valid UTF-8", hint="convert it to UTF-8") from error
    if size > LONGEST_PROMPT_BYTES:
        raise PromptRefused(
            f"the prompt has {size} bytes; the script engine carries at most {LONGEST_PROMPT_BYTES}",
            hint=hint,
        )


def refuse_other_dialects(command: ScriptCommand, script: Path) -> None:
    """Refuse a script whose runner this engine cannot read.

    Raises:
        ModelError: another dialect, or no place for a prompt.
    """
    if command.dialect is not Dialect.LEGACY:
        other = "vendor-api" if command.is_api else "session"
        told = f"the {command.dialect} dialect" if command.dialect else "an unknown dialect"
        speaks = "HTTP" if command.is_api else told
        needs = "; it needs the model's tokenizer.json there" if other == "session" else ""
        raise ModelError(
            f"{script.name} starts a runner that speaks {speaks}; the script engine reads only legacy",
            hint=_OTHER_ENGINE.format(other) + needs,
        )
    if command.prompt_option is None:
        raise ModelError(
            f"{script.name} passes no argument on as the prompt", hint='a legacy script has: --prompt "$1"'
        )
