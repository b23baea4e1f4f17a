"""How long a model stays loaded, as Ollama's clients say it: "5m", "1h30m", 300, -1, "-1m" or 0. Pure."""

import json
import math

from axchat.deadline import duration
from axchat.errors import UsageError

FOR_EVER = -1.0
"""What every negative value means."""

_LARGEST_S = (2**63 - 1) / 1e9
"""Go's longest duration, 292 years."""

_BEYOND_S = 10**10
"""Longer than the longest."""

# A longer text is no duration that anybody means, and would only be repeated in the message.
_MAX_CHARACTERS = 100


def keep_alive_s(value: object) -> float | None:
    """Seconds that a model stays loaded after an answer; ``FOR_EVER`` for any negative value.

    A number is seconds, a text is a duration of Go; other than Ollama, a text may also be a bare number. None
    (JSON's null) leaves it to the server.

    Raises:
        UsageError: it is none of these.
    """
    if value is None:
        return None
    seconds = _seconds(value)
    return FOR_EVER if seconds < 0 or seconds > _LARGEST_S else seconds


def _seconds(value: object) -> float:
    if isinstance(value, str) and len(value) <= _MAX_CHARACTERS:
        try:
            return duration(value)
        except ValueError:
            raise _refused(value) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(value)
    if isinstance(value, int):  # JSON's whole numbers know no bound, floats do
        value = max(-_BEYOND_S, min(_BEYOND_S, value))
    if not math.isfinite(value):
        raise _refused(value)
    return float(value)


def _refused(value: object) -> UsageError:
    shown = json.dumps(value, default=str)
    shown = shown if len(shown) <= _MAX_CHARACTERS else shown[:_MAX_CHARACTERS] + "…"
    return UsageError(
        f"keep_alive is no duration: {shown}", hint='examples: "5m", "1h30m", 300 (seconds), 0, -1 (for ever)'
    )
