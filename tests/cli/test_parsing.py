"""What is wrong with a command line, in one line."""

import pytest

from axchat.cli.parsing import run
from axchat.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("rnu", "no such command 'rnu'", "did you mean run?"),
        (
            "frobnicate",
            "no such command 'frobnicate'",
            'to ask: axchat run "your question"; axchat --help lists the commands',
        ),
        ("help run", "no such command 'help'", "axchat --help"),
        ("version", "no such command 'version'", "axchat --version"),
        ("pull x", "no such command 'pull'", "axchat models pull"),
        ("history rn", "no such command 'rn'", "axchat history --help"),
        ("run --tempratur 3", "no such option: --tempratur", "did you mean --temperature?"),
        ("-x", "no such option: -x", "options stand behind their command: axchat run --help"),
        ("run --zzz", "no such option: --zzz", "axchat run --help"),
        ("run --a\x1b[2Jb", "no such option: --a\\x1b[2Jb", "axchat run --help"),
        ("run --temperature", "option '--temperature' requires an argument", "axchat run --help"),
        ("run --json=3", "option '--json' does not take a value", "axchat run --help"),
        ("ps extra", "axchat ps takes no argument 'extra'", "axchat ps --help"),
        ("history show", "the argument NAME is missing", "axchat history show --help"),
        ("run -x foo", "--extract: 'foo' is not one of 'code', 'last'", "axchat run --help"),
        ("serve --port 70000", "--port must be a whole number from 0 to 65535, not 70000", None),
        ("run --device x", "--device must be a whole number of at least 0, not 'x'", None),
        ("run --top-p 2", "--top-p must be a number from 0 to 1, not 2.0", None),
        ("run --timeout x", "--timeout must be a number, not 'x'", None),
    ],
)
def test_one_line_says_what_is_wrong(typed: str, message: str, hint: str | None) -> None:
    """It names the option, the value and what it must be; the hint is what to do next."""
    with pytest.raises(UsageError) as caught:
        run(typed.split())

    assert caught.value.message == message
    if hint is not None:
        assert caught.value.hint == hint


def test_without_a_command_there_is_help_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """The status is that of a mistake: a script that lost its arguments finds out."""
    with pytest.raises(SystemExit) as end:
        run(["models"])

    assert end.value.code == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Usage: axchat models ")
