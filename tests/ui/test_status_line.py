"""The one line that comes and goes."""

import io

from axchat.ui.status_line import ASSUMED_COLUMNS, StatusLine


def test_a_status_is_erased_before_the_next_line() -> None:
    """A line starts where the status stood."""
    stream = io.StringIO()
    status = StatusLine(stream, can_erase=True)

    status.show("half")
    status.show("more", before="<", after=">")
    status.line("whole")
    status.clear()

    assert stream.getvalue() == "\r\x1b[Khalf\r\x1b[K<more>\r\x1b[Kwhole\n"


def test_a_status_is_one_line_of_the_width() -> None:
    """Newlines become blanks, and what is too long is cut, so that erasing one line is enough."""
    stream = io.StringIO()

    StatusLine(stream, can_erase=True).show("a\nb" * ASSUMED_COLUMNS)

    shown = stream.getvalue().removeprefix("\r\x1b[K")
    assert shown.startswith("a ba b")
    assert len(shown) == ASSUMED_COLUMNS - 1


def test_without_a_cursor_there_is_no_status() -> None:
    """A log file gets whole lines and no escape."""
    stream = io.StringIO()
    status = StatusLine(stream, can_erase=False)

    status.show("half")
    status.line("whole")

    assert stream.getvalue() == "whole\n"


def test_a_stream_that_is_gone_costs_nothing() -> None:
    """Neither a closed stream nor none at all raises."""
    stream = io.StringIO()
    stream.close()
    for gone in (stream, None):
        status = StatusLine(gone, can_erase=True)
        status.show("half")
        status.line("whole")
