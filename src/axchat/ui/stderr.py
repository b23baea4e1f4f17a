"""What goes to stderr around an answer: load progress, notices, statistics, errors. Plain text, no rich.

Everything that a runner or a model directory may have written is filtered before a terminal sees it.
"""

import time
from collections.abc import Callable
from typing import TextIO

from axchat.errors import AxchatError
from axchat.events import Event, Finished, Level, LoadProgress, Notice, PromptEstimate, Queued
from axchat.ui.escapes import for_terminal
from axchat.ui.status_line import StatusLine

WORTH_SAYING_S = 2.0
"""A shorter wait is over before its announcement was read."""


LONGEST_LINE = 2000
"""Characters. Somebody pasted a file where a name belongs: the cause, at the end, is to be seen."""


class Reporter:
    """Shows load progress and notices on stderr.

    On a terminal, progress is one line that is rewritten and cleared before anything else is written;
    elsewhere a load is one line at its end.

    Args:
        stream: stderr.
        is_terminal: whether it can rewrite the progress line.
        is_quiet: show errors only.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        is_terminal: bool,
        is_quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._status = StatusLine(stream, can_erase=is_terminal and not is_quiet)
        self._is_terminal = is_terminal
        self._is_quiet = is_quiet
        self._clock = clock
        self._load_began: float | None = None

    def show(self, event: Event, *, model: str = "the model") -> None:
        """Show what belongs on stderr; answer text and the end are not shown here.

        Args:
            event: what happened.
            model: what is loaded, by the name that people call it.
        """
        if self._is_quiet:
            return
        if isinstance(event, LoadProgress):
            self._show_load(event, model)
        elif isinstance(event, Notice):
            self.line(("warning: " if event.level is Level.WARNING else "") + event.text)
        elif isinstance(event, Queued):
            self._tell_step(in_queue(event))
        elif isinstance(event, PromptEstimate) and (text := waiting(event)):
            self._tell_step(text)

    def _tell_step(self, text: str) -> None:
        self.step(text) if self._is_terminal else self.line(text)

    def _show_load(self, progress: LoadProgress, model: str) -> None:
        if self._load_began is None:
            self._load_began = self._clock()
        if progress.is_over:
            self.end_load(model, progress.load_s)
            return
        memory = f", {progress.remaining_cmm_mib} MiB left" if progress.remaining_cmm_mib is not None else ""
        what = for_terminal(progress.text).split(",remain_cmm")[0].replace("\n", " ")
        left = "" if progress.remaining_s is None else f", about {progress.remaining_s:.0f} s left"
        self.step(f"loading {progress.done}/{progress.total} {what}{memory}{left}")

    def step(self, text: str) -> None:
        """Rewrite the progress line; nothing where there is no terminal."""
        self._status.show(text)

    def end_load(self, name: str, load_s: float | None = None) -> None:
        """The load is over: clear its line; elsewhere than on a terminal, say how long it took.

        Args:
            name: of the model.
            load_s: seconds that the load took; None for those since its first progress was shown.
        """
        self.clear()
        if self._load_began is not None and not self._is_terminal and not self._is_quiet:
            took = self._clock() - self._load_began if load_s is None else load_s
            self.line(f"loaded {name} in {took:.1f} s")
        self._load_began = None

    def clear(self) -> None:
        """Remove the progress line, so that the answer starts in a clean one."""
        self._status.clear()

    def line(self, text: str) -> None:
        """Write one line, whatever ``is_quiet`` says."""
        self._status.line("axchat: " + _one_line(text))

    def notice(self, text: str) -> None:
        """Write one line, unless quiet."""
        if not self._is_quiet:
            self.line(text)

    def quote(self, text: str) -> None:
        """Show a whole text that could not go where it belongs, as it is; nothing when quiet."""
        if text and not self._is_quiet:
            self._status.line(for_terminal(text).removesuffix("\n"))

    def error(self, error: AxchatError) -> None:
        """Write an error: its message, every further problem it holds, and the next command."""
        self.line(error.message)
        problems = error.facts.get("problems")
        for problem in problems[1:] if isinstance(problems, list) else []:
            self._status.line("  " + _one_line(str(problem)))
        if error.hint:
            self._status.line("  -> " + _one_line(error.hint))


def waiting(estimate: PromptEstimate) -> str | None:
    """What to say before a wait that a user would notice; None for a short or unknown one."""
    if estimate.seconds is None or estimate.seconds < WORTH_SAYING_S:
        return None
    new = estimate.tokens - estimate.cached_tokens
    return f"reading {new} prompt tokens takes about {estimate.seconds:.0f} s on this card"


def in_queue(queued: Queued) -> str:
    """What to say to somebody who waits for the card."""
    count, about = queued.position, "" if queued.wait_s is None else f", about {queued.wait_s:.0f} s"
    first = "1 request comes first" if count == 1 else f"{count} requests come first"
    return f"waiting for the card: {first if count else 'this request is next'}{about}"


def _one_line(text: str) -> str:
    line = for_terminal(text).replace("\n", " ")
    if len(line) <= LONGEST_LINE:
        return line
    half = LONGEST_LINE // 2
    return f"{line[:half]} ... {line[-half:]}"


def statistics(finished: Finished, *, ttft_s: float | None, total_s: float) -> str:
    """One line for ``--stats``; each figure says whose clock it is from.

    Args:
        finished: the end of the answer, with the engine's own figures.
        ttft_s: from the request to the first text, by axchat's clock; None without text.
        total_s: from the request to the end, by axchat's clock.
    """
    usage, timings = finished.usage, finished.timings
    parts = [f"finish {finished.reason}"]
    if usage.prompt_tokens is not None:
        cached = f" ({usage.cached_tokens} reused)" if usage.cached_tokens else ""
        parts.append(f"prompt {usage.prompt_tokens} tokens{cached}")
    if usage.completion_tokens is not None:
        parts.append(f"answer {usage.completion_tokens} tokens")
    if timings.load_s is not None:
        parts.append(f"load {timings.load_s:.2f} s")
    if ttft_s is not None:
        parts.append(f"first text after {ttft_s:.2f} s")
    parts.append(f"total {total_s:.2f} s")
    if timings.ttft_s is not None:
        parts.append(f"engine's ttft {timings.ttft_s * 1000:.0f} ms")
    if timings.tokens_per_s is not None:
        counted = "prompt and answer" if timings.rate_includes_prompt else "answer"
        parts.append(f"engine's rate {timings.tokens_per_s:.2f} tokens/s ({counted})")
    return ", ".join(parts)
