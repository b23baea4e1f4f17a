"""The log's style: who decides about colours, and what the environment hides."""

import pytest

from axchat.standin.axllm.log import Style, style_of, threshold_of


@pytest.mark.parametrize(
    ("is_terminal", "environ", "colour"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"AXLLM_NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"AXLLM_COLOR": "never"}, False),
        (False, {"AXLLM_COLOR": "always"}, True),
        (True, {"AXLLM_COLOR": "always", "NO_COLOR": "1"}, False),
    ],
)
def test_colours(is_terminal: bool, environ: dict[str, str], colour: bool) -> None:
    """NO_COLOR beats AXLLM_COLOR, which beats the terminal; bars change in place on a terminal only."""
    assert style_of(is_terminal, environ) == Style(colour, is_terminal)


@pytest.mark.parametrize(
    ("level", "shown"), [("error", 1), ("warn", 2), ("notice", 3), ("info", 4), ("nonsense", 4)]
)
def test_thresholds(level: str, shown: int) -> None:
    """``notice`` still shows the end line, ``warn`` hides it."""
    assert threshold_of({"AXLLM_LOG_LEVEL": level}) == shown
