"""What the logs of the vendor's HTTP servers say about their end."""

import pytest

from axchat.engines.server_faults import explain_end, fault_in
from axchat.errors import AxchatError, DeviceFailed, ModelError, NoDevice, RunnerFailed, TokenizerFault

NOISE = (True, "08:51:11.778 ERR axcl_Exit:35 | AXCL device 0 not inited")


def test_the_line_that_ends_every_run_is_no_cause() -> None:
    """With nothing else said, the exit status is all there is."""
    error = explain_end([NOISE], 11)
    assert isinstance(error, RunnerFailed)
    assert "exit status 11" in error.message
    assert "not inited" not in error.message
    assert fault_in(NOISE[1]) is None


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("08:48:57.389 ERR run:50 | Set AXCL device failed{0x80300186}.", DeviceFailed, "0x80300186"),
        ("ok 08:48:57.389 ERR Init:1827 | create_tokenizer() failed", ModelError, "create_tokenizer"),
        ("08:48:57.389 ERR Init:1919 | init axmodel(a.axmodel) failed", DeviceFailed, "a.axmodel"),
        ("[E][            main][  75]: Get AXCL device failed{0x8030010b}", NoDevice, "no card"),
        (
            "08:48:57.389 ERR run_server_mode:1347 | Port 8000 is unavailable: port is already in use",
            RunnerFailed,
            "port 8000",
        ),
    ],
)
def test_the_first_cause_decides(line: str, error: type[AxchatError], said: str) -> None:
    """A cause in either log form, also behind a progress bar, with the line that ends every run after it."""
    found = explain_end([(False, "LLM init start"), (True, line), NOISE], 255)
    assert isinstance(found, error)
    assert said in found.message


def test_a_crash_with_a_tokenizer_server_points_to_it() -> None:
    """SIGSEGV before any text is what a runner does when its tokenizer does not answer."""
    assert isinstance(explain_end([], 139, tokenizer="http://127.0.0.1:1"), TokenizerFault)
    assert isinstance(explain_end([], 139, tokenizer="http://127.0.0.1:1", has_text=True), RunnerFailed)
