"""Which editor it is, and what is said when it does not do."""

import signal
from pathlib import Path

import pytest

from axchat.cli.editor import editor_of, run_editor
from axchat.errors import UsageError


def _none(_program: str) -> None:
    return None


@pytest.mark.parametrize(
    ("env", "there", "command", "source"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "ed"}, "nano", ["code", "--wait"], "$VISUAL"),
        ({"VISUAL": " ", "EDITOR": "'/my editor' -x"}, "nano", ["/my editor", "-x"], "$EDITOR"),
        ({}, "sensible-editor nano vi", ["sensible-editor"], "found"),
        ({}, "nano vi", ["nano"], "found"),
        ({}, "vi", ["vi"], "found"),
    ],
)
def test_the_editor_that_the_user_named_comes_first(
    env: dict[str, str], there: str, command: list[str], source: str
) -> None:
    """With its arguments; then those that systems have."""
    assert editor_of(env, lambda program: program if program in there.split() else None) == (command, source)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "no editor: none of sensible-editor, nano, vi is there"),
        ({"EDITOR": "vi '"}, "$EDITOR is no command: No closing quotation"),
    ],
)
def test_without_one_there_is_a_line(env: dict[str, str], message: str) -> None:
    """And a hint where to name one."""
    with pytest.raises(UsageError) as caught:
        editor_of(env, _none)

    assert caught.value.message == message
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("exit 3", "the editor sh ($EDITOR) ended with status 3"),
        ("kill -TERM $$", "the editor sh ($EDITOR) ended with SIGTERM"),
    ],
)
def test_one_that_fails_is_told(program: str, message: str, tmp_path: Path) -> None:
    """By its status, or the signal that ended it."""
    with pytest.raises(UsageError) as caught:
        run_editor(["sh", "-c", program], "$EDITOR", tmp_path / "f", {})

    assert caught.value.message == message


def test_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the variable that names it."""
    with pytest.raises(UsageError, match=r"^the editor /no/vi \(\$VISUAL\) cannot be started: No such file"):
        run_editor(["/no/vi"], "$VISUAL", tmp_path / "f", {})


def test_keys_that_send_signals_are_the_editors(tmp_path: Path) -> None:
    """Ctrl-C is its, and does not end the command that waits for it; afterwards it does again."""
    before = signal.getsignal(signal.SIGINT)

    run_editor(
        ["python3", "-c", "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT)"],
        "$EDITOR",
        tmp_path / "f",
        {"PATH": "/usr/bin:/bin"},
    )

    assert signal.getsignal(signal.SIGINT) is before
