from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.plot_svg import colour, cut, dash, number, tag, words


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_text(shown: str, attribute: str) -> None:
    """What a reader of the XML gets is what was put in, without what cannot be seen."""
    element = ET.fromstring(words(1, 2, shown, font_family=attribute).encode())
    for text, found in ((shown, element.text or ""), (attribute, element.get("font-family"))):
        assert found == " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def test_markup_is_shown() -> None:
    """The five signs that XML would read are written out."""
    assert tag("a", title="<b> & \"c\" 'd'") == "<a title=\"&lt;b&gt; &amp; &quot;c&quot; 'd'\"/>"


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (1.04, "1"), (1.06, "1.1"), (-0.04, "0"), (-2.5, "-2.5"), (100, "100")]
)
def test_coordinates_are_short(value: float, text: str) -> None:
    """A tenth of a point is finer than any screen."""
    assert number(value) == text


def test_long_texts_are_cut() -> None:
    """A name of a megabyte takes a legend's place, and says that it goes on."""
    assert cut("qwen", 200, 12) == "qwen"
    assert len(cut("x" * 1_000_000, 200, 12)) == 29
    assert cut("x" * 1_000_000, 200, 12).endswith("x…")


def test_series_can_be_told_apart() -> None:
    """28 series have each their own pair of colour and dash."""
    assert len({(colour(index), dash(index)) for index in range(28)}) == 28
