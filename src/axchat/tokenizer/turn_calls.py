"""What a turn's calls of the tokenizer service took, by ``time.perf_counter``."""

from dataclasses import dataclass


@dataclass(slots=True)
class TurnCalls:
    """The answered calls of one turn; the start-up questions, /reset and strangers' calls are not among them.

    Attributes:
        count: how many.
        seconds: from a call's last byte read to its reply's last byte handed to the kernel, summed.
        encoded_at: when the reply to the newest /encode was; None before.
    """

    count: int = 0
    seconds: float = 0.0
    encoded_at: float | None = None

    def answered(self, path: str, read_at: float, written_at: float) -> None:
        """Count one call."""
        self.count += 1
        self.seconds += written_at - read_at
        if path == "/encode":
            self.encoded_at = written_at
