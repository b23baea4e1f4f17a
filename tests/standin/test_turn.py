"""The pace of an answer, on a clock that only takes notes."""

from itertools import pairwise
from pathlib import Path

import pytest

from axchat.standin import builds, faults, options, script, streams
from axchat.standin.clock import Interrupts
from axchat.standin.session import Device, Session, settings_of
from axchat.standin.tokenizer_client import Specials, TokenizerClient
from axchat.standin.trace import Trace
from axchat.standin.turn import Turn

TOKEN_S = 1000.0
"""So long that the turn never seems late."""


class RecordingInterrupts(Interrupts):
    """Waits for nothing and notes until when it should have; takes no signal."""

    def __init__(self) -> None:
        self.stop = False
        self.waits: list[float] = []

    def wait_until(self, due: float, *, stoppable: bool) -> bool:
        """Note the time."""
        assert stoppable
        self.waits.append(due)
        return True


class ScriptedTokenizer(TokenizerClient):
    """Encodes to three ids, decodes to nothing, without a server; each takes some real time."""

    def encode(self, prompt: bytes) -> list[int]:
        """Three ids."""
        assert prompt == b"go"
        return [1, 2, 3]

    def decode(self, ids: list[int]) -> bytes:
        """No text."""
        assert sum(ids * 1000) > 0
        return b""


@pytest.mark.parametrize(("steady", "shifted"), [(True, False), (False, True)])
def test_a_steady_pace_counts_the_tokenizers_time_in(steady: bool, shifted: bool, tmp_path: Path) -> None:
    """Its tokens are due at equal distances; without it a call moves all that come after by what it took."""
    interrupts = RecordingInterrupts()
    values = {"token_s": TOKEN_S, "prefill_token_s": 0, "steady": steady, "answers": [{"ids": [7] * 9}]}
    arguments = ["--prompt", "", "--live_print", "1", "--bos", "0", "--tokens_embed_num", "100"]
    with (tmp_path / "console").open("wb") as console:
        session = Session(
            settings_of(options.parse("main", arguments)),
            builds.AXCL_LLM,
            script.Script(values),
            faults.parse(""),
            streams.Output(console.fileno()),
            interrupts,
            Device(),
            Trace(),
        )
        Turn(session, ScriptedTokenizer(session), Specials(-1, 9)).run(b"go")

    tokens = interrupts.waits[-10:]
    gaps = [later - sooner for sooner, later in pairwise(tokens)]
    assert len(gaps) == 9
    assert [gap > TOKEN_S + 1e-9 for gap in gaps] == [shifted and number % 3 == 2 for number in range(9)]
