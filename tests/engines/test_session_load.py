"""A runner's load, event by event."""

import time

from axchat.console.dialects import LEGACY
from axchat.deadline import Deadline
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.runner_faults import Evidence
from axchat.engines.session_load import load
from axchat.events import TextDelta


def test_an_answer_that_is_read_before_the_load_s_last_line_is_kept() -> None:
    """The console and the tokenizer's connection race: the first words may come before "LLM init ok"."""
    runner = LoadedRunner(LEGACY, Evidence(), owns_tokenizer=True, one_shot=True)
    runner.put(TextDelta("one"))
    runner.put(TextDelta(" two"))

    events = list(load(runner, Deadline(60, time.monotonic), until_answer=True))

    assert events == [TextDelta("one")]
    assert runner.ready_at is not None
    assert runner.next_event(60) == TextDelta(" two")
