"""Ids to text a few at a time."""

from hypothesis import given
from hypothesis import strategies as st

from axchat.tokenizer.detokenizer import ByteDetokenizer
from axchat.tokenizer.scripted import ScriptedTokenizer


@given(st.binary(max_size=40), st.lists(st.integers(0, 6)))
def test_any_bytes_come_back_in_any_chunking(data: bytes, sizes: list[int]) -> None:
    """Encoding the text gives the bytes back, and no piece holds a replacement character of ours."""
    detokenizer = ScriptedTokenizer().detokenizer()
    text, rest = "", list(data)
    for size in [*sizes, len(rest)]:
        text += detokenizer.add(rest[:size])
        rest = rest[size:]
    text += detokenizer.finish()

    assert text.encode("utf-8", "surrogateescape") == data
    assert text == data.decode("utf-8", "surrogateescape")


def test_a_character_waits_until_it_is_whole() -> None:
    """Three of four bytes of an emoji give nothing yet."""
    detokenizer = ScriptedTokenizer().detokenizer()
    emoji = list("🎉".encode())

    assert detokenizer.add(emoji[:3]) == ""
    assert detokenizer.add(emoji[3:]) == "🎉"


def test_only_the_answers_first_space_is_sentencepieces_own() -> None:
    """The space before the first piece is dropped, wherever it comes, and no other."""
    detokenizer = ByteDetokenizer({0: b"", 1: b" a"}.__getitem__, strip_spaces=1)

    assert [detokenizer.add([0]), detokenizer.add([1]), detokenizer.add([1])] == ["", "a", " a"]
