"""The ``session`` engine: one vendor runner that stays loaded, driven over its console.

The run script is read as data, not executed: its options start the runner with axchat's own tokenizer
service. A runner that died is loaded again before the next answer, and the conversation goes on, because
every request carries it whole.
"""

import platform
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.context_room import ContextRoom
from axchat.engines.loaded_runner import CONSOLE_ENDED, GoneWhileIdle, LoadedRunner
from axchat.engines.runner_faults import Evidence, how_it_ended
from axchat.engines.session_load import load
from axchat.engines.session_parts import RELOADED, Parts, open_parts
from axchat.engines.session_turn import CANCEL_PATIENCE_S, SessionTurn
from axchat.errors import AxchatError, RunnerFailed
from axchat.events import Event, Finished, FinishReason, Level, LoadProgress, Notice
from axchat.messages import Sampling
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.pty_transport import PtyTransport
from axchat.process.restart import RestartPolicy
from axchat.process.shutdown import QUIT_PATIENCE_S, Ended
from axchat.process.transport import ConsoleTransport


class SessionEngine:
    """See ``Engine``. A runner that stays loaded, and is loaded again when it ended.

    Args:
        model: model directory, or one run script in it.
        history_tokens: bound on the earlier turns that are sent again with every message.
        axllm: the ``axllm`` program, for directories of its era; None looks for it.
        device: the card that the runner is put on; None for what the directory says.
        sampling: what the first load is made for; another request's values load the model again.
        machine: as ``platform.machine()``.
        spawn: starts a child on a console; replaced in tests.
        open_parts: reads the directory and opens its tokenizer; replaced in tests.
        restarts: when a runner that ended is started again.
        quit_patience_s: see ``shutdown.QUIT_PATIENCE_S``.
        cancel_patience_s: see ``session_turn.CANCEL_PATIENCE_S``.

    Attributes:
        endings: the step that ended each runner so far.
    """

    name = "session"

    def __init__(
        self,
        model: Path,
        *,
        history_tokens: int | None = None,
        axllm: str | None = None,
        device: int | None = None,
        sampling: Sampling | None = None,
        machine: str | None = None,
        spawn: Callable[[LaunchRequest], ConsoleTransport] = PtyTransport,
        open_parts: Callable[..., Parts] = open_parts,
        restarts: RestartPolicy | None = None,
        quit_patience_s: float = QUIT_PATIENCE_S,
        cancel_patience_s: float = CANCEL_PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = model
        self._history_tokens = history_tokens
        self._axllm = axllm
        self._device = device
        self._loaded_for = {} if sampling is None else _reloaded(sampling)
        self._machine = machine or platform.machine()
        self._spawn = spawn
        self._open_parts = open_parts
        self._restarts = restarts or RestartPolicy()
        self._quit_patience_s = quit_patience_s
        self._cancel_patience_s = cancel_patience_s
        self._clock = clock
        self._parts: Parts | None = None
        self._runner: LoadedRunner | None = None
        self._room = ContextRoom()
        self._turn: SessionTurn | None = None
        self._is_cancelled = False
        self._is_generating = False
        self._untold: str | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.endings: list[Ended] = []

    @property
    def model(self) -> str:
        """The model directory's name."""
        return self._path.resolve().name

    @property
    def capabilities(self) -> Capabilities:
        """What the directory's runner can do; its sizes once it was loaded, a token's cost once measured.

        The sizes stay known while a runner that ended is not loaded again.
        """
        parts = self._parts
        if parts is None:
            return _CAPABILITIES
        return replace(
            parts.capabilities,
            prompt_token_s=parts.conversation.prompt_token_s,
            context_tokens=self._room.limits.max_token_len,
            prompt_tokens_max=self._room.longest_prompt,
        )

    @property
    def pid(self) -> int | None:
        """The runner's process group; None when none runs."""
        return None if self._runner is None else self._runner.pid

    @property
    def is_lost(self) -> bool:
        """Never: a runner that ended is loaded again by the next answer."""
        return False

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Check the directory, open its tokenizer and load the model; see ``Engine.start``."""
        self.close()
        try:
            parts = self._parts = self._open_parts(
                self._path,
                self._machine,
                history_tokens=self._history_tokens,
                axllm=self._axllm,
                device=self._device,
                clock=self._clock,
            )
            yield from parts.notices
            yield from self._load(parts, deadline)
        except BaseException:  # also Ctrl-C and an abandoned load: nothing stays behind
            self.close()
            raise

    def _load(self, parts: Parts, deadline: Deadline) -> Iterator[Event]:
        """Start a runner and wait for its marker; does nothing more when it was cancelled."""
        runner = LoadedRunner(
            parts.dialect,
            Evidence(model=str(self._path)),
            owns_tokenizer=parts.tokenizer_url is not None,
            clock=self._clock,
        )
        runner.start(self._spawn(self._launch(parts)))
        self._runner = runner
        try:
            yield from load(runner, deadline, is_cancelled=lambda: self._is_cancelled)
        except AxchatError:
            self._restarts.ended(runner.lived_s)
            raise
        self._room = runner.room
        parts.conversation.loaded()

    def _launch(self, parts: Parts) -> LaunchRequest:
        if self._loaded_for:
            self._folder = tempfile.TemporaryDirectory(prefix="axchat-", ignore_cleanup_errors=True)
            folder = Path(self._folder.name)
            parts.write_post_config(folder, self._loaded_for)
        else:
            folder = parts.folder
        argv = parts.argv(is_private=bool(self._loaded_for))
        environment = child_environment(TERM="xterm-256color", AXLLM_COLOR="always", **parts.environment)
        return LaunchRequest(argv, folder, environment, parts.has_log_on_stderr)

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``. Loads the model again first when its runner ended."""
        refuse_unsupported(self, request)
        if self._parts is None:
            raise RunnerFailed("the session engine is not started")
        self._is_cancelled = False
        self._is_generating = True
        return self._generate(self._parts, request)

    def _generate(self, parts: Parts, request: Request) -> Generator[Event, None, None]:
        is_told = True
        try:
            try:
                yield from self._answer(parts, request)
            except GoneWhileIdle:
                # it ended between the look at it and the prompt: the next look finds that
                yield from self._answer(parts, request)
            self._restarts.answered()
            is_told = False  # by an error
        finally:
            self._turn = None
            self._is_generating = False
            if self._runner is not None and self._runner.lost:
                reason = self._end_lost(self._runner)
                self._untold = None if is_told else reason

    def _answer(self, parts: Parts, request: Request) -> Iterator[Event]:
        yield from self._revive(parts, request)
        if self._is_cancelled or self._runner is None:
            if self._runner is not None and not self._runner.is_idle:
                self._end_runner()  # a load does not listen to SIGINT (runner-console 2.2)
            yield Finished(FinishReason.CANCELLED)
            return
        yield from parts.conversation.answer(self._runner, request, self._on_turn)

    def _on_turn(self, turn: SessionTurn) -> None:
        turn.cancel_patience_s = self._cancel_patience_s
        self._turn = turn
        if self._is_cancelled:
            turn.cancel()

    def _revive(self, parts: Parts, request: Request) -> Iterator[Event]:
        """Make sure that a runner is loaded with this request's sampling values.

        Raises:
            RunnerFailed: it ended too often in a row.
        """
        if self._is_cancelled:
            return
        wanted = _reloaded(request.sampling)
        if self._untold is not None:
            yield _loading_again(self._untold)
            self._untold = None
        if self._runner is not None:
            yield from self._runner.idle_notices()
            if self._runner.lost:
                yield _loading_again(self._end_lost(self._runner))
            elif wanted != self._loaded_for:
                yield Notice("this runner reads sampling options when it loads; loading again")
                self._end_runner()
        if self._runner is None:
            if not self._restarts.may_restart:
                raise RunnerFailed(
                    f"the runner ended {self._restarts.failures} times in a row; not started again",
                    hint="run: axchat doctor",
                )
            self._loaded_for = wanted
            yield from self._load(parts, request.deadline)
            if not self._is_cancelled and self._runner is not None:
                yield LoadProgress(1, 1, "loaded", is_over=True, load_s=self._runner.load_s)

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``: axchat's own tokenizer counts, also while the runner is loaded again."""
        parts = self._parts
        return None if parts is None else parts.conversation.count(request)

    def cancel(self) -> None:
        """Stop the load or the answer under way; see ``Engine.cancel``."""
        if not self._is_generating:
            return
        self._is_cancelled = True
        if (turn := self._turn) is not None:
            turn.cancel()
        if (runner := self._runner) is not None:
            runner.wake()  # another one than the turn's, where a runner that ended is loaded again

    def _end_lost(self, runner: LoadedRunner) -> str:
        """End a runner that is of no more use; returns why it is."""
        reason = runner.lost
        self._restarts.ended(runner.lived_s)
        status = self._end_runner()
        return how_it_ended(status) if reason in {None, CONSOLE_ENDED} else str(reason)

    def _end_runner(self) -> int | None:
        """End it; returns its exit status."""
        runner, self._runner = self._runner, None
        status = None
        if runner is not None:
            step, status = runner.end(self._quit_patience_s)
            self.endings.append(step)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        return status

    def close(self) -> None:
        """End the runner and the tokenizer service; may be called twice."""
        self._end_runner()
        self._room = ContextRoom()
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.close()


_CAPABILITIES = Capabilities(
    sampling=frozenset({"max_tokens", "stop", *RELOADED}), reloads=RELOADED, images=True, think=True
)
"""Of a directory that was not read yet: what one of its kind may be able to; ``start`` knows better."""


def _loading_again(reason: str) -> Notice:
    return Notice(f"the runner ended ({reason}); loading again", Level.WARNING)


def _reloaded(sampling: Sampling) -> dict[str, object]:
    return {name: value for name, value in sampling.chosen().items() if name in RELOADED}
