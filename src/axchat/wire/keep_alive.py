"""How long a model stays loaded, as Ollama's clients say it: "5m", "1h30m", 300, -1, "-1m" or 0. Pure."""

import json
import math
import re
from fractions import Fraction

from axchat.errors import UsageError

FOR_EVER = -1.0
"""What every negative value means."""

# Go's time.ParseDuration (go.dev/src/time/format.go); both signs for micro are in use.
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
}
_PART = re.compile(r"(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)(?P<unit>ns|us|µs|μs|ms|s|m|h)")
_LARGEST_NS = 2**63 - 1
# A longer text is no duration that anybody means, and would only be repeated in the message.
_MAX_CHARACTERS = 100


def keep_alive_s(value: object) -> float | None:
    """Seconds that a model stays loaded after an answer; ``FOR_EVER`` for any negative value.

    A number is seconds, a text is a duration of Go. None (JSON's null) leaves it to the server.

    Raises:
        UsageError: it is neither.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused(value)
    return FOR_EVER if value < 0 or value > _LARGEST_NS / 1e9 else float(value)


def _from_text(text: str) -> float:
    if len(text) > _MAX_CHARACTERS:
        raise _refused(text)
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    total, at = Fraction(0), 0
    while at < len(rest):
        part = _PART.match(rest, at)
        if part is None:
            raise _refused(text)
        total += Fraction(part["number"].rstrip(".")) * _NANOSECONDS[part["unit"]]
        at = part.end()
    if not rest or total > _LARGEST_NS:
        raise _refused(text)
    # Go counts whole nanoseconds: less than one is none, also with a minus.
    nanoseconds = int(total)
    if text.startswith("-") and nanoseconds:
        return FOR_EVER
    return nanoseconds / 1e9


def _refused(value: object) -> UsageError:
    shown = json.dumps(value, default=str)
    shown = shown if len(shown) <= _MAX_CHARACTERS else shown[:_MAX_CHARACTERS] + "…"
    return UsageError(
        f"keep_alive is no duration: {shown}", hint='examples: "5m", "1h30m", 300 (seconds), 0, -1 (for ever)'
    )
