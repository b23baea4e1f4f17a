"""Which rows an answer becomes."""

from collections.abc import Callable

from axchat.ui.rows import AnswerRows
from axchat.ui.thoughts import ThoughtRows, Thoughts


def new_rows(thoughts: Thoughts, *, is_plain: bool, clock: Callable[[], float]) -> AnswerRows:
    """Rows for one answer: markdown with its thoughts dimmed, or the text as it is."""
    from axchat.ui.plain_rows import PlainRows  # with rich: 50 ms that the first prompt does not wait for

    if is_plain:
        return ThoughtRows(PlainRows(), PlainRows(), thoughts, dim=str, clock=clock)
    from axchat.ui.markdown.stream import MarkdownRows

    return ThoughtRows(MarkdownRows(), PlainRows(), thoughts, dim=dimmed, clock=clock)


def import_ahead(*, is_plain: bool) -> None:
    """Import what the first answer needs while nobody waits for it; in any thread."""
    new_rows(Thoughts.HIDE, is_plain=is_plain, clock=lambda: 0.0)


def dimmed(row: str) -> str:
    """A row without escapes, fainter."""
    return f"\x1b[2m{row}\x1b[22m"
