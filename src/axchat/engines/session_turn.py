"""One turn on a loaded runner: runner events in, generation events out, and every way it can end."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from axchat.axcl import codes
from axchat.console.events import (
    AttachmentAsked,
    Closed,
    ContextState,
    Fault,
    FaultKind,
    Overflow,
    Ready,
    TurnEnded,
    TurnFailed,
)
from axchat.deadline import Deadline
from axchat.engines.loaded_runner import LoadedRunner, RunnerEvent, Woken, notices, silence
from axchat.engines.runner_faults import explain
from axchat.errors import AxchatError, ContextOverflow, DeviceFailed, RunnerFailed, UsageError
from axchat.events import Event, Level, Notice, TextDelta

ANSWER_SILENCE_S = 180.0
"""Longest silence while answering: builds without a prefill stage feed 1,000 prompt tokens in about 80 s."""

INTERRUPT_INTERVAL_S = 0.05
"""A SIGINT before the generation loop has begun is lost, so it is repeated (runner-console 9.1).

The handler only sets a flag, so a second one costs nothing; a lost one costs the interval.
"""

CANCEL_PATIENCE_S = 10.0
"""How long an interrupted turn may take to come back to the marker; then the runner hangs (9.1.7)."""


@dataclass
class TurnState:
    """How far a turn has come: what its end needs.

    Attributes:
        ended: statistics of its end line.
        failed: set instead where there was none.
        context: how full the runner said its context is afterwards.
        is_cancelled: somebody stopped it.
        is_over: the runner is at its marker again, or gone.
    """

    ended: TurnEnded | None = None
    failed: TurnFailed | None = None
    context: ContextState | None = None
    is_cancelled: bool = False
    is_over: bool = False


class SessionTurn:
    """A turn under way.

    Args:
        runner: loaded; was typed to, or answers the prompt of its command line.
        deadline: of the whole request.
        images: paths for a vision build that asks for them.
    """

    def __init__(
        self,
        runner: LoadedRunner,
        deadline: Deadline,
        *,
        images: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = TurnState()
        self.cancel_patience_s = CANCEL_PATIENCE_S
        self._runner = runner
        self._deadline = deadline
        self._images = images
        self._cancel_owned: Callable[[], None] = lambda: None
        self._clock = clock
        self._wants_cancel = False

    @property
    def wants_cancel(self) -> bool:
        """Whether ``cancel`` was called: a turn that was not typed yet need not be typed."""
        return self._wants_cancel

    def owns(self, cancel_owned: Callable[[], None]) -> None:
        """Take what tells the tokenizer's side of a cancel; calls it at once if there was one."""
        self._cancel_owned = cancel_owned
        if self._wants_cancel:
            cancel_owned()

    def cancel(self) -> None:
        """Stop soon; from any thread and from signal handlers."""
        self._wants_cancel = True
        self._cancel_owned()
        self._runner.wake()

    def events(self) -> Iterator[Event]:
        """Text and notices until the runner is at its marker again.

        Raises:
            AxchatError: the answer is not complete. The runner may be used on unless it is ``lost``.
        """
        while not self.state.is_over:
            if self._wants_cancel:
                self.state.is_cancelled = True
                yield from self.settle()
                return
            event = self._runner.next_event(self._deadline.left(ANSWER_SILENCE_S))
            if event is None:
                error = silence(self._runner, self._deadline, ANSWER_SILENCE_S)
                self.abandon()
                raise error
            yield from self._take(event)
        if self.state.failed is not None:
            raise _of_failed_turn(self.state.failed)

    def _take(self, event: RunnerEvent) -> Iterator[Event]:
        match event:
            case TextDelta():
                self._runner.evidence.has_text = True
                yield event
            case AttachmentAsked():
                self._runner.attach(self._images)
            case Fault():
                yield from self._fault(event)
            case Closed():
                yield from self._closed()
            case Woken():
                pass
            case _ if not self._note(event):
                yield from notices(self._runner, event)

    def _note(self, event: RunnerEvent) -> bool:
        """Take what the turn's end is made of; False when the event is something else."""
        match event:
            case TurnEnded():
                self.state.ended = event
            case TurnFailed():
                self.state.failed = event
            case ContextState():
                self.state.context = event
            case Ready():
                if self.state.ended is not None or self.state.failed is not None:
                    self._runner.ready()
                    self.state.is_over = True
            case _:
                return False
        return True

    def _closed(self) -> Iterator[Event]:
        """The console ended: a fault, or the end of a run that asks for no further prompt."""
        self.state.is_over = True
        _, status = self._runner.end()
        if self.state.ended is None:
            raise explain(self._runner.evidence, status)
        if status not in {0, None}:
            yield Notice(f"the runner ended with status {status} after its answer", Level.WARNING)

    def _fault(self, fault: Fault) -> Iterator[Event]:
        """What a fault in the middle of a turn means for it; its log line was told already."""
        if fault.kind is FaultKind.CONTEXT and not self._turn_fails_by_itself:
            # the runner goes on with an empty prompt: what follows is not an answer
            self.abandon()
            raise _overflow(fault.message, fault.overflow)
        if fault.kind is FaultKind.ATTACHMENT and not self._turn_fails_by_itself:
            # the runner answers the text alone
            self.abandon()
            raise UsageError(
                f"the runner cannot take the file: {fault.message}", hint="is it a picture it can read?"
            )
        if fault.kind is FaultKind.INPUT:
            self._cancel_owned()
            self._runner.lost = fault.message
            raise RunnerFailed(fault.message, hint="run: axchat doctor")
        if fault.kind in {FaultKind.NPU, FaultKind.DEVICE, FaultKind.DEVICE_MEMORY}:
            # after this the same token repeats for ever (recording 34-pty-device-dead-short)
            self._cancel_owned()
            self._runner.lost = fault.message
            raise _device_error(fault)
        if fault.kind is FaultKind.TOKENIZER and "try again" in fault.message:
            yield Notice("a piece of the answer may be missing", Level.WARNING)

    @property
    def _turn_fails_by_itself(self) -> bool:
        return self._runner.dialect.grammar.has_ttft

    def abandon(self) -> None:
        """Stop the turn, if it was begun and is not over, and bring the runner back to its marker."""
        if not (self.state.is_over or self._runner.is_idle):
            self._cancel_owned()
            for _ in self.settle():
                pass  # nobody reads on

    def settle(self) -> Iterator[Event]:
        """Interrupt until the runner is at its marker; mark it lost when it does not come.

        Gives the text that still stood on the console.
        """
        patience = Deadline(self.cancel_patience_s, self._clock)
        while not (self.state.is_over or patience.is_over or self._runner.lost):
            self._runner.interrupt()
            pause = Deadline(INTERRUPT_INTERVAL_S, self._clock)
            while not (pause.is_over or self.state.is_over or self._runner.lost):
                event = self._runner.next_event(pause.left())
                if isinstance(event, TextDelta):
                    yield event
                elif isinstance(event, AttachmentAsked):
                    self._runner.attach(())
                elif event is not None:
                    self._note(event)
        if not self.state.is_over and self._runner.lost is None:
            self._runner.lost = f"it did not stop within {self.cancel_patience_s:.0f} s"


def _device_error(fault: Fault) -> AxchatError:
    if fault.code is not None:
        return codes.error_for(fault.code, context=fault.message)
    return DeviceFailed(
        f"the card failed in the middle of the answer: {fault.message}",
        hint="run: axchat doctor",
        line=fault.message,
    )


def _of_failed_turn(failed: TurnFailed) -> AxchatError:
    if failed.overflow is not None:
        return _overflow(failed.message, failed.overflow)
    return RunnerFailed(
        f"the runner gave no answer: {failed.message or 'it did not say why'}", hint="run: axchat doctor"
    )


def _overflow(message: str, overflow: Overflow | None) -> ContextOverflow:
    numbers = Overflow() if overflow is None else overflow
    return ContextOverflow(
        f"the prompt does not fit the model's context: {message}",
        hint="shorten the prompt or start a new conversation",
        used_tokens=numbers.used,
        prompt_tokens=numbers.asked,
        prompt_limit=numbers.limit,
    )
