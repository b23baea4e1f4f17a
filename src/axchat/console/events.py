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
class RunnerLog:
    """A log line of the runner: level E, W, I, N or D, C++ function, source line, message."""

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


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that says why the runner cannot go on; ``code`` is the AXCL code in it, if any."""

    kind: FaultKind
    message: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The console is at its end; ``in_turn`` when an answer was cut by it."""

    in_turn: bool


class Wait(Enum):
    """What ``next_event`` gives when there is nothing to give."""

    NEED_DATA = "need data"


NEED_DATA = Wait.NEED_DATA

ConsoleEvent = (
    LoadProgress | TextDelta | Ready | TurnEnded | RunnerLog | RuntimeLog | ConsoleLine | Fault | Closed
)
