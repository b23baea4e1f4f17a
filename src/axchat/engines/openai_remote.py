"""The ``openai`` engine: any server with OpenAI's chat completions, near or far."""

import ssl
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request, refuse_unsupported
from axchat.engines.chat_http import ChatReader, failure, stream_chat
from axchat.engines.openai_key import read_key
from axchat.engines.schema_answer import SCHEMA_HINT, checked, schema_text
from axchat.errors import AxchatError, RunnerFailed, UsageError
from axchat.events import Event, Finished, FinishReason, Level, Notice, Usage
from axchat.process.http_stream import CONNECT_TIMEOUT_S, REMOTE_CONNECT_TIMEOUT_S, HttpStream
from axchat.wire.address import Address, parse_address
from axchat.wire.axllm_serve import SAMPLING, AxllmChat, is_axllm, refuse_messages
from axchat.wire.openai import ChatStream, chat_body, response_format, thinking
from axchat.wire.openai_models import choose_model, is_llama_cpp, models_of, sizes_of, tokens_of

LIST_TIMEOUT_S = 30.0
"""A list of models is at hand, unless the server wakes from sleep or loads its model first."""

LIST_LIMIT_BYTES = 4 * 1024 * 1024
"""The longest list known, of a broker with some hundred models, has 400 kB."""

COUNT_TIMEOUT_S = 2.0
"""A count takes milliseconds; who waits for it is about to send the message."""

AXLLM_SETTLE_S = 2.0
"""Shortest rest after a cancel at ``axllm serve``: it ends a layer or a token later and does not say when."""

_SAMPLING = frozenset({"max_tokens", "temperature", "top_p", "seed", "stop"})
_LOCAL_SAMPLING = _SAMPLING | {"top_k"}


class OpenAiEngine:
    """Asks a server that someone else runs; see ``engines.base.Engine`` for the life of an engine.

    Every request has a connection of its own. A server that is recognised as ``axllm serve`` is treated
    as ``wire.axllm_serve`` says.

    Args:
        url: the server's address; see ``wire.address``.
        model: the server's name of the model; None for the only one it has.
        key: sent as a bearer token; None for none. Never in a message.
        tls: certificates to trust; None for the system's.
        settle_s: see ``AXLLM_SETTLE_S``; for tests.

    Raises:
        UsageError: the address cannot be used.
    """

    name = "openai"

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        key: str | None = None,
        tls: ssl.SSLContext | None = None,
        settle_s: float = AXLLM_SETTLE_S,
    ) -> None:
        self._address = parse_address(url)
        self._wanted = model
        self._key = key
        self._tls = (tls or ssl.create_default_context()) if self._address.is_tls else None
        self._settle_s = settle_s
        self._model: str | None = None
        self._is_axllm = False
        self._can_count = False
        self._sizes: tuple[int | None, int | None] = (None, None)
        self._stream: HttpStream | None = None
        self._rest_until = 0.0
        self._woken = threading.Event()

    @property
    def address(self) -> Address:
        """Where the server is."""
        return self._address

    @property
    def model(self) -> str:
        """The server's name of the model; its address until that is known."""
        return self._model or self._wanted or str(self._address)

    @property
    def capabilities(self) -> Capabilities:
        """History, system prompt, schemas, OpenAI's sampling values; sizes where the list of models has them.

        ``top_k`` and ``think`` only on this machine: OpenAI itself refuses such a request, the servers that
        people run at home take it. ``think`` is passed on to the model's template, which need not heed it.
        """
        context, prompt = self._sizes
        if self._is_axllm:
            return Capabilities(
                sampling=SAMPLING,
                exact_counts=False,
                context_tokens=context,
                prompt_tokens_max=prompt,
            )
        is_near = self._address.is_loopback
        return Capabilities(
            sampling=_LOCAL_SAMPLING if is_near else _SAMPLING,
            schema=True,
            context_tokens=context,
            prompt_tokens_max=prompt,
            think=is_near,
        )

    @property
    def is_lost(self) -> bool:
        """Never: nothing is loaded here."""
        return False

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Look which models the server has, and choose.

        Raises:
            ModelError: it does not have the model, or has several and none was named.
            EngineFault: it is not there, refuses the key, or is no such server.
        """
        entries = self._list(Deadline(deadline.left(LIST_TIMEOUT_S)))
        if entries is None:
            yield Notice(f"{self._address} does not list its models", Level.WARNING)
        self._model = choose_model(entries, self._wanted, self._address)
        self._is_axllm = entries is not None and is_axllm(entries)
        entry = next((entry for entry in entries or () if entry["id"] == self._model), {})
        self._sizes, self._can_count = sizes_of(entry), is_llama_cpp(entry)
        if self._key is not None and not self._address.is_tls and not self._address.is_loopback:
            yield Notice("the key goes over the network in the clear: no https", Level.WARNING)
        if self._is_axllm:
            yield Notice(
                "this is axllm serve: it mixes answers that are asked for at the same time",
                Level.WARNING,
            )

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``. ``cancel`` works from the moment this returns.

        Raises:
            UsageError: the server refuses the schema.
            PromptRefused: axllm serve cannot carry it.
            ContextOverflow: it does not fit the context.
            RunnerTimeout: the deadline passed.
            EngineFault: the server refused, failed or went away.
        """
        if self._model is None:
            raise RunnerFailed("the openai engine is not started")
        refuse_unsupported(self, request)
        if self._is_axllm:
            refuse_messages(request.messages)
        if request.schema is not None:
            schema_text(request.schema)  # before anything is sent
        self._woken.clear()
        stream = self._stream = self._connect(request.deadline)
        return self._answer(request, stream)

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``: llama.cpp's server counts, on a connection of its own; others cannot."""
        if not self._can_count or any(message.images for message in request.messages):
            return None
        stream = self._connect(Deadline(COUNT_TIMEOUT_S))
        try:
            body = chat_body(request.messages, request.sampling, model=self._model, **thinking(request.think))
            headers = {"Content-Type": "application/json", **self._headers()}
            status = stream.post(f"{self._address.path}/chat/completions/input_tokens", body, headers)
            return tokens_of(stream.error_body()) if status == 200 else None
        except AxchatError:
            return None  # the next answer tells what is wrong with the server
        finally:
            stream.close()

    def cancel(self) -> None:
        """Stop the generation under way; takes no lock that is held while waiting."""
        if (stream := self._stream) is not None:
            stream.cancel()
            self._woken.set()

    def close(self) -> None:
        """Forget the connection; may be called twice."""
        self._stream = None
        self._can_count = False

    def _connect(self, deadline: Deadline) -> HttpStream:
        patience_s = CONNECT_TIMEOUT_S if self._address.is_loopback else REMOTE_CONNECT_TIMEOUT_S
        return HttpStream(
            self._address.host,
            self._address.port,
            deadline,
            tls=self._tls,
            connect_timeout_s=patience_s,
        )

    def _headers(self) -> dict[str, str]:
        return {} if self._key is None else {"Authorization": f"Bearer {self._key}"}

    def _list(self, deadline: Deadline) -> list[Mapping[str, object]] | None:
        """The server's models; None when it has no list, as some gateways do."""
        stream = self._connect(deadline)
        try:
            status = stream.request("GET", f"{self._address.path}/models", None, self._headers())
            if status in (404, 405, 501) and self._wanted is not None:
                return None
            if status != 200:
                assert status is not None, "nobody cancels a list"
                raise failure(stream, status)
            body = b""
            for chunk in stream.chunks():
                body += chunk
                if len(body) > LIST_LIMIT_BYTES:
                    raise RunnerFailed(f"the list of models has more than {LIST_LIMIT_BYTES} bytes")
        except AxchatError as error:
            raise self._located(error) from error
        finally:
            stream.close()
        return models_of(body)

    def _answer(self, request: Request, stream: HttpStream) -> Generator[Event, None, None]:
        chat: ChatReader = AxllmChat(request.sampling.max_tokens) if self._is_axllm else ChatStream()
        extra = thinking(request.think)
        if request.schema is not None:
            extra["response_format"] = response_format(request.schema)
        body = chat_body(request.messages, request.sampling, model=self._model, **extra)
        headers = {"Content-Type": "application/json", **self._headers()}
        try:
            if self._rest(request.deadline):
                yield Finished(FinishReason.CANCELLED, Usage())
                return
            events = stream_chat(stream, f"{self._address.path}/chat/completions", body, headers, chat)
            # a stop word may cut the JSON
            yield from events if request.schema is None or request.sampling.stop else checked(events)
        except AxchatError as error:
            refused = request.schema is not None and _is_refusal(error)
            located = self._located(error)
            if refused:
                raise UsageError(located.message, hint=SCHEMA_HINT, **located.facts) from error
            raise located from error
        finally:
            if self._is_axllm and stream.has_sent and (stream.was_cancelled or not chat.is_finished):
                self._rest_until = time.monotonic() + self._settle_s
            stream.close()
            if self._stream is stream:
                self._stream = None

    def _rest(self, deadline: Deadline) -> bool:
        """Wait until a cancelled answer at axllm serve has ended; True when cancelled meanwhile.

        A request that comes sooner gets tokens of the old answer (recorded session axllm-s11); a client
        that does not own the process has no sign to wait for.
        """
        left = self._rest_until - time.monotonic()
        return left > 0 and self._woken.wait(deadline.left(left))

    def _located(self, error: AxchatError) -> AxchatError:
        """The error with the server's address in its message, and never the key."""
        message, hint = (
            self._without_key(text) for text in (f"{self._address}: {error.message}", error.hint or "")
        )
        return type(error)(message, hint=hint or None, **error.facts)

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _is_refusal(error: AxchatError) -> bool:
    """Whether the server took the request for a wrong one, of no kind that has a class of its own."""
    return isinstance(error, RunnerFailed) and error.facts.get("status") in {400, 422}


def from_settings(url: str, model: str | None, key_file: Path | None, env: Mapping[str, str]) -> OpenAiEngine:
    """The engine behind ``--engine openai``; see ``OpenAiEngine`` and ``openai_key``."""
    return OpenAiEngine(url, model, key=read_key(key_file, env))
