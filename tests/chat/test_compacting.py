"""How a summary of earlier exchanges is asked for."""

from axchat.chat.compacting import CUT, EARLIER, ORDER, next_part, said, summary_of
from axchat.chat.conversation import Exchange
from axchat.events import FinishReason
from axchat.messages import Message, Role


def exchange(question: str, answer: str) -> Exchange:
    """A finished turn."""
    return Exchange(Message(Role.USER, question), answer, FinishReason.STOP)


TALK = [exchange(f"question {n}", f"<think>hm {n}</think>answer {n}") for n in range(10)]


def within(characters: int) -> object:
    """Fits as long as the request has so many characters beside the order."""
    return lambda messages: sum(len(message.text) for message in messages) - len(ORDER) <= characters


def parts(exchanges: list[Exchange], characters: int) -> list[str]:
    """Every request until nothing is left; each summary names its number."""
    texts, summary = [], None
    while exchanges:
        part = next_part(exchanges, summary, within(characters))  # type: ignore[arg-type]
        assert part is not None
        assert part.taken > 0
        texts.append(part.messages[0].text)
        exchanges, summary = exchanges[part.taken :], f"summary {len(texts)}"
    return texts


def test_one_user_message_asks_for_it() -> None:
    """No system prompt and no turns: every engine takes it, and nothing said in it is an order to go on."""
    part = next_part(TALK[:2], None, lambda _: True)
    assert part is not None
    assert (part.taken, part.is_cut) == (2, False)
    assert part.messages == (
        Message(
            Role.USER,
            f"{ORDER}\n\nUser: question 0\n\nAssistant: answer 0\n\nUser: question 1\n\nAssistant: answer 1",
        ),
    )


def test_parts_cover_everything_once_and_carry_the_summary_on() -> None:
    """Each exchange is in one part; every part but the first begins with the summary before it."""
    texts = parts(TALK, 120)
    assert len(texts) > 2
    for n in range(len(TALK)):
        assert sum(f"User: question {n}\n" in text for text in texts) == 1
    assert EARLIER not in texts[0]
    for n, text in enumerate(texts[1:], 1):
        assert text.startswith(f"{ORDER}\n\n{EARLIER}\nsummary {n}\n\nUser:")


def test_a_message_too_long_for_a_part_is_cut_and_said_so() -> None:
    """Its beginning and its end are summed up, its length fits, and the part tells."""
    part = next_part([exchange("begin " + "x" * 5000 + " end", "short")], None, within(600))  # type: ignore[arg-type]
    assert part is not None
    assert (part.taken, part.is_cut) == (1, True)
    text = part.messages[0].text
    assert f" {CUT} " in text
    assert "User: begin" in text
    assert " end\n\nAssistant: short" in text
    assert len(text) - len(ORDER) > 300


def test_nothing_fits_into_nothing() -> None:
    """A context that holds no order gives no part, and ends."""
    assert next_part(TALK, None, lambda _: False) is None


def test_thoughts_are_no_part_of_a_summary() -> None:
    """Neither of what is summed up nor of the summary; an answer of thoughts alone is none."""
    assert said("<think>a\nb</think>\n\nyes <think>") == "yes <think>"
    assert summary_of("<think>hm</think>\n They met. \n") == "They met."
    assert summary_of("<think>hm, for ever") is None
    assert summary_of(" \n") is None
