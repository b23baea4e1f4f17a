import json

from hypothesis import given
from hypothesis import strategies as st

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.export import as_json, markdown
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role


def said(answer: str, **values: object) -> Exchange:
    """One exchange about an image."""
    asked = Message(Role.USER, "what?", ("/i.png",))
    return Exchange(asked, answer, **{"reason": FinishReason.STOP, "model": "m", **values})  # type: ignore[arg-type]


def test_markdown_is_what_was_said_under_headings() -> None:
    """Who, when and what; a cut answer says so."""
    conversation = Conversation(
        "be brief", [said("<think>hm</think>a cat\n", at=60.0), said("a d", reason=FinishReason.CANCELLED)]
    )
    assert markdown(conversation, "A\ncat").decode().splitlines() == [
        *("# A cat", "", "## System", "", "be brief", ""),
        *("## You, 1970-01-01 00:01 UTC", "", "what?", "", "Image: /i.png", ""),
        *("## m", "", "<think>hm</think>a cat", "", ""),
        *("## You", "", "what?", "", "Image: /i.png", ""),
        *("## m (stopped)", "", "a d"),
    ]


def test_json_has_every_value() -> None:
    """What a program needs to compute with."""
    conversation = Conversation(None, [said("a", usage=Usage(1, 2, 3), ttft_s=0.5, engine="e")])
    conversation.leave_out(1, "short")
    document = json.loads(as_json(conversation, "t"))
    assert (document["title"], document["system"], document["summary"], document["unseen"]) == (
        *("t", None, "short", 1),
    )
    [exchange] = document["exchanges"]
    assert exchange["user"] == {"role": "user", "text": "what?", "images": ["/i.png"]}
    assert exchange["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "cached_tokens": 3}
    assert (exchange["reason"], exchange["ttft_s"], exchange["engine"]) == ("stop", 0.5, "e")


@given(st.binary())
def test_answers_are_exported_byte_for_byte(said_bytes: bytes) -> None:
    """Also those that are no UTF-8."""
    conversation = Conversation(None, [said(said_bytes.decode("utf-8", "surrogateescape"))])
    assert markdown(conversation, "t").endswith(b"\n\n" + said_bytes + b"\n")
    document = json.loads(as_json(conversation, "t").decode("utf-8"))
    assert document["exchanges"][0]["answer"].encode("utf-8", "surrogateescape") == said_bytes
