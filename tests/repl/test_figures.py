from axchat.chat.turn import decode_rate
from axchat.engines.base import Capabilities
from axchat.events import Finished, FinishReason, Usage
from axchat.repl.figures import of_answer, of_chat, of_context
from support.recording_chat import exchange

USAGE = Usage(prompt_tokens=412, completion_tokens=21, cached_tokens=380)


def test_an_answers_figures_say_whose_clock() -> None:
    """Times are axchat's, the speed is the engine's where it is not axchat's own."""
    told = dict(
        of_answer(
            exchange("q", "a", model="m", engine="e", usage=USAGE, ttft_s=1, total_s=3, tokens_per_s=12.34)
        )
    )
    assert told == {
        "model": "m (e)",
        "prompt": "412 tokens, 380 of them read before",
        "answer": "21 tokens; ended by the model",
        "first text": "1.00 s by axchat's clock",
        "whole answer": "3.00 s by axchat's clock",
        "speed": "12.3 tokens a second after the first, the engine's own figure",
    }


def test_axchats_own_speed_is_known_by_its_value() -> None:
    """The rate that a turn computes is not taken for the engine's."""
    rate = decode_rate(Finished(FinishReason.STOP, USAGE), ttft_s=0.3, total_s=1.7)
    told = dict(of_answer(exchange("q", "a", usage=USAGE, ttft_s=0.3, total_s=1.7, tokens_per_s=rate)))
    assert told["speed"] == "14.3 tokens a second after the first, by axchat's clock"


def test_what_is_not_known_is_said() -> None:
    """No figure is made up."""
    told = dict(of_answer(exchange("q", "a", reason=FinishReason.UNKNOWN)))
    assert told["prompt"] == "not counted by this engine"
    assert told["answer"].startswith("not counted by this engine; ended by the model or a limit")
    assert (told["first text"], told["speed"]) == ("unknown", "unknown")


def test_a_chats_figures_are_sums() -> None:
    """Answers without a count or a time are not taken for zero."""
    one = exchange("q", "a", usage=USAGE, total_s=2.5)
    assert dict(of_chat([one, one])) == {
        "turns": "2",
        "answers": "42 tokens",
        "answering": "5.0 s by axchat's clock",
    }
    told = dict(of_chat([one, exchange("q", "a")]))
    assert told["answers"] == "21 tokens (1 of 2 counted)"
    assert told["answering"] == "2.5 s by axchat's clock (1 of 2 timed)"


def test_what_the_context_holds_is_counted() -> None:
    """What was read and said last, what is sent next, and what is left of how much."""
    able = Capabilities(context_tokens=2048, prompt_tokens_max=1024)
    assert of_context(USAGE, 440, able) == [
        ("last answer", "433 tokens: 412 read and 21 said"),
        ("conversation", "440 tokens, as it is sent with the next message"),
        ("context", "2,048 tokens"),
        ("prompt", "at most 1,024 tokens"),
        ("left", "1,608 tokens"),
    ]


def test_an_estimate_is_called_one() -> None:
    """Where the engine cannot count what is sent, the last answer's count is near it."""
    told = dict(of_context(USAGE, None, Capabilities(context_tokens=400)))
    assert told["conversation"].startswith("about 433 tokens")
    assert told["left"] == "about 0 tokens"


def test_a_context_that_nobody_knows() -> None:
    """Nothing is made up, and nothing is left out."""
    assert of_context(Usage(), None, Capabilities()) == [
        ("last answer", "not counted by this engine"),
        ("conversation", "unknown, as it is sent with the next message"),
        ("context", "unknown with this engine"),
    ]
    assert dict(of_context(None, 0, Capabilities(context_tokens=9)))["left"] == "9 tokens"
