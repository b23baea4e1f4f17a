"""A chat without a terminal's help: answers on stdout, everything else on stderr, line by line."""

from collections.abc import Sequence

from axchat.repl.display import Bar, Option
from axchat.repl.notices import NoticeWriter
from axchat.ui.answer import AnswerWriter
from axchat.ui.thoughts import Thoughts


class LineDisplay:
    """See ``Display``; for pipes, files and terminals that cannot move their cursor."""

    def __init__(self, answers: AnswerWriter, notices: NoticeWriter) -> None:
        self._answers = answers
        self._notices = notices
        self._held: list[str] = []

    can_choose = False

    def echo(self, text: str) -> None:
        """It was seen being typed, or comes from a file."""

    def tell(self, text: str) -> None:
        """On stderr; inside a line of the answer, after it."""
        if self._answers.is_mid_line:
            self._held.append(text)
        else:
            self._notices.tell(text)

    def show(self, markdown: str) -> None:
        """On stderr: stdout holds answers."""
        self._notices.tell(markdown)

    def status(self, text: str) -> None:
        """On a terminal, a line that comes and goes."""
        if text:
            self._notices.status(text)
        else:
            self._notices.clear_status()

    def begin_answer(self, thoughts: Thoughts) -> None:
        """All of an answer is written, its thoughts too."""

    def write(self, text: str) -> None:
        """On stdout."""
        self._notices.clear_status()
        self._answers.write(text)

    def end_answer(self) -> None:
        """End its line."""
        self._answers.finish()
        held, self._held = self._held, []
        for text in held:
            self._notices.tell(text)

    def bar(self, bar: Bar) -> None:
        """There is none."""

    def put_draft(self, text: str) -> None:
        """There is no line to put it on."""

    def choose(self, question: str, options: Sequence[Option]) -> str | None:
        """Told, but nobody can answer."""
        self.tell(question)
        for option in options:
            self.tell(f"  {option.name}: {option.meaning}")
        return None

    def to_clipboard(self, text: str) -> bool:  # noqa: ARG002
        """There is no terminal to ask."""
        return False
