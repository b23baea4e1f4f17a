"""What a vendor console tells: the shared load and text events, and what only a console has."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from axchat.events import LoadProgress, TextDelta


@dataclass(frozen=True, slots=True)
class Ready:
    """The runner waits for a prompt."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn is over. The vendor prints its end line whatever the reason, so it names none.

    ``tokens_per_s`` is the runner's own figure (None when it printed ``nan`` or ``inf``);
    ``ttft_ms`` only comes from builds with a prefill stage.
    """

    tokens_per_s: float | None
    ttft_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Overflow:
    """The numbers of a context overflow, in tokens; None where the runner's line does not name one.

    ``used`` are held by the context already, ``asked`` are to be added, ``limit`` is what was exceeded.
    """

    used: int | None = None
    asked: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """A turn without an end line: the runner went back to its marker and gave no answer.

    ``message`` is the first error line of the turn, empty when the errors went to standard error.
    A stateful runner keeps the user's message all the same (runner-console 3.5, 5.7).
    """

    message: str
    overflow: Overflow | None = None


@dataclass(frozen=True, slots=True)
class ContextState:
    """How full a stateful runner's context is, in tokens, as its ``GetKVCache`` line says.

    ``remaining`` is negative after an answer that ran to the length limit, None in early builds.
    """

    used: int
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class AttachmentAsked:
    """A vision build asks for files after the prompt: answer with ``ConsoleParser.attach``.

    ``marker`` is what it asks for: ``image``, ``video`` or ``media``.
    """

    marker: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the start lines of a runner tell; None where a build does not say it.

    Token counts, except ``uid`` (the session at the tokenizer service of ``context`` runners) and
    ``remaining_cmm_mib``: pairs of device and card memory left, device 0 in builds that name none.
    """

    max_token_len: int | None = None
    kv_cache_num: int | None = None
    prefill_token_num: int | None = None
    prefill_max_token_num: int | None = None
    remaining_cmm_mib: tuple[tuple[int, int], ...] = ()
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class RunnerLog:
    """A log line of the runner: level E, W, I, N or D, C++ function, source line, message.

    The tags of ``axllm`` become these levels: EMG, ALT, CRT and ERR are E.
    """

    level: str
    function: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class RuntimeLog:
    """A log line of the AXCL library: level T, D, I, W, E or C, module, function, message."""

    level: str
    module: str
    function: str
    message: str

    @property
    def is_warning(self) -> bool:
        """Whether the user should see it: not the list of allocations, hundreds of rows behind a dead card.

        Source: a board's log (runner-console 2.8).
        """
        return self.level in {"W", "E", "C"} and (self.module, self.function) != ("device", "print")


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line that is neither log nor answer: banners, shell messages."""

    text: str


class FaultKind(StrEnum):
    """Which layer a fault names."""

    NO_DEVICE = "no-device"
    DEVICE = "device"
    DEVICE_MEMORY = "device-memory"
    MODEL_FILE = "model-file"
    TOKENIZER = "tokenizer"
    CONTEXT = "context"
    NPU = "npu"
    ATTACHMENT = "attachment"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that says why the runner cannot go on; ``code`` is the AXCL code in it, if any.

    ``overflow`` holds the numbers of a fault of kind CONTEXT. Kind INPUT is no line of the runner: it
    prints its marker for ever because its standard input is at an end (runner-console 9.1).
    """

    kind: FaultKind
    message: str
    code: int | None = None
    overflow: Overflow | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The console is at its end; ``in_turn`` when an answer was cut by it."""

    in_turn: bool


class Wait(Enum):
    """What ``next_event`` gives when there is nothing to give."""

    NEED_DATA = "need data"


NEED_DATA = Wait.NEED_DATA

ConsoleEvent = (
    LoadProgress
    | TextDelta
    | Ready
    | TurnEnded
    | TurnFailed
    | ContextState
    | AttachmentAsked
    | RunnerLog
    | RuntimeLog
    | ConsoleLine
    | Fault
    | Closed
)
