"""``axchat config edit`` with editors that are small programs, some of them on a real terminal."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.cli.config_changes import FOR_ALL
from axchat.cli.config_editing import edit_file, problems_in
from axchat.cli.context import AppContext
from axchat.config.template import template
from axchat.errors import ConfigError, UsageError
from axchat.whole_file import OWNER_ONLY
from support.cli import OnTerminal, axchat

Editor = Callable[[str], dict[str, str]]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file with a setting."""
    path = tmp_path / "conf" / "config.toml"
    path.parent.mkdir()
    path.write_text('# mine\nengine = "cpu"\n')
    monkeypatch.setenv("AXCHAT_CONFIG", str(path))
    return path


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    """Makes an editor of a shell's lines, in which $1 is the file; gives the environment that names it."""

    def make(lines: str) -> dict[str, str]:
        program = tmp_path / "editor"
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        return {**os.environ, "VISUAL": str(program)}

    return make


def _copies(file: Path) -> list[Path]:
    return [path for path in file.parent.iterdir() if path != file]


def test_what_is_right_takes_the_files_place(
    file: Path, editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one step, with the mode that it had; no copy is left."""
    file.chmod(0o640)
    env = editor("echo 'holder = false' >> $1")

    edit_file(AppContext(env=env), file, OWNER_ONLY)

    assert file.read_text() == '# mine\nengine = "cpu"\nholder = false\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert _copies(file) == []
    assert capsys.readouterr().err == f"axchat: {file} is changed\n"


def test_a_file_that_is_not_there_begins_with_every_setting(
    file: Path, editor: Editor, tmp_path: Path
) -> None:
    """As comments; the new file is its owner's alone, the machine's everybody's to read."""
    file.unlink()
    env = editor(f'cp "$1" {tmp_path}/seen; sed -i "s/^# engine = .*/engine = \\"cpu\\"/" $1')

    for mode in (OWNER_ONLY, FOR_ALL):
        edit_file(AppContext(env=env), file, mode)
        assert stat.S_IMODE(file.stat().st_mode) == mode
        assert (tmp_path / "seen").read_text() == template()
        assert 'engine = "cpu"\n' in file.read_text()
        file.unlink()


@pytest.mark.parametrize("lines", ["true", "rm $1"])
def test_nothing_changed_leaves_all_as_it_was(
    lines: str, file: Path, editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when there was no file, and when the editor takes its own away."""
    edit_file(AppContext(env=editor(lines)), file, OWNER_ONLY)
    file.unlink()
    edit_file(AppContext(env=editor(lines)), file, OWNER_ONLY)

    assert list(file.parent.iterdir()) == []
    assert capsys.readouterr().err == f"axchat: nothing was changed in {file}\n" * 2


def test_a_failing_editor_changes_nothing_and_loses_nothing(file: Path, editor: Editor) -> None:
    """What it wrote before it failed is in a file that is named; where it wrote nothing, none is left."""
    with pytest.raises(UsageError) as caught:
        edit_file(AppContext(env=editor("exit 1")), file, OWNER_ONLY)
    assert caught.value.hint is None
    assert _copies(file) == []

    with pytest.raises(UsageError, match="ended with status 1") as caught:
        edit_file(AppContext(env=editor("echo '# typed' >> $1; exit 1")), file, OWNER_ONLY)

    (copy,) = _copies(file)
    assert caught.value.hint == f"what you typed is in {copy}"
    assert copy.read_text() == '# mine\nengine = "cpu"\n# typed\n'
    assert file.read_text() == '# mine\nengine = "cpu"\n'


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(file: Path, editor: Editor) -> None:
    """Theirs stands; what was typed is in a file that is named."""
    env = editor(f"echo '# typed' >> $1; echo '# theirs' >> {file}")

    with pytest.raises(ConfigError, match="was changed by another program meanwhile, and stays so") as caught:
        edit_file(AppContext(env=env), file, OWNER_ONLY)

    (copy,) = _copies(file)
    assert caught.value.hint == f"what you typed is in {copy}"
    assert copy.read_text().endswith("# typed\n")
    assert file.read_text() == '# mine\nengine = "cpu"\n# theirs\n'


def test_a_device_and_a_directory_are_not_edited(tmp_path: Path, editor: Editor) -> None:
    """The editor does not even start."""
    env = editor(f"touch {tmp_path}/started")
    for place, problem in ((Path("/dev/null"), "it is no regular file"), (tmp_path, "it is a directory")):
        with pytest.raises(ConfigError, match=f"{place}: {problem}$"):
            edit_file(AppContext(env=env), place, OWNER_ONLY)
    assert not (tmp_path / "started").exists()


def test_what_cannot_be_read_can_be_edited(file: Path, editor: Editor) -> None:
    """Bytes that are no text come to the editor as they are; that is how they are mended."""
    file.write_bytes(b"engine = '\xff'\n")

    edit_file(AppContext(env=editor("LC_ALL=C sed -i 's/=.*/= \"cpu\"/' $1")), file, OWNER_ONLY)

    assert file.read_text() == 'engine = "cpu"\n'


def test_where_nobody_can_be_asked_the_old_file_is_kept(file: Path, editor: Editor) -> None:
    """Every mistake is told with its line, and where the new text is; the status is 3."""
    env = editor("printf 'engine = \"scrip\"\\n\\ncpu.thread = 1\\n' > $1")

    outcome = axchat("config", "edit", env=env)

    (copy,) = _copies(file)
    assert outcome.status == 3
    assert outcome.err.splitlines() == [
        f"axchat: {file}:3: unknown setting cpu.thread; did you mean cpu.threads?",
        f"  {file}:1: engine: no engine named scrip; did you mean script?",
        f"axchat: {file} stays as it was",
        f"  -> what you typed is in {copy}",
    ]
    assert copy.read_text().startswith('engine = "scrip"\n')
    assert file.read_text() == '# mine\nengine = "cpu"\n'


@pytest.fixture
def tries(editor: Editor) -> dict[str, str]:
    """An editor that reads a line from its terminal, tells it, and adds it to the file."""
    return editor('printf "editing: "; read -r line; echo "$line" >> $1')


class TestOnATerminal:
    """Somebody is there to be asked."""

    def test_again_until_it_is_right(self, file: Path, tries: dict[str, str]) -> None:
        """The editor gets the text that was wrong, not the old one."""
        with OnTerminal("config", "edit", env={"VISUAL": tries["VISUAL"]}, columns=200) as shown:
            shown.wait_for("editing:")
            shown.send("timeout_s = 'soon'\r")
            shown.wait_for("[e/K]")
            assert f"{file}:3: timeout_s must be a number, not 'soon'" in shown.text
            shown.send("e\r")
            shown.wait_for("editing:", count=2)
            shown.send("[cpu]\r")
            shown.wait_for("[e/K]", count=2)
            shown.send("\r")
            status = shown.wait()

        (copy,) = _copies(file)
        assert status == 3
        assert f"what you typed is in {copy}" in shown.text
        assert copy.read_text() == "# mine\nengine = \"cpu\"\ntimeout_s = 'soon'\n[cpu]\n"
        assert file.read_text() == '# mine\nengine = "cpu"\n'

    def test_ctrl_c_at_the_question_loses_nothing(self, file: Path, tries: dict[str, str]) -> None:
        """The status is that of an interruption."""
        with OnTerminal("config", "edit", env={"VISUAL": tries["VISUAL"]}, columns=200) as shown:
            shown.wait_for("editing:")
            shown.send("wrong\r")
            shown.wait_for("[e/K]")
            shown.send("\x03")
            status = shown.wait()

        (copy,) = _copies(file)
        assert status == 130
        assert f"what you typed is in {copy}" in shown.text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"engine = \xff", "f:1: not UTF-8 text"),
        (b"\x00\x01\x02", "f:1: not TOML: Invalid statement at column 1"),
        (b"a = 1\nengine = [", "f:2: not TOML: Invalid value at the end of the file"),
        (b"[models.a]\nkeep_alive = '5x'", "f:2: keep_alive: '5x' is no duration"),
    ],
)
def test_problems_of_a_content(content: bytes, problem: str) -> None:
    """Those of the text, of TOML, of the schema and of the program."""
    (told,) = problems_in(content, "f")

    assert told.startswith(problem)
