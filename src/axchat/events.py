"""What an engine emits while it loads and while it answers."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Step ``done`` of ``total`` of a load.

    ``remaining_cmm_mib`` is card memory left, if told; ``remaining_s`` the seconds that the load still takes
    if it takes as long as the last one did, None where nobody remembers. ``is_over`` is true of an event that
    stands behind the load, where ``Engine.generate`` loads or a holder does: the last step is not the end.
    ``load_s`` are the seconds that the load took, told with its end where somebody measured them.
    """

    done: int
    total: int
    text: str = ""
    remaining_cmm_mib: int | None = None
    remaining_s: float | None = None
    is_over: bool = False
    load_s: float | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer.

    Bytes that are not UTF-8 arrive as surrogates (``surrogateescape``), so that encoding the same way
    gives back what the model said. ``tokens`` is how many answer tokens came since the piece before, exact;
    None where the engine cannot tell. Two pieces are equal when their texts are.
    """

    text: str
    tokens: int | None = field(default=None, compare=False)


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that is not part of the answer."""

    text: str
    level: Level = Level.INFO


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits for the card: ``position`` requests come first.

    ``wait_s`` is the estimated wait in seconds, None while nothing was measured.
    """

    position: int
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class PromptEstimate:
    """What is about to be read before the first answer token.

    ``seconds`` rests on the engine's own measurements (None before the first); ``cached_tokens`` of
    ``tokens`` need not be read again.
    """

    tokens: int
    cached_tokens: int = 0
    seconds: float | None = None


class FinishReason(StrEnum):
    """Why an answer ended. ``UNKNOWN`` is what a runner's console leaves unsaid."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; None where the engine cannot know them exactly."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class EngineTimings:
    """What the engine says of its own clock, in seconds and tokens a second; None where unsaid.

    With axchat's own tokenizer service (``session``, and ``script`` where it answers) ``ttft_s`` and
    ``tokens_per_s`` are what the runner prints, by its clock. Everything else there is measured by axchat:
    ``prefill_s`` and ``decode_s`` at the runner's calls, where a runner brings its answer in batches of three
    ids. So the steps of the first batch's second and third id stand in ``prefill_s``.

    Attributes:
        load_s: loading the model, for the first answer after a load.
        ttft_s: to the first token, as the engine says.
        prefill_s: llama.cpp's ``prompt_ms``; or from the reply to /encode until the first /decode.
        decode_s: llama.cpp's ``predicted_ms``; or from the first /decode to the last that brought ids.
        decode_tokens: how many tokens were made in ``decode_s``: none of llama.cpp's first token, or of a
            runner's first batch; an end token is among them where its time is.
        tokens_per_s: the engine's own figure.
        rate_includes_prompt: it counts prompt and answer tokens over the whole turn, as legacy runners
            without a prefill stage do.
        queue_s: waited in the holder for other requests, without loads.
        holder_load_s: loads in the holder, for this request or another, between its coming and handing it to
            the engine, with what goes with a load, such as unloading another model.
        tokenise_s: rendering the chat template and tokenising the prompt.
        callbacks_s: inside axchat's tokenizer service, from a call's last byte read to its reply's last byte
            written, summed over the turn.
        callbacks: how many calls those were.
        answered_s: by the holder's clock, from handing the request to the engine to its ``Finished``. What a
            client saw beyond ``queue_s``, ``holder_load_s`` and this is transport.
    """

    load_s: float | None = None
    ttft_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None
    tokens_per_s: float | None = None
    rate_includes_prompt: bool = False
    queue_s: float | None = None
    tokenise_s: float | None = None
    callbacks_s: float | None = None
    callbacks: int | None = None
    answered_s: float | None = None
    decode_tokens: int | None = None
    holder_load_s: float | None = None

    @property
    def prompt_s(self) -> float | None:
        """How long the prompt was read, as the HTTP APIs tell it: what a runner says itself comes first.

        None for a runner without a prefill stage: what was seen at its calls has answer tokens in it.
        """
        if self.ttft_s is not None:
            return self.ttft_s
        return None if self.rate_includes_prompt else self.prefill_s


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every generation."""

    reason: FinishReason
    usage: Usage = Usage()
    timings: EngineTimings = EngineTimings()


Event = LoadProgress | Queued | TextDelta | Notice | PromptEstimate | Finished
