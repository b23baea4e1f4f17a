"""The keys of a chat, beside those that prompt-toolkit's editor has."""

from collections.abc import Callable
from dataclasses import dataclass, field

from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Filter, has_completions, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.search import stop_search

from axchat.repl.input_line import is_open_block


@dataclass(frozen=True, slots=True)
class Typed:
    """A message that was sent; ``is_pasted`` if its beginning came as a paste."""

    text: str
    is_pasted: bool = False


@dataclass(slots=True)
class Hands:
    """What the keys do; called in the terminal's thread.

    Attributes:
        send: Enter, with what was typed.
        interrupt: Ctrl-C; told whether there was a draft, which is gone unless an answer is under way.
        leave: Ctrl-D on an empty line.
        toolbar: gives the line below the input, for so many columns.
        is_busy: whether the session is at work.
    """

    send: Callable[[Typed], None]
    interrupt: Callable[[bool], None]
    leave: Callable[[], None]
    toolbar: Callable[[int], str] = field(default=lambda _columns: "")
    is_busy: Callable[[], bool] = field(default=lambda: False)


class Pasted:
    """Remembers a paste into an empty input line: what begins with it is a message, never a command."""

    text = ""

    def is_in(self, draft: str) -> bool:
        """Whether the draft begins with the paste."""
        return bool(self.text) and draft.startswith(self.text)


def key_bindings(hands: Hands, pasted: Pasted) -> KeyBindings:
    """Enter sends, Alt-Enter and Ctrl-J begin a line; the others are as in a shell."""
    bindings = KeyBindings()
    is_typing = has_focus(DEFAULT_BUFFER)  # in Ctrl-R's search these keys are the search's
    _add_typing(bindings, is_typing, hands, pasted)
    _add_leaving(bindings, is_typing, hands)
    return bindings


def _add_typing(bindings: KeyBindings, is_typing: Filter, hands: Hands, pasted: Pasted) -> None:
    @bindings.add("enter", filter=is_typing)
    def _send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text
        if is_open_block(text) and not pasted.is_in(text):
            buffer.newline(copy_margin=False)
        elif text.strip():
            typed = Typed(text, pasted.is_in(text))
            pasted.text = ""
            buffer.reset(append_to_history=True)
            hands.send(typed)

    @bindings.add("escape", "enter", filter=is_typing)
    @bindings.add("c-j", filter=is_typing)
    def _begin_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @bindings.add(Keys.BracketedPaste, filter=is_typing)
    def _paste(event: KeyPressEvent) -> None:
        data = event.data.replace("\r\n", "\n").replace("\r", "\n")
        if not event.current_buffer.text:
            pasted.text = data
        event.current_buffer.insert_text(data)

    @bindings.add("c-x", "c-e", filter=is_typing)
    def _edit(event: KeyPressEvent) -> None:
        event.current_buffer.open_in_editor()

    @bindings.add("escape", filter=has_completions, eager=True)
    def _close_menu(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()


def _add_leaving(bindings: KeyBindings, is_typing: Filter, hands: Hands) -> None:
    @bindings.add("c-c")
    @bindings.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        buffer = event.app.layout.get_buffer_by_name(DEFAULT_BUFFER)
        assert buffer is not None, "it is the application's only input"
        had_draft = bool(buffer.text) or event.app.layout.is_searching
        stop_search()  # if there is one
        if not hands.is_busy():
            buffer.reset()
        hands.interrupt(had_draft)

    @bindings.add("c-d", filter=is_typing)
    def _leave(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            hands.leave()

    @bindings.add("c-z")
    def _suspend(event: KeyPressEvent) -> None:
        event.app.suspend_to_background()
