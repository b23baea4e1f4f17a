"""The stand-in's vocabulary: reversible, below the table's size, and torn where a real one tears."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from axchat.standin import vocabulary
from axchat.standin.demo_files import TOKENS_EMBED_NUM


class TestRoundTrip:
    """Encoding and decoding."""

    @given(st.text())
    def test_every_text_comes_back(self, text: str) -> None:
        """What is encoded decodes to itself, with ids that fit the embedding table."""
        ids = vocabulary.encode(text)

        assert vocabulary.decode(ids) == text
        assert vocabulary.is_own(ids)
        assert all(0 <= token < TOKENS_EMBED_NUM for token in ids)

    def test_special_tokens_are_single_ids(self) -> None:
        """The specials' spellings become Qwen's ids and back."""
        assert vocabulary.encode("<|im_start|>a<|im_end|>") == [151644, ord("a"), vocabulary.EOS_ID]

    def test_pairs_of_printable_ascii_are_one_id(self) -> None:
        """Four ASCII characters take two ids, so that rates in tokens and in characters differ."""
        assert len(vocabulary.encode("abcd")) == 2


class TestTornCharacters:
    """Characters that span a chunk of three ids."""

    @pytest.mark.parametrize("cut", [1, 2, 3])
    def test_a_cut_emoji_becomes_replacement_characters(self, cut: int) -> None:
        """Each side of the cut decodes to U+FFFD and never to the emoji."""
        ids = vocabulary.encode("🎉")

        assert len(ids) == 4
        assert set(vocabulary.decode(ids[:cut]) + vocabulary.decode(ids[cut:])) == {"\ufffd"}

    def test_a_chinese_character_is_one_id(self) -> None:
        """Characters of the BMP are never torn."""
        assert len(vocabulary.encode("深圳")) == 2


class TestForeignIds:
    """Ids of another vocabulary."""

    def test_foreign_ids_are_recognised(self) -> None:
        """Ids that encoding never makes are not taken for ours."""
        assert not vocabulary.is_own([151644, 8948, 198, 2610, 525, 1207, 16948, 11, 3465, 553])

    @pytest.mark.parametrize("token", [-5, 9999, 151936, 140000, 10000 + 0xD800])
    def test_an_unknown_id_decodes_to_nothing(self, token: int) -> None:
        """Ids outside every range are dropped."""
        assert vocabulary.decode([token]) == ""
