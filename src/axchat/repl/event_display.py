"""The events of a load and of an answer, and how it ended, as a chat shows them."""

from axchat.chat.turn import Turn
from axchat.events import Event, FinishReason, Level, LoadProgress, Notice, PromptEstimate, Queued, TextDelta
from axchat.repl.display import Display
from axchat.ui.stderr import in_queue, waiting


def show(event: Event, display: Display) -> None:
    """Show an event."""
    match event:
        case TextDelta(text=text):
            display.status("")
            display.write(text)
        case LoadProgress(is_over=True):
            display.status("")
        case LoadProgress():
            left = "" if event.remaining_s is None else f", about {event.remaining_s:.0f} s left"
            display.status(f"loading the model: {event.done} of {event.total}{left}")
        case PromptEstimate():
            if announcement := waiting(event):
                display.status(announcement)
        case Queued():
            display.status(in_queue(event))
        case Notice(text=text, level=level):
            display.tell(f"warning: {text}" if level is Level.WARNING else text)


def end_of(turn: Turn) -> str | None:
    """What to tell of the end of an answer; None of one that ended by itself."""
    reason = turn.finished.reason if turn.finished else FinishReason.UNKNOWN
    if reason is FinishReason.CANCELLED:
        return "stopped; what was said is kept" if turn.text else "stopped before anything was said"
    if not turn.text:
        return "the model said nothing; your message was taken back"
    if reason is FinishReason.LENGTH:
        return "the answer was cut at the token limit"
    return None
