"""The answer in the bodies of a turn's /decode calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import RunnerFailed
from axchat.tokenizer.answer import Answer, AnswerTokens
from axchat.tokenizer.scripted import ScriptedTokenizer

TOKENIZER = ScriptedTokenizer()
EOS = TOKENIZER.eos_id
TEXTS = st.text(alphabet="ab深🎉\0", max_size=14)


def bodies(ids: list[int], *, eos: bool) -> list[list[int]]:
    """What a runner sends for an answer: live chunks, the rest at an end token only, then everything."""
    whole = len(ids) if eos else len(ids) - len(ids) % 3
    return [ids[at : min(at + 3, whole)] for at in range(0, whole, 3)] + [ids]


def tokens(**options: object) -> AnswerTokens:
    """AnswerTokens of the scripted vocabulary."""
    return AnswerTokens(TOKENIZER.detokenizer(), **options)  # type: ignore[arg-type]


def heard(answer: AnswerTokens, sent: list[list[int]]) -> tuple[str, Answer]:
    """The text and the answer of some bodies, which end at the first one that stops the runner."""
    text = ""
    for body in sent:
        step = answer.add(body)
        text += step.text
        if step.stop:
            break
    end = answer.finish()
    return text + end.text_rest, end


class TestWholeAnswers:
    """Answers that the runner ends."""

    @given(TEXTS, st.booleans())
    def test_text_and_ids_are_exact(self, text: str, eos: bool) -> None:
        """Chunks of three, a flush or none, and the final list give the ids once and the exact text."""
        ids = TOKENIZER.encode(text)
        answer = tokens()

        assert heard(answer, bodies(ids, eos=eos)) == (text, Answer(tuple(ids), "", None))
        assert answer.sent_ids == tuple(ids)

    def test_the_same_three_twice_at_the_end_of_a_turn_are_one_answer(self) -> None:
        """Nothing follows: the second body was the final one."""
        answer = tokens()

        assert [answer.add([97, 98, 99]).text, answer.add([97, 98, 99]).text] == ["abc", ""]
        assert answer.finish() == Answer((97, 98, 99), "", None)

    @pytest.mark.parametrize("more", [[], [100], [97, 98, 99]])
    def test_the_same_three_twice_with_more_after_them_are_six_tokens(self, more: list[int]) -> None:
        """The undecided body is told with the next one."""
        ids = [97, 98, 99] * 2 + more
        answer = tokens()

        assert heard(answer, bodies(ids, eos=True)) == (bytes(ids).decode(), Answer(tuple(ids), "", None))

    def test_an_end_token_inside_the_answer_ends_it(self) -> None:
        """A prefill build does not look at its first token: it is not counted, and the runner is stopped."""
        answer = tokens(eos={EOS})
        step = answer.add([EOS, 97, 98])

        assert (step.text, step.stop) == ("", True)
        assert answer.finish() == Answer((), "", None)
        assert answer.sent_ids == (EOS, 97, 98)

    @pytest.mark.parametrize("sent", [[[97, 98, 99], [97, 98, 100, 101]], [[], [97]]])
    def test_bodies_that_contradict_each_other_are_a_broken_runner(self, sent: list[list[int]]) -> None:
        """The final list begins with what was sent, and is the last."""
        answer = tokens()
        answer.add(sent[0])

        with pytest.raises(RunnerFailed):
            answer.add(sent[1])


class TestEarlyEnds:
    """Answers that end before the runner would."""

    @given(TEXTS, st.integers(0, 12))
    def test_max_tokens_is_exact_inside_a_chunk(self, text: str, limit: int) -> None:
        """The first ids' text comes out, torn bytes as surrogates, and nothing of the others."""
        ids = TOKENIZER.encode(text)
        kept = ids[:limit]
        said, end = heard(tokens(max_tokens=limit), bodies(ids, eos=True))

        assert said.encode("utf-8", "surrogateescape") == bytes(kept)
        assert end.ids == tuple(kept)
        assert end.stopped_by == ("max_tokens" if kept and len(kept) == limit else None)

    @given(TEXTS, st.lists(st.text(alphabet="ab深", min_size=1, max_size=4), min_size=1, max_size=3))
    def test_a_stop_word_is_found_wherever_the_chunks_are_cut(self, text: str, words: list[str]) -> None:
        """What comes out is the text before the stop word that is complete first."""
        ends = [(text.find(word) + len(word), text.find(word)) for word in words if word in text]
        wanted = text[: min(ends)[1]] if ends else text
        said, end = heard(tokens(stop=words), bodies(TOKENIZER.encode(text), eos=True))

        assert said == wanted
        assert end.stopped_by == ("stop" if ends else None)

    def test_text_that_may_become_a_stop_word_waits_and_no_other(self) -> None:
        """Only the beginning of the word is held back."""
        answer = tokens(stop=["yz"])

        assert answer.add(list(b"aby")).text == "ab"
        assert answer.add(list(b"xab")).text == "yxab"
        assert answer.add(list(b"cyz")).stop

    def test_a_stale_token_after_a_cancel_is_dropped(self) -> None:
        """Whatever the final list adds after the cut is not the answer."""
        answer = tokens()
        answer.add([97, 98, 99])
        answer.cut(answer.count)

        assert answer.add([97, 98, 99, 100]).text == ""
        assert answer.finish() == Answer((97, 98, 99), "", None)
        assert answer.sent_ids == (97, 98, 99, 100)
