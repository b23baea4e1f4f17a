"""The ``axllm-serve`` engine: ``axllm serve`` as a child, its known bugs worked around.

It listens on every address without authentication, so the console engines come first; see
``docs/engines-http.md`` for each bug and what is done about it.
"""

import socket
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.axllm_log import is_cancel_line, raise_failure, wait_for_cancelled
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.chat_http import stream_chat
from axchat.engines.server_faults import explain_end
from axchat.errors import AxchatError, ModelError, RunnerFailed, RunnerTimeout
from axchat.events import Event, Finished, FinishReason, Level, LoadProgress, Notice, TextDelta
from axchat.modeldir.device import axllm_environment
from axchat.modeldir.read import Era, read
from axchat.process.http_stream import DEATH_PATIENCE_S, HttpStream
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.server_child import ServerChild
from axchat.process.shutdown import Ended
from axchat.wire.axllm_serve import SAMPLING, AxllmChat, refuse_messages
from axchat.wire.openai import chat_body
from axchat.wire.openai_models import models_of, sizes_of

HEALTH_TIMEOUT_S = 5.0
"""It answers /health at once, also while it generates; 5 s is how long idle connections may hold it up."""

HEALTH_INTERVAL_S = 0.25
"""Longest wait between two looks at /health: it listens a moment after its last line, and does not say so.
A line or the end of the child is an event and comes first."""

_HOST = "127.0.0.1"
_JSON = {"Content-Type": "application/json"}


class AxllmServeEngine:
    """Starts and drives ``axllm serve DIR``; see ``engines.base.Engine`` for the life of an engine.

    Args:
        model: a model directory of the axllm era.
        log: file for what the server prints; two of 4 MiB take turns.
        program: the vendor's program, a name or a path.
        device: the card; None for what the directory says.
    """

    name = "axllm-serve"

    def __init__(self, model: Path, log: Path, *, program: str = "axllm", device: int | None = None) -> None:
        self._path = model
        self._log = log
        self._program = program
        self._device = device
        self._child: ServerChild | None = None
        self._port = 0
        self._served_name = ""
        self._sizes: tuple[int | None, int | None] = (None, None)
        self._stream: HttpStream | None = None
        self._cancelled_since: int | None = None
        self._woken = threading.Event()
        self.ended: Ended | None = None

    @property
    def model(self) -> str:
        """The model directory's name."""
        return self._path.resolve().name

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do, and its sizes where its list of models tells them (newer builds).

        No switch for thinking: builds differ in whether they heed ``enable_thinking``, and none says so.
        """
        context, prompt = self._sizes
        return Capabilities(
            sampling=SAMPLING,
            exact_counts=False,
            context_tokens=context,
            prompt_tokens_max=prompt,
        )

    @property
    def pid(self) -> int | None:
        """The process id of the child's guard; None when there is none."""
        return None if self._child is None else self._child.pid

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended by itself; ``start`` loads the model again."""
        return self._child is not None and self._child.exit_status is not None

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Start the server and wait until it is ready; see ``Engine.start``.

        Raises:
            ModelError: the directory is not for axllm, or a file is missing.
            DeviceError: the card.
            RunnerFailed: the program is missing or ended.
            RunnerTimeout: the deadline passed.
        """
        self.close()
        directory = read(self._path)
        if directory.era is not Era.AXLLM:
            raise ModelError(
                f"{self._path} is not for axllm: its config.json has no model_name",
                hint="use --engine script",
            )
        self._port = free_port()
        argv = (self._program, "serve", str(self._path.resolve()), "--port", str(self._port))
        try:
            environment = child_environment(**axllm_environment(self._device))
            request = LaunchRequest(argv, self._path.resolve(), environment)
            child = self._child = ServerChild(request, self._log)
            yield Notice(
                f"axllm serve listens on every address of this machine, port {self._port}, without "
                "authentication, and mixes the answers of clients that ask at the same time",
                Level.WARNING,
            )
            yield LoadProgress(0, 1, f"loading {self.model}")
            self._wait_until_ready(child, deadline)
            yield LoadProgress(1, 1, f"loaded {self.model}")
        except BaseException:  # also a generator that is closed, and Ctrl-C: nothing stays behind
            self.close()
            raise

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``. ``cancel`` works from the moment this returns.

        Raises:
            PromptRefused: the server would take it for a command, or crash.
            ContextOverflow: it does not fit the context.
            DeviceFailed: the card failed; the text so far is garbage from somewhere on.
            RunnerTimeout: the deadline passed.
            RunnerFailed: the server died or broke off, or was never started.
        """
        refuse_unsupported(self, request)
        refuse_messages(request.messages)
        child = self._child
        if child is None or not self._served_name:
            raise RunnerFailed("the axllm-serve engine is not started")
        self._woken.clear()
        stream = self._stream = HttpStream(_HOST, self._port, request.deadline)
        return self._answer(request, child, stream)

    def count(self, _request: Request) -> int | None:
        """Never known: the server tells no counts."""
        return None

    def cancel(self) -> None:
        """Stop the generation under way; takes no lock that is held while waiting."""
        if (stream := self._stream) is not None:
            stream.cancel()
            self._woken.set()

    def close(self) -> None:
        """End the server; ``ended`` then says by which step. May be called twice."""
        self._stream = None
        child, self._child = self._child, None
        if child is not None:
            self.ended = child.stop(is_ready=bool(self._served_name))
        self._served_name = ""
        self._sizes = (None, None)
        self._cancelled_since = None

    def _wait_until_ready(self, child: ServerChild, deadline: Deadline) -> None:
        while True:
            seen = child.mark
            if (status := child.wait_end(0)) is not None:
                raise explain_end(child.said(), status)
            if deadline.is_over:
                last = child.said()[-1:]
                raise RunnerTimeout(
                    f"{self.model} was not loaded in the time allowed",
                    hint=f"allow more time with --timeout; see {self._log}",
                    log=[text for _, text in last],
                )
            if (entries := self._ask_models(deadline)) is not None:
                self._served_name = str(entries[0]["id"])
                self._sizes = sizes_of(entries[0])
                return
            child.wait_for_more(seen, deadline.left(HEALTH_INTERVAL_S) or 0.0)

    def _ask_models(self, deadline: Deadline) -> list[dict[str, object]] | None:
        """The server's models; None while it does not listen yet. One connection, closed at once."""
        patience = Deadline(deadline.left(HEALTH_TIMEOUT_S))
        if self._get("/health", patience) is None:
            return None
        body = self._get("/v1/models", patience)
        entries = [] if body is None else models_of(body)
        return [dict(entry) for entry in entries] or None

    def _get(self, path: str, deadline: Deadline) -> bytes | None:
        stream = HttpStream(_HOST, self._port, deadline)
        try:
            status = stream.request("GET", path, None, {})
            return stream.error_body() if status == 200 else None
        except (RunnerFailed, RunnerTimeout):
            return None  # not listening yet; the child's end and the deadline are looked at by the caller
        finally:
            stream.close()

    def _answer(
        self, request: Request, child: ServerChild, stream: HttpStream
    ) -> Generator[Event, None, None]:
        chat = AxllmChat(request.sampling.max_tokens)
        body = chat_body(request.messages, request.sampling, model=self._served_name)
        has_text, since = False, child.mark
        try:
            if (before := self._cancelled_since) is not None:
                if not wait_for_cancelled(child, before, request.deadline, self._woken):
                    yield Finished(FinishReason.CANCELLED)
                    return
                self._cancelled_since = None
            child.lines(child.mark, synced=True)  # what the answer before said may not have been read yet
            since = child.mark
            for event in stream_chat(stream, "/v1/chat/completions", body, _JSON, chat):
                is_end = isinstance(event, Finished)
                raise_failure(child.lines(since, synced=is_end))
                has_text = has_text or isinstance(event, TextDelta)
                yield event
        except RunnerFailed as error:
            raise self._died(child, since, error, has_text=has_text) from error
        finally:
            if stream.has_sent and (stream.was_cancelled or not chat.is_finished):
                self._cancelled_since = since
            stream.close()
            if self._stream is stream:
                self._stream = None

    def _died(self, child: ServerChild, since: int, error: RunnerFailed, *, has_text: bool) -> AxchatError:
        """What the child's end or its log makes of a broken answer."""
        if (status := child.wait_end(DEATH_PATIENCE_S)) is not None:
            return explain_end(child.said(since), status, has_text=has_text)
        lines = child.lines(since, synced=True)
        raise_failure(lines)
        if any(is_cancel_line(line) for line in lines):
            return RunnerTimeout(
                "axllm serve stopped the answer at its own time limit",
                hint="raise server_timeout_ms in the model's config.json, or ask for fewer tokens",
            )
        return error


def free_port() -> int:
    """A TCP port that nothing uses on any address; it may be taken before the server gets it."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
