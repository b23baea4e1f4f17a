"""Why a runner gave no answer: what a message may claim, and commands that can be copied."""

import pytest

from axchat.console.events import Fault, FaultKind
from axchat.engines.runner_faults import LOADED, Evidence, explain

SEGV = 139


def test_a_silent_end_before_the_load_may_be_the_runtimes() -> None:
    """Builds for several devices say nothing when it does not start; nothing else is known of them."""
    error = explain(Evidence(), SEGV)
    assert error.message.endswith(
        "(SIGSEGV) and said nothing, as some do when the AXCL runtime does not start"
    )
    assert error.hint == "run: axchat doctor"


@pytest.mark.parametrize("has_text", [True, False])
def test_an_end_after_the_load_is_not_the_start_of_the_runtime(has_text: bool) -> None:
    """It had started; the next request loads anew, and that is the next step."""
    evidence = Evidence()
    evidence.add_line(LOADED)
    turn = evidence.of_next_turn()
    turn.has_text = has_text
    error = explain(turn, SEGV)
    assert error.message.endswith("(SIGSEGV)")
    assert error.hint == "ask again, which loads it anew; if it ends again: axchat doctor"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.MODEL_FILE, "read_file"),
        Fault(FaultKind.TOKENIZER, "encode failed"),
        Fault(FaultKind.DEVICE, "AXCL 0x80300703", 0x80300703),
    ],
)
def test_a_hint_names_the_model_as_a_shell_takes_it(fault: Fault) -> None:
    """So that the command can be copied, also in a later turn; a path that needs quotes has them."""
    evidence = Evidence(model="/models/my qwen").of_next_turn()
    evidence.faults.append(fault)
    assert explain(evidence, 1).hint == "run: axchat doctor -m '/models/my qwen'"
