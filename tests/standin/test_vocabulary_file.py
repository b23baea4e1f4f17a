"""The stand-in on a tokenizer.json, and axchat's own tokenizer on the same file."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.messages import Message, Role
from axchat.standin.demo import write_demo
from axchat.standin.script import BadScript, Script, read_script
from axchat.standin.vocabulary import VocabularyFile
from axchat.tokenizer import huggingface
from axchat.tokenizer.chat_prompt import ChatPrompts

TEXT = (files("axchat.standin") / "data" / "qwen2.5_tokenizer" / "tokenizer.json").read_text(encoding="utf-8")
WORDS = VocabularyFile(TEXT)
REAL = huggingface.HuggingFaceTokenizer(TEXT, eos="<|im_end|>")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_both_sides_read_each_others_ids(text: str) -> None:
    """Any text, encoded by one, is the same text for the other; control tokens are hidden."""
    assert WORDS.decode(REAL.encode_plain(text)) == text
    shown = re.sub("|".join(re.escape(spelling) for spelling in REAL.special), "", text)
    assert REAL.decode(WORDS.encode(text)) == shown


@pytest.mark.parametrize("spelling", sorted(REAL.special))
def test_a_control_tokens_spelling_is_hidden(spelling: str) -> None:
    """The stand-in takes it for the token, and the answer does not show it."""
    assert REAL.decode(WORDS.encode(f"a{spelling}b")) == "ab"


def test_the_shipped_vocabulary_is_small_and_tears_an_emoji() -> None:
    """Below 150 kB; an emoji takes more than three ids, so a chunk of three tears it."""
    assert len(TEXT.encode()) < 150_000
    assert len(REAL.encode("🎉")) > 3
    assert WORDS.encode("<|im_start|>a<|im_end|>") == REAL.encode("<|im_start|>a<|im_end|>")


def test_the_demo_answers_a_prompt_in_the_ids_it_was_asked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt of axchat's for the demo directory is read, matched and answered by the stand-in."""
    monkeypatch.delenv("AXCHAT_STANDIN_SCRIPT", raising=False)
    demo = write_demo(tmp_path, script={"answers": [{"match": "深圳", "text": "a city 🎉"}]})
    tokenizer = huggingface.load(demo)
    with ChatPrompts(tokenizer, tokenizer.template) as prompts:
        made = prompts.render([Message(Role.USER, "what is 深圳?")])
    answer = read_script(str(demo / "standin.json")).reply_to("#7f3a", list(made.ids))

    assert made.notice is None
    assert tokenizer.eos_id == REAL.eos_id
    assert tokenizer.decode(answer.ids) == "a city 🎉"


def test_a_missing_vocabulary_is_a_bad_script() -> None:
    """The script says which file."""
    with pytest.raises(BadScript, match=r"vocabulary no/such\.json"):
        Script({"vocabulary": "no/such.json"})
