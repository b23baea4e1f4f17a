"""The Engine port: a way to get tokens, and all that callers know of one."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from axchat.deadline import NEVER, Deadline
from axchat.errors import UsageError
from axchat.events import Event
from axchat.messages import Message, Role, Sampling


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do, so that callers refuse the rest before anything starts.

    What depends on the model is known once it is loaded: ask again after ``start``, and after an answer
    where the engine loads for each.

    Attributes:
        history: takes earlier turns; otherwise only one user message.
        system: takes a system prompt.
        sampling: names of the ``Sampling`` fields it honours.
        stays_loaded: the model is loaded once by ``start`` and serves many requests.
        exact_counts: ``Usage`` holds exact token counts.
        images: takes ``Message.images``.
        schema: keeps an answer to ``Request.schema``.
        reloads: names of the ``Sampling`` fields that the engine honours by loading the model again.
        prompt_token_s: seconds that one prompt token costs, as measured so far; None while not known, and
            for engines whose prompts cost next to nothing.
        context_tokens: tokens of prompt and answer together; None while nobody knows.
        prompt_tokens_max: tokens of a prompt, where the runner has a limit of its own for it.
        think: honours ``Request.think``: the model's chat template has a switch for it, or may have one as
            long as the model is not loaded.
        lacks: what would let it do more, for hints; empty where nothing would.
    """

    history: bool = True
    system: bool = True
    sampling: frozenset[str] = frozenset()
    stays_loaded: bool = True
    exact_counts: bool = True
    images: bool = False
    schema: bool = False
    reloads: frozenset[str] = frozenset()
    prompt_token_s: float | None = None
    context_tokens: int | None = None
    prompt_tokens_max: int | None = None
    think: bool = False
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One generation: the whole conversation, how to sample, and until when.

    ``schema`` is a JSON schema that the whole answer keeps to; ``{}`` is any JSON object. ``think`` turns the
    model's thinking on or off; None leaves it to the model.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    deadline: Deadline = NEVER
    schema: Mapping[str, object] | None = None
    think: bool | None = None


class Engine(Protocol):
    """A way to get tokens.

    Life: ``start`` (drain it), then any number of ``generate`` (one at a time), then ``close``.
    ``cancel`` may be called from another thread or a signal handler, ``count`` from another thread;
    everything else from one thread.
    """

    @property
    def name(self) -> str:
        """The registry's name of this engine."""

    @property
    def model(self) -> str:
        """What is being run, for people: a directory or file name."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do; known before ``start``, but for what depends on the loaded model."""

    @property
    def is_lost(self) -> bool:
        """Whether what was loaded has ended by itself and only ``start`` brings it back."""

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Load what stays loaded; yields progress and notices, is ready when exhausted.

        Raises:
            AxchatError: it could not start; nothing is left running.
        """

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; ends with exactly one ``Finished``.

        Closing the iterator early stops the generation. A cancelled one ends with
        ``FinishReason.CANCELLED`` after the text that was said.

        Raises:
            AxchatError: the answer is not complete; what was yielded stays valid.
        """

    def count(self, request: Request) -> int | None:
        """How many tokens the whole prompt of this request has, by the model's own template and vocabulary.

        Exact, or None: never an estimate. Loads nothing, generates nothing, and does not wait for an answer
        that is under way. None before ``start`` and after ``close``, where the engine cannot know, and for a
        prompt that it would refuse.
        """

    def cancel(self) -> None:
        """Stop the generation under way, soon; does nothing when there is none.

        It is under way from the moment ``generate`` has returned, also before its first event: one that was
        cancelled then asks nothing of the model and loads nothing. What was loaded stays loaded, unless the
        cancel came while the model was being loaded again.
        """

    def close(self) -> None:
        """End every process and connection this engine started; may be called twice."""


def refuse_unsupported(engine: Engine, request: Request) -> None:
    """Raise UsageError, naming the option, for anything in the request the engine would ignore."""
    able = engine.capabilities
    missing = [name for name in request.sampling.chosen() if name not in able.sampling]
    if missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        known = ", ".join("--" + name.replace("_", "-") for name in sorted(able.sampling)) or "none"
        others = (
            f"with {able.lacks} it can" if able.lacks else "leave the others out or choose another --engine"
        )
        raise UsageError(
            f"the {engine.name} engine cannot set {options}",
            hint=f"sampling options it has: {known}; {others}",
        )
    if not able.system and any(m.role is Role.SYSTEM for m in request.messages):
        raise UsageError(
            f"the {engine.name} engine cannot take a system prompt",
            hint="the directory's tokenizer server fixes one; leave out --system and the setting system",
        )
    if not able.images and any(m.images for m in request.messages):
        raise UsageError(
            f"the {engine.name} engine cannot take images with this model",
            hint="a vision model can: axchat run -m DIR --image FILE 'question'",
        )
    if not able.schema and request.schema is not None:
        raise UsageError(
            f"the {engine.name} engine cannot keep an answer to a JSON schema",
            hint="ask for JSON in the prompt, or use an engine that can: cpu, openai",
        )
    if not able.think and request.think is not None:
        raise UsageError(
            f"the {engine.name} engine cannot turn thinking on or off with this model",
            hint="its chat template has no switch for that; leave think to the model",
        )
