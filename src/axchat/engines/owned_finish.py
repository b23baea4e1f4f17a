"""The end of an answer whose ids are ours, from what its turn saw: reason, counts, times, cost. Pure."""

from axchat.engines.context_room import ContextRoom
from axchat.engines.owned_turn import OwnedTurn
from axchat.engines.session_turn import TurnState
from axchat.events import EngineTimings, Finished, FinishReason, Usage
from axchat.tokenizer.answer import Answer
from axchat.tokenizer.turn_calls import TurnCalls


def prompt_reading(state: TurnState, owned: OwnedTurn, answer: Answer) -> tuple[int, float] | None:
    """How many prompt tokens were read in how many seconds; None where the turn does not tell."""
    if state.ended is not None and state.ended.ttft_ms is not None:
        return len(owned.diff), state.ended.ttft_ms / 1000
    if owned.prompt_at is not None and owned.first_at is not None:
        # without a prefill stage the first ids come after every prompt token and up to three more
        return len(owned.diff) + min(3, len(answer.ids)), owned.first_at - owned.prompt_at
    return None


def finished(
    state: TurnState,
    owned: OwnedTurn,
    answer: Answer,
    calls: TurnCalls,
    room: ContextRoom,
    *,
    load_s: float | None,
    tokenise_s: float,
) -> Finished:
    """The last event of an answer.

    Args:
        state: what the console said of the turn.
        owned: the prompt, and when its ids went and came.
        answer: its ids.
        calls: the runner's calls of the tokenizer service.
        room: the context.
        load_s: seconds of a load that it waited for.
        tokenise_s: seconds that the prompt's tokens took.
    """
    ended = state.ended
    ttft_ms = None if ended is None else ended.ttft_ms
    decode_s = _span(owned.first_at, owned.last_at)
    timings = EngineTimings(
        load_s=load_s,
        ttft_s=None if ttft_ms is None else ttft_ms / 1000,
        prefill_s=_span(calls.encoded_at, owned.first_at),
        decode_s=decode_s,
        decode_tokens=None if decode_s is None else owned.decode_steps,
        tokenise_s=tokenise_s,
        callbacks_s=calls.seconds,
        callbacks=calls.count,
        tokens_per_s=None if ended is None else ended.tokens_per_s,
        rate_includes_prompt=not room.has_prefill,
    )
    is_full = room.is_full(len(owned.ids), len(owned.answer.sent_ids))
    usage = Usage(len(owned.ids), len(answer.ids), len(owned.ids) - len(owned.diff))
    return Finished(_reason(state, answer, is_full), usage, timings)


def _reason(state: TurnState, answer: Answer, is_full: bool) -> FinishReason:
    if state.is_cancelled:
        return FinishReason.CANCELLED
    if answer.stopped_by == "stop":
        return FinishReason.STOP
    return FinishReason.LENGTH if answer.stopped_by == "max_tokens" or is_full else FinishReason.STOP


def _span(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None or end <= start else end - start
