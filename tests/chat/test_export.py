import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.export import as_json, as_markdown, from_json
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role

TEXT = st.text(st.characters(codec=None))
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
EXCHANGES = st.builds(
    Exchange,
    user=st.builds(Message, st.just(Role.USER), TEXT, st.lists(TEXT, max_size=2).map(tuple)),
    answer=TEXT,
    reason=st.sampled_from(FinishReason),
    model=TEXT,
    engine=TEXT,
    usage=st.builds(Usage, *[st.none() | st.integers(0, 10**6)] * 3),
    ttft_s=NUMBERS,
    total_s=NUMBERS,
    tokens_per_s=NUMBERS,
    at=st.floats(0, 1e10),
)


@given(
    title=st.none() | TEXT,
    system=st.none() | TEXT,
    exchanges=st.lists(EXCHANGES, max_size=3).map(tuple),
    summary=st.none() | TEXT,
    data=st.data(),
)
def test_json_comes_back_as_it_was(
    title: str | None,
    system: str | None,
    exchanges: tuple[Exchange, ...],
    summary: str | None,
    data: st.DataObject,
) -> None:
    """Every value; and it is ASCII, so that no encoding can change it."""
    unseen = data.draw(st.integers(0, len(exchanges)))
    text = as_json(title, Conversation(system, exchanges, unseen=unseen, summary=summary))
    assert text.isascii()
    again, read = from_json(text)
    assert (again, read.system, read.exchanges) == (title, system, exchanges)
    assert (read.unseen, read.summary) == (unseen, summary)
    assert as_json(again, read) == text


def test_a_file_that_does_not_say_what_was_left_out_is_read() -> None:
    """Older ones; the model sees all of it."""
    without = {key: value for key, value in GOOD.items() if key not in {"left_out", "summary"}}
    read = from_json(json.dumps(without))[1]
    assert (read.unseen, read.summary, len(read.exchanges)) == (0, None, 1)


def test_markdown_is_what_was_said_under_headings() -> None:
    """Who said it, with images and how a cut answer ended."""
    exchanges = [
        Exchange(Message(Role.USER, "what?", ("/a.png",)), "a *cat*", FinishReason.STOP, "m"),
        Exchange(Message(Role.USER, "sure?"), "ye", FinishReason.CANCELLED),
    ]
    assert as_markdown("Cats", Conversation("be brief", exchanges)) == (
        "# Cats\n\n## System\n\nbe brief\n\n## You\n\nwhat?\n\n![image](/a.png)\n\n## m\n\na *cat*\n\n"
        "## You\n\nsure?\n\n## Model (cancelled)\n\nye\n"
    )


GOOD = json.loads(
    as_json("t", Conversation(None, [Exchange(Message(Role.USER, "u"), "a", FinishReason.STOP)]))
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ("[]", "no conversation of the format"),
        ('{"format": "axchat-conversation-2"}', "no conversation of the format"),
        ("[" * 100_000, "too deep"),
        (json.dumps({**GOOD, "turns": [{}]}), "missing or wrong: 'finish_reason'"),
        (json.dumps({**GOOD, "turns": 5}), "missing or wrong"),
        (json.dumps({**GOOD, "title": 5}), "5 is no text"),
        (json.dumps({**GOOD, "summary": 5}), "5 is no text"),
        (json.dumps({**GOOD, "left_out": 2}), "2 turns are left out of 1"),
        (json.dumps({**GOOD, "left_out": -1}), "no count"),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "answer": ["x"]}]}), "is no text"),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "at": "soon"}]}), "soon"),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "at": 1e300}]}), "no time"),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "at": float("nan")}]}), "no time"),
        (
            json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "usage": {"prompt_tokens": 10**30}}]}),
            "no count",
        ),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "usage": 1}]}), "missing or wrong"),
        (json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "finish_reason": []}]}), "missing or wrong"),
    ],
)
def test_something_else_is_refused_with_what_is_wrong(text: str, complaint: str) -> None:
    """Never half of it, and never a traceback."""
    with pytest.raises(ValueError, match=complaint.replace("[", r"\[")):
        from_json(text)


def test_an_unknown_ending_is_read() -> None:
    """A later version may know more reasons."""
    turns = [{**GOOD["turns"][0], "finish_reason": "bored"}]
    assert from_json(json.dumps({**GOOD, "turns": turns}))[1].exchanges[0].reason is FinishReason.UNKNOWN
