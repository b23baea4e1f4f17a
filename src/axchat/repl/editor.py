"""The input line: prompt-toolkit's editor with the keys of a chat."""

import contextlib
from collections.abc import Callable
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import create_input
from prompt_toolkit.layout.containers import Window
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.styles import Style, default_ui_style, merge_styles

from axchat.repl.keys import Hands, Pasted, key_bindings
from axchat.repl.live_renderer import LiveRenderer, ScreenOutput

PROMPT = "> "
CONTINUATION = "  "
MENU_ROWS = 6
"""Below the input line while completions are shown."""

STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "bottom-toolbar": "noreverse",
        "bottom-toolbar.text": "fg:ansibrightblack",
        "cursor": "reverse",
    }
)


class Editor:
    """An input line that is there all the time; Enter sends, Alt-Enter and Ctrl-J begin a new line.

    A paste (bracketed) is inserted as it is, newlines and all.

    Args:
        hands: what the keys do.
        history: see ``prompt_history``.
        stdin: the keyboard.
        screen: the terminal to draw on.
        completer: for commands and their arguments.
        is_vi: vi keys instead of Emacs'.
    """

    def __init__(
        self,
        hands: Hands,
        history: History,
        *,
        stdin: TextIO,
        screen: TextIO,
        completer: Completer | None = None,
        is_vi: bool = False,
    ) -> None:
        self._hands = hands
        self._pasted = Pasted()
        output = ScreenOutput.on(screen)
        self._session: PromptSession[None] = PromptSession(
            [("class:prompt", PROMPT)],
            multiline=True,
            wrap_lines=True,
            reserve_space_for_menu=0,
            prompt_continuation=CONTINUATION,
            key_bindings=key_bindings(hands, self._pasted),
            history=history,
            auto_suggest=AutoSuggestFromHistory(),
            completer=completer,
            complete_while_typing=Condition(self._is_command),
            editing_mode=EditingMode.VI if is_vi else EditingMode.EMACS,
            input_processors=[_DrawnCursor(hands.is_busy)],
            bottom_toolbar=self._toolbar,
            style=STYLE,
            erase_when_done=True,
            tempfile_suffix=".md",
            input=create_input(stdin),
            output=output,
        )
        self.app = self._session.app
        self.app.ttimeoutlen = 0.1  # Alt-Enter arrives as two bytes, over a slow line not together
        self.renderer = LiveRenderer(merge_styles([default_ui_style(), STYLE]), output)
        self.app.renderer = self.renderer
        window = self.app.layout.current_window
        window.height = self._height
        window.always_hide_cursor = Condition(hands.is_busy)
        self._window: Window = window

    def soon(self, act: Callable[[], None]) -> None:
        """Have something done in the application's thread; from any thread, and in vain when it has ended."""
        loop = self.app.loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed just now
                loop.call_soon_threadsafe(act)

    @property
    def draft(self) -> str:
        """What stands on the input line."""
        return self._session.default_buffer.text

    def keep_draft(self) -> None:
        """What was not sent is found with Up in the next chat."""
        if self.draft.strip():
            self._session.default_buffer.append_to_history()

    def put_draft(self, text: str) -> None:
        """Put a text in front of what is typed."""
        buffer = self._session.default_buffer
        typed = buffer.text
        buffer.text = text + ("\n" + typed if typed.strip() else "")
        buffer.cursor_position = len(text)

    def _height(self) -> Dimension:
        """As high as the draft, up to a third of the screen; higher while completions are shown."""
        buffer = self._session.default_buffer
        has_menu = buffer.complete_state is not None and bool(buffer.complete_state.completions)
        most = max(self.app.output.get_size().rows // 3, 3)
        return Dimension(min=min(1 + MENU_ROWS, most) if has_menu else 1, max=most)

    def _toolbar(self) -> StyleAndTextTuples:
        return [("", self._hands.toolbar(self.app.output.get_size().columns - 1))]

    def _is_command(self) -> bool:
        text = self.draft
        return text.startswith("/") and "\n" not in text and not self._pasted.is_in(text)


class _DrawnCursor(Processor):
    """Shows the place in the input line while the terminal's own cursor waits elsewhere."""

    def __init__(self, is_drawn: Callable[[], bool]) -> None:
        self._is_drawn = is_drawn

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The cell at the cursor, reversed."""
        fragments = transformation_input.fragments
        document = transformation_input.document
        if not self._is_drawn() or document.cursor_position_row != transformation_input.lineno:
            return Transformation(fragments)
        at = transformation_input.source_to_display(document.cursor_position_col)
        cells = [(style, character) for style, text, *_ in fragments for character in text]
        cells += [("", " ")] * (at + 1 - len(cells))
        cells[at] = (cells[at][0] + " class:cursor", cells[at][1])
        return Transformation(list(cells))
