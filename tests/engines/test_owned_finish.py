"""The end of an answer whose ids are ours, from what its turn saw."""

import pytest

from axchat.console.events import Limits, TurnEnded
from axchat.engines.context_room import ContextRoom
from axchat.engines.owned_finish import finished, prompt_reading
from axchat.engines.owned_turn import OwnedTurn
from axchat.engines.session_turn import TurnState
from axchat.events import FinishReason, Usage
from axchat.tokenizer.answer import Answer, AnswerTokens, StoppedBy
from axchat.tokenizer.detokenizer import ByteDetokenizer
from axchat.tokenizer.turn_calls import TurnCalls

IDS = (97, 98, 99, 100)
SAID = (101, 102)


def turn(**moments: float) -> OwnedTurn:
    """A prompt of four ids, of which two are new, answered with two."""
    owned = OwnedTurn(
        "#0001",
        IDS,
        AnswerTokens(ByteDetokenizer(lambda token: bytes([token]))),
        diff=IDS[2:],
        put=lambda _: None,
        interrupt=lambda: None,
    )
    owned.decoded(SAID)
    owned.prompt_at, owned.first_at = moments.get("prompt_at"), moments.get("first_at")
    owned.last_at = moments.get("last_at")
    return owned


@pytest.mark.parametrize(
    ("stopped_by", "is_cancelled", "positions", "reason"),
    [
        (None, False, 100, FinishReason.STOP),
        (None, False, 5, FinishReason.LENGTH),
        ("max_tokens", False, 100, FinishReason.LENGTH),
        ("stop", False, 5, FinishReason.STOP),
        ("stop", True, 5, FinishReason.CANCELLED),
    ],
)
def test_why_it_ended(
    stopped_by: StoppedBy | None, is_cancelled: bool, positions: int, reason: FinishReason
) -> None:
    """A cancel before all, a stop word before a context that is full with it; the counts are exact."""
    end = finished(
        TurnState(is_cancelled=is_cancelled),
        turn(),
        Answer(SAID, "", stopped_by),
        TurnCalls(),
        ContextRoom(Limits(max_token_len=positions)),
        load_s=None,
        tokenise_s=0.0,
    )
    assert end.reason is reason
    assert end.usage == Usage(4, 2, 2)


def test_times_are_between_calls_and_unknown_where_one_is_missing() -> None:
    """Prefill from the reply to /encode on, decode between the first and the last /decode."""
    told = [
        finished(
            TurnState(),
            turn(first_at=12.0, **moments),
            Answer(SAID, "", None),
            TurnCalls(3, 0.5, encoded_at=10.0),
            ContextRoom(),
            load_s=7.0,
            tokenise_s=0.25,
        ).timings
        for moments in ({"last_at": 15.0}, {})
    ]
    assert [(each.load_s, each.prefill_s, each.decode_s) for each in told] == [
        (7.0, 2.0, 3.0),
        (7.0, 2.0, None),
    ]
    assert (told[0].callbacks, told[0].callbacks_s, told[0].tokenise_s) == (3, 0.5, 0.25)


def test_what_the_prompt_cost_is_the_runners_figure_or_the_time_to_the_first_ids() -> None:
    """Only the new tokens were read; without a prefill stage the first ids come up to three steps later."""
    answer = Answer(SAID, "", None)
    assert prompt_reading(TurnState(ended=TurnEnded(None, ttft_ms=500.0)), turn(), answer) == (2, 0.5)
    assert prompt_reading(TurnState(), turn(prompt_at=1.0, first_at=3.0), answer) == (4, 2.0)
    assert prompt_reading(TurnState(), turn(first_at=3.0), answer) is None
