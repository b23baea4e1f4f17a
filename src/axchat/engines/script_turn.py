"""One run of a vendor script: console events in, generation events out, and every way it can end."""

import time
from collections.abc import Iterator

from axchat.console.dialects import LEGACY
from axchat.console.events import (
    NEED_DATA,
    ConsoleEvent,
    ConsoleLine,
    Fault,
    FaultKind,
    RunnerLog,
    RuntimeLog,
    TurnEnded,
)
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.deadline import Deadline
from axchat.engines.context_room import ContextRoom
from axchat.engines.runner_faults import LOADED, Evidence, explain
from axchat.errors import AxchatError, ContextOverflow, DeviceFailed, RunnerTimeout
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    Level,
    LoadProgress,
    Notice,
    TextDelta,
    Usage,
)
from axchat.process import shutdown
from axchat.process.transport import ConsoleTransport, Output

LOAD_SILENCE_S = 90.0
"""Longest silence while loading. A port request to a dead card takes 50 s to fail (axcl-device 1.6)."""

ANSWER_SILENCE_S = 180.0
"""Longest silence while answering: builds without a prefill stage feed 1,000 prompt tokens in about 80 s."""

_INTERRUPT_INTERVAL_S = 0.05
"""A SIGINT before the generation loop has begun is lost, so it is repeated (runner-console 9.1)."""

_CANCEL_PATIENCE_S = 3.0
"""How long an interrupted answer may take to end before the runner is ended by force.

It ends within a layer, 6 to 27 ms when recorded; a hung one never does.
"""

_LOADING = {State.BOOTING, State.READY}


class ScriptTurn:
    """A running script and the reading of its console.

    Args:
        transport: the script's console; closed by ``close``.
        live_print: what the script says of ``--live_print``.
        tokenizer: address that the script names, for messages.
        deadline: of the whole request.
        model: the path of the model, for hints.
    """

    def __init__(
        self,
        transport: ConsoleTransport,
        *,
        live_print: bool | None,
        tokenizer: str | None,
        deadline: Deadline,
        model: str = "DIR",
    ) -> None:
        self._transport = transport
        self._parser = ConsoleParser(LEGACY, one_shot=True, live_print=live_print)
        self._deadline = deadline
        self._started = time.monotonic()
        self._load_s: float | None = None
        self._ended: TurnEnded | None = None
        self._is_cancelled = False
        self._has_quit = False
        self._is_ending = False
        self._is_closed = False
        self._evidence = Evidence(tokenizer, model)

    def cancel(self) -> None:
        """Stop soon; safe in a signal handler and from other threads."""
        self._is_cancelled = True
        self._transport.wake()

    def events(self) -> Iterator[Event]:
        """Everything until the script has ended."""
        while True:
            if self._is_cancelled and not self._ended:
                self._is_ending = True
                yield from self._stop_answer()
                self.close()
                yield self._finished(FinishReason.CANCELLED)
                return
            output = self._transport.read(self._patience())
            if output is not None:
                yield from self._take(output)
                if output.is_end:
                    break
            elif self._has_quit and self._parser.may_be_done:
                yield from self._take(Output(is_end=True))
                yield Notice("the runner did not take its quit and was ended", Level.WARNING)
                self.close()
                yield from self._finish(None)
                return
            elif not self._is_cancelled:
                raise self._timeout()
            self._maybe_quit()
        self._is_closed = True
        yield from self._finish(self._transport.close(shutdown.KILL_PATIENCE_S))

    def _patience(self) -> float | None:
        if self._has_quit and self._parser.may_be_done:
            return self._deadline.left(shutdown.QUIT_PATIENCE_S)
        return self._deadline.left(self._silence_s)

    @property
    def _silence_s(self) -> float:
        return LOAD_SILENCE_S if self._parser.state in _LOADING else ANSWER_SILENCE_S

    def _maybe_quit(self) -> None:
        """Answer the marker behind a one-shot answer with a quit.

        If the marker was the model's own words, the runner reads the quit after its answer: the same.
        """
        if self._parser.may_be_done and not self._has_quit:
            self._has_quit = True
            self._transport.write(LEGACY.quit, timeout_s=5.0)

    def _take(self, output: Output) -> Iterator[Event]:
        for said in self._evidence.add_stderr(output.stderr):
            yield Notice(f"AXCL runtime: {said}", Level.WARNING)
        self._parser.receive_data(output.console)
        if output.is_end:
            self._parser.receive_eof()
        while (event := self._parser.next_event()) is not NEED_DATA:
            yield from self._translate(event)

    def _translate(self, event: ConsoleEvent) -> Iterator[Event]:
        match event:
            case LoadProgress() | TextDelta():
                self._evidence.has_text |= isinstance(event, TextDelta) and event.text != ""
                yield event
            case RunnerLog():
                self._evidence.add_line(event.message, event.level)
                if event.message == LOADED:
                    self._load_s = time.monotonic() - self._started
                    yield LoadProgress(1, 1, "loaded", is_over=True, load_s=self._load_s)
                elif event.level in "EW" and self._parser.state not in _LOADING:
                    # it stood inside the answer and was cut out of it: nothing is lost silently
                    yield Notice(f"runner: {event.message}", Level.WARNING)
            case RuntimeLog():
                self._evidence.add_line(event.message, event.level)
                if event.is_warning:
                    yield Notice(f"AXCL runtime: {event.message}", Level.WARNING)
            case ConsoleLine():
                self._evidence.add_line(event.text)
            case Fault():
                yield from self._take_fault(event)
            case TurnEnded():
                self._ended = event

    def _take_fault(self, fault: Fault) -> Iterator[Event]:
        """A fault while loading is explained at the end; one in an answer decides at once."""
        self._evidence.faults.append(fault)
        if self._parser.state in _LOADING or self._is_ending:
            return
        if fault.kind is FaultKind.CONTEXT:
            # the runner goes on with an empty prompt: what follows is not an answer
            raise ContextOverflow(
                f"the prompt does not fit the model's prefill window: {fault.message}",
                hint="shorten the prompt",
            )
        if fault.kind is FaultKind.NPU:
            # printed once a layer and token while the same token repeats (34-pty-device-dead-short)
            raise DeviceFailed(
                "the NPU failed in the middle of the answer; what follows would be garbage",
                hint="run: axchat doctor",
                line=fault.message,
            )
        if fault.kind is FaultKind.TOKENIZER and "try again" in fault.message:
            yield Notice("a piece of the answer may be missing", Level.WARNING)

    def _stop_answer(self) -> Iterator[Event]:
        """SIGINT until the answer under way ends; text that still comes belongs to it.

        A runner that loads does not listen to SIGINT, and one that waits at its marker needs none.
        """
        patience = Deadline(0.0 if self._parser.state in _LOADING else _CANCEL_PATIENCE_S)
        while not (patience.is_over or self._ended or self._parser.may_be_done):
            self._transport.interrupt()
            output = self._transport.read(patience.left(_INTERRUPT_INTERVAL_S))
            if output is not None:
                yield from self._take(output)
                if output.is_end:
                    return

    def _finish(self, status: int | None) -> Iterator[Event]:
        if self._ended is None:
            if self._is_cancelled:
                yield self._finished(FinishReason.CANCELLED)
                return
            raise explain(self._evidence, status)
        if not (self._evidence.has_text or self._is_cancelled):
            # what a prompt beyond the context gets, too (runner-console 2.3)
            size = self._parser.limits.max_token_len
            beyond = "its context" if size is None else f"its context of {size} tokens"
            yield Notice(f"no text: the model ended at once, or the prompt exceeds {beyond}", Level.WARNING)
        if status not in {0, None}:
            yield Notice(f"the runner ended with status {status} after its answer", Level.WARNING)
        yield self._finished(FinishReason.CANCELLED if self._is_cancelled else FinishReason.UNKNOWN)

    def _finished(self, reason: FinishReason) -> Finished:
        ended = self._ended or TurnEnded(None)
        return Finished(
            reason,
            Usage(),
            EngineTimings(
                load_s=self._load_s,
                ttft_s=None if ended.ttft_ms is None else ended.ttft_ms / 1000,
                tokens_per_s=ended.tokens_per_s,
                # builds that print a ttft count answer tokens after it; the others count the prompt too
                rate_includes_prompt=ended.ttft_ms is None,
            ),
        )

    def _timeout(self) -> AxchatError:
        where = "while loading" if self._parser.state in _LOADING else "while answering"
        last = f"; last line: {self._evidence.last_line}" if self._evidence.last_line else ""
        if self._deadline.is_over:
            return RunnerTimeout(
                f"no full answer within the time limit, {where}{last}", hint="raise --timeout"
            )
        return RunnerTimeout(
            f"the runner said nothing for {self._silence_s:.0f} s {where}{last}", hint="run: axchat doctor"
        )

    @property
    def room(self) -> ContextRoom:
        """The context's sizes, as far as the script's runner has told them."""
        return ContextRoom(self._parser.limits)

    def close(self) -> None:
        """End the runner: stop its answer, let it quit and free the card's memory, else by force.

        May be called twice.
        """
        if self._is_closed:
            return
        self._is_closed = self._is_ending = True
        for _ in self._stop_answer():
            pass  # nobody reads on
        is_idle = self._parser.may_be_done and not self._has_quit
        shutdown.end(self._transport, quit_bytes=LEGACY.quit if is_idle else None)
