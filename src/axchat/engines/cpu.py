"""The CPU engine: llama.cpp (xllamacpp) in a child process, driven over loopback; any GGUF file."""

import os
import secrets
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.chat_http import stream_chat
from axchat.engines.cpu_checks import Machine, check_machine, check_model_file, look_at_machine
from axchat.engines.cpu_faults import died_answering, died_loading, refused
from axchat.engines.cpu_schema import grammar_of, unless_refused
from axchat.engines.cpu_threads import choose_threads, look_at_cpus
from axchat.engines.schema_answer import checked
from axchat.errors import AxchatError, ContextOverflow, RunnerFailed, RunnerTimeout
from axchat.events import Event, LoadProgress, TextDelta
from axchat.messages import Sampling
from axchat.process.http_stream import DEATH_PATIENCE_S, HttpStream
from axchat.process.worker import Worker
from axchat.wire.openai import ChatStream, chat_body, thinking
from axchat.wire.openai_models import properties_of, tokens_of

# 4096 tokens of SmolLM2-135M make 250 MB in all, its own maximum of 8192 makes 340 MB.
CONTEXT_TOKENS = 4096
# What is asked beside the answers takes milliseconds, also while one is generated.
ASIDE_TIMEOUT_S = 2.0

_HOST = "127.0.0.1"
_CHAT = "/v1/chat/completions"
_COUNT = "/v1/chat/completions/input_tokens"
_PROPERTIES = "/props"
# -P: a folder named axchat or a json.py where the user stands must not be imported.
_WORKER_ARGV = ("-P", "-m", "axchat.engines.cpu_worker")
_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"})
_PASSED_ON_PREFIXES = ("LC_", "OMP_", "GOMP_")

_CAPABILITIES = Capabilities(
    sampling=frozenset({"max_tokens", "temperature", "top_p", "top_k", "seed", "stop"}),
    schema=True,
    think=True,  # before the load, which tells
)

_LEFT_TO_LLAMA = Sampling()


class CpuEngine:
    """Runs a GGUF file on the CPU; see ``engines.base.Engine`` for the life of an engine.

    Without ``max_tokens`` an answer ends where the model ends it, or where the context is full
    (``FinishReason.LENGTH``). After a crash ``start`` loads the model again.

    Args:
        model_path: the GGUF file.
        model: what the user calls it; None for the file's name.
        threads: None for one a fast physical core that this process may use.
        context: tokens of prompt and answer together; None for ``CONTEXT_TOKENS``. llama.cpp cuts it
            to what the model was trained with.
        usual: sampling where a request chooses nothing; llama.cpp's own where this does not either.
        machine: looks at the machine; for tests.
        worker: the child's argument list; for tests.
    """

    name = "cpu"

    def __init__(
        self,
        model_path: Path,
        *,
        model: str | None = None,
        threads: int | None = None,
        context: int | None = None,
        usual: Sampling = _LEFT_TO_LLAMA,
        machine: Callable[[], Machine] = look_at_machine,
        worker: Sequence[str] | None = None,
    ) -> None:
        self._path = model_path
        self._model = model or model_path.name
        self._threads = threads
        self._context = context
        self._usual = usual
        self._machine = machine
        self._argv = tuple(worker or (sys.executable, *_WORKER_ARGV))
        self._key = secrets.token_urlsafe(32)
        self._worker: Worker | None = None
        self._port = 0
        self._stream: HttpStream | None = None
        self._able = _CAPABILITIES

    @property
    def model(self) -> str:
        """What the user calls it, else the GGUF file's name."""
        return self._model

    @property
    def usual(self) -> Sampling:
        """Sampling where a request chooses nothing."""
        return self._usual

    @property
    def capabilities(self) -> Capabilities:
        """Everything in ``Sampling``; history, system prompt, exact counts and schemas.

        The context's size, and whether the template has a switch for thinking, once it is loaded.
        """
        return self._able

    @property
    def pid(self) -> int | None:
        """The child's process id; None when there is none."""
        return None if self._worker is None else self._worker.pid

    @property
    def is_lost(self) -> bool:
        """Whether the child has ended by itself; ``start`` loads the model again."""
        return self._worker is not None and self._worker.exit_status is not None

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Load the model; see ``Engine.start``. The child is started before the first event.

        Raises:
            EngineUnavailable: the package, libgomp1 or AVX2 is missing.
            ModelError: the file is missing or llama.cpp cannot load it.
            RunnerFailed: the child died; the message names the signal.
            RunnerTimeout: the deadline passed.
        """
        self.close()
        check_machine(self._machine())
        check_model_file(self._path)
        try:
            worker = self._worker = Worker(self._argv, worker_environment(os.environ), self._order())
            yield LoadProgress(0, 1, f"loading {self.model}")
            load_s = self._wait_until_ready(worker, deadline)
            context, has_switch = properties_of(self._aside("GET", _PROPERTIES))
            self._able = replace(_CAPABILITIES, context_tokens=context, think=has_switch)
            yield LoadProgress(1, 1, f"loaded {self.model} in {load_s:.1f} s")
        except BaseException:  # also a generator that is closed, and Ctrl-C: nothing stays behind
            self.close()
            raise

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``. ``cancel`` works from the moment this returns.

        Raises:
            UsageError: llama.cpp cannot keep to the schema.
            ContextOverflow: the prompt is larger than the context.
            RunnerTimeout: the request's deadline passed.
            RunnerFailed: the child died, or was never started.
        """
        refuse_unsupported(self, request)
        worker = self._worker
        if worker is None:
            raise RunnerFailed("the cpu engine is not started")
        stream = self._stream = HttpStream(_HOST, self._port, request.deadline)
        return self._answer(request, worker, stream)

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``: llama.cpp's server counts in another thread than it generates in."""
        if self._worker is None:
            return None
        body = chat_body(request.messages, request.sampling, **thinking(request.think))
        return tokens_of(self._aside("POST", _COUNT, body))

    def _aside(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """What the server says to a question beside the answers; empty where it fails. From any thread."""
        stream = HttpStream(_HOST, self._port, Deadline(ASIDE_TIMEOUT_S))
        try:
            status = stream.request(method, path, body, self._headers())
            return b"".join(stream.chunks()) if status == 200 else b""
        except AxchatError:
            return b""  # what is wrong with the server is for the next answer to tell
        finally:
            stream.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}

    def cancel(self) -> None:
        """Stop the generation under way; takes no lock, so a signal handler may call it."""
        stream = self._stream
        if stream is not None:
            stream.cancel()

    def close(self) -> None:
        """End the child; may be called twice."""
        self._stream = None
        self._able = _CAPABILITIES
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _order(self) -> dict[str, object]:
        threads = self._threads or choose_threads(look_at_cpus())
        context = self._context or CONTEXT_TOKENS
        return {"model": str(self._path.absolute()), "context": context, "threads": threads, "key": self._key}

    def _wait_until_ready(self, worker: Worker, deadline: Deadline) -> float:
        try:
            answer = worker.answer(deadline)
        except RunnerTimeout as exc:
            raise RunnerTimeout(
                f"{self.model} was not loaded in the time allowed",
                hint="allow more time, or use a smaller model",
                log=worker.log_tail(),
            ) from exc
        if answer is None:
            raise died_loading(self._path, worker.wait(DEATH_PATIENCE_S), worker.log_tail())
        port, load_s = answer.get("port"), answer.get("load_s")
        if not isinstance(port, int) or not isinstance(load_s, float):
            worker.wait(DEATH_PATIENCE_S)
            raise refused(self._path, answer, worker.log_tail())
        self._port = port
        return load_s

    def _answer(self, request: Request, worker: Worker, stream: HttpStream) -> Generator[Event, None, None]:
        # Counts with every token: also a cancelled answer is counted exactly.
        schema = {} if request.schema is None else {"grammar": grammar_of(request.schema)}
        thoughts = thinking(request.think)
        sampling = request.sampling.over(self._usual)
        body = chat_body(request.messages, sampling, timings_per_token=True, **schema, **thoughts)
        said = 0
        try:
            events = stream_chat(stream, _CHAT, body, self._headers(), ChatStream())
            if request.schema is not None:
                # a stop word may cut the JSON
                events = events if request.sampling.stop else checked(events)
                mark = worker.log_mark
                events = unless_refused(events, lambda: worker.log_since(mark))
            for event in events:
                if isinstance(event, TextDelta):
                    said += len(event.text)
                yield event
        except ContextOverflow as exc:
            hint = f"{exc.hint}, or raise the setting cpu.context (AXCHAT_CPU_CONTEXT)"
            raise ContextOverflow(exc.message, hint=hint, **exc.facts) from exc
        except RunnerFailed as exc:
            status = worker.wait(DEATH_PATIENCE_S)
            if status is None:
                raise
            raise died_answering(self.model, status, said, worker.log_tail()) from exc
        finally:
            stream.close()
            if self._stream is stream:
                self._stream = None


def worker_environment(source: Mapping[str, str]) -> dict[str, str]:
    """What the child gets of an environment: no keys, tokens or proxies."""
    passed = {k: v for k, v in source.items() if k in _PASSED_ON or k.startswith(_PASSED_ON_PREFIXES)}
    return {"OMP_WAIT_POLICY": "passive", **passed}
