"""How a download looks."""

import io

import pyte
import pytest

from axchat.models.download import Progress
from axchat.ui.download import download_progress

STEPS = [
    Progress(0, 2_097_152, "download"),
    Progress(2_097_152, 2_097_152, "download"),
    Progress(3, 3, "unpack"),
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_plain_lines() -> None:
    """Elsewhere than on a terminal each stage is one line and the end another, without one escape."""
    out = io.StringIO()
    with download_progress(out, "tiny", plain=True) as report:
        for step in STEPS:
            report(step)
    assert out.getvalue() == "downloading tiny: 2.0 MiB\nunpacking tiny: 3 B\ntiny: done\n"


def test_nothing_to_tell() -> None:
    """A file that is here already is not announced."""
    out = io.StringIO()
    with download_progress(out, "tiny", plain=True):
        pass
    assert out.getvalue() == ""


def test_a_failure_is_not_done() -> None:
    """A download that breaks off has no last line."""
    out = io.StringIO()

    def fail() -> None:
        with download_progress(out, "tiny", plain=True) as report:
            report(STEPS[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert out.getvalue() == "downloading tiny: 2.0 MiB\n"


def test_a_bar_on_a_terminal() -> None:
    """On a terminal there is a bar for each stage, and the cursor is visible at the end."""
    out = Terminal()
    with download_progress(out, "tiny [b]", plain=False) as report:
        for step in STEPS:
            report(step)
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    stream.feed(out.getvalue().replace("\n", "\r\n"))
    shown = "\n".join(screen.display)
    assert "downloading tiny [b]" in shown
    assert "2.0/2.0 MiB" in shown
    assert "unpacking tiny [b]" in shown
    assert not screen.cursor.hidden
