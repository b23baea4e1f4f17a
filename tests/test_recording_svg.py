"""The picture of a recorded terminal."""

from xml.etree import ElementTree

import pyte

from support.recording_svg import COLUMNS, PICTURE, ROWS, SVG, Frame, picture, runs

NAMESPACE = f"{{{SVG}}}"


def frame(at_s: float, shown: bytes) -> Frame:
    """A screen with these bytes on it."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(shown)
    return Frame(at_s, tuple(tuple(runs(screen, row)) for row in range(ROWS)))


def test_each_screen_is_shown_from_its_moment_to_the_next() -> None:
    """Text stands as it was, whatever XML makes of its signs; the last stays for who cannot animate."""
    root = ElementTree.fromstring(
        picture([frame(0.3, b"a < b & c"), frame(1.0, b"\x1b[31mred\x1b[0m plain")])
    )
    first, last = [group for group in root.iter(f"{NAMESPACE}g") if "opacity" in group.attrib]
    assert "".join(first.itertext()).strip() == "a < b & c"
    assert [span.text for span in last.iter(f"{NAMESPACE}tspan")] == ["red", " plain"]
    assert (first.get("opacity"), last.get("opacity")) == ("0", "1")
    begins = [group.find(f"{NAMESPACE}animate").get("keyTimes").split(";")[1] for group in (first, last)]  # type: ignore[union-attr]
    assert [float(begin) for begin in begins] == [0.0, 0.2]


def test_the_picture_in_the_documents_is_one() -> None:
    """``python -m support.recording_svg`` in ``tests/`` records a new one."""
    root = ElementTree.parse(PICTURE).getroot()
    assert root.tag == f"{NAMESPACE}svg"
    assert "axchat chat" in "".join(root.itertext())
