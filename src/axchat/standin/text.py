"""The bytes of the legacy console: log lines, progress bars, the end of a turn. Pure.

Formats: vendor sample_log.h and cqdm.cpp, checked against the recorded sessions.
"""

RESET = b"\x1b[0m"
BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n'
MILLISECONDS = 1000

_COLOURS = {"E": 31, "W": 33, "I": 32, "N": 35, "D": 37}
_BAR_WIDTH = 32


def log(level: str, function: str, line: int, message: str | bytes) -> bytes:
    """Return one log line; the newline stands after the colour's reset, as in the vendor's logger."""
    body = message if isinstance(message, bytes) else message.encode("utf-8", "surrogateescape")
    start = f"\x1b[1;30;{_COLOURS[level]}m[{level}][{function:>32}][{line:4d}]: ".encode()
    return start + body + RESET + b"\n"


def progress(done: int, total: int, elapsed_ms: int, unit: str, message: str) -> bytes:
    """Return one drawing of the progress bar after ``done`` of ``total``; no newline of its own."""
    elapsed = elapsed_ms / MILLISECONDS
    rate = done / elapsed if elapsed else float("inf")
    blocks = min(int(done * _BAR_WIDTH / total) + 1, _BAR_WIDTH if done == total else _BAR_WIDTH + 1)
    gap = " " * (_BAR_WIDTH + 1 - blocks if done < total else 0)
    return (
        f"\x1b[1;30;33m\r{int(done * 100 / total):3d}% | {'█' * blocks}{gap} | {done:3d} / {total:3d} "
        f"[{elapsed:2.2f}s<{elapsed * total / done:2.2f}s, {rate:2.2f} {unit}/s] "
        f"\x1b[1;30;32m{message}\x1b[0m"
    ).encode()


def turn_end(line: int, tokens: int, seconds: float) -> bytes:
    """Return the end line of a turn; it says ``hit eos`` whatever ended it (recorded session 05)."""
    rate = tokens / seconds if seconds > 0 else float("nan" if tokens == 0 else "inf")
    return log("N", "Run", line, f"hit eos,avg {rate:.2f} token/s\n")


def c_string(data: bytes) -> bytes:
    """Return what printf("%s") shows of ``data``: the bytes before the first NUL."""
    return data.partition(b"\0")[0]
