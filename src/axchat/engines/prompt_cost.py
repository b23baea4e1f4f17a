"""What reading a prompt costs on this card, from the engine's own measurements. Pure.

A build without a prefill stage feeds a prompt through the decoder: each token costs a decode step, 400 tokens
at 13 tokens a second about 30 s (runner-console 2.3).
"""

from dataclasses import dataclass

_WEIGHT = 0.5
"""Of a new measurement against the old ones: a card that throttles is believed within two turns."""


@dataclass
class PromptCost:
    """Seconds a prompt token costs; None until one was measured."""

    s_per_token: float | None = None

    def measured(self, tokens: int, seconds: float) -> None:
        """Take a measurement: ``tokens`` were read in ``seconds``; a prompt of nothing says nothing."""
        if tokens <= 0 or seconds <= 0:
            return
        new = seconds / tokens
        old = self.s_per_token
        self.s_per_token = new if old is None else old + _WEIGHT * (new - old)

    def estimate_s(self, tokens: int) -> float | None:
        """Seconds until the first answer token of a prompt of so many tokens."""
        return None if self.s_per_token is None else self.s_per_token * tokens
