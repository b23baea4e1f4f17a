"""``axchat config set``, ``unset`` and ``migrate``, of one's own file and of the machine's."""

import os
import stat
from io import StringIO
from pathlib import Path

import pytest

from axchat.cli.config_changes import migrate_file
from axchat.cli.context import AppContext
from axchat.cli.settings import settings_of
from axchat.config.renames import Rename
from axchat.errors import ConfigError
from support.cli import axchat

RENAMES = (Rename("cpu.cores", "cpu.threads", "0.2"), Rename("prompt", "system", "0.3"))
"""No setting was renamed so far: these are made up."""


@pytest.fixture
def machines(isolated_home: Path) -> Path:
    """The configuration file of the whole machine; it does not exist yet."""
    return isolated_home / "etc-xdg" / "axchat" / "config.toml"


@pytest.fixture
def own(isolated_home: Path) -> Path:
    """The user's configuration file; it does not exist yet."""
    return isolated_home / ".config" / "axchat" / "config.toml"


class TestOfOneModel:
    """Keys of the form ``models.NAME.KEY``."""

    def test_set_get_and_unset(self, own: Path) -> None:
        """The name needs no quotes on the command line, and gets them in the file."""
        outcome = axchat("config", "set", "models.Qwen2.5-1.5B.cpu.threads", "3").assert_ok()

        assert outcome.out.decode() == f'models."Qwen2.5-1.5B".cpu.threads = 3   # {own}:2\n'
        assert own.read_text() == '[models."Qwen2.5-1.5B"]\ncpu.threads = 3\n'
        key = 'models."Qwen2.5-1.5B".cpu.threads'
        assert axchat("config", "get", key).assert_ok().out == b"3\n"
        assert (
            axchat("config", "unset", key).assert_ok().err == f"axchat: {key} is not set in {own} any more\n"
        )
        assert own.read_text() == ""

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            (
                "models.a.holder",
                "true",
                "models.a.holder; holder is never of one model: set it for all",
            ),
            ("models.a.cpu.thread", "1", "models.a.cpu.thread; did you mean models.a.cpu.threads?"),
            ("models.a.cpu.threads", "0", "models.a.cpu.threads must be at least 1, not '0'"),
            ("models.a.engine", "scrip", "models.a.engine: no engine named scrip; did you mean script?"),
        ],
    )
    def test_what_is_none_is_refused(self, key: str, value: str, message: str, own: Path) -> None:
        """With the key that is meant; nothing is written."""
        outcome = axchat("config", "set", key, value)

        assert (outcome.status, outcome.out) == (2, b"")
        assert outcome.err.splitlines()[0].endswith(message)
        assert not own.exists()


class TestOfTheMachine:
    """``--system``."""

    def test_everybody_may_read_it(self, machines: Path) -> None:
        """Also where the one who makes it keeps his own files to himself."""
        before = os.umask(0o077)
        try:
            axchat("config", "set", "--system", "engine", "cpu").assert_ok()
        finally:
            os.umask(before)

        assert machines.read_text() == 'engine = "cpu"\n'
        assert stat.S_IMODE(machines.stat().st_mode) == 0o644

    def test_ones_own_file_wins_and_is_named(self, own: Path) -> None:
        """What was set for all has no effect for who set something else."""
        axchat("config", "set", "engine", "script").assert_ok()

        told = axchat("config", "set", "--system", "engine", "cpu").assert_ok().err

        assert told == f"axchat: warning: {own}:1 sets it too and wins: 'script'\n"
        assert axchat("config", "get", "engine").assert_ok().out == b"script\n"
        axchat("config", "unset", "engine").assert_ok()
        assert axchat("config", "get", "engine").assert_ok().out == b"cpu\n"

    @pytest.mark.parametrize(
        "command", [("set", "engine", "cpu"), ("unset", "engine"), ("edit",)], ids=lambda command: command[0]
    )
    def test_where_it_may_not_be_written(self, command: tuple[str, ...], machines: Path) -> None:
        """One line, and the status of a configuration error; root, who may all, is stopped by a file."""
        if command[0] == "unset":
            machines.parent.mkdir(parents=True)
            machines.write_text('engine = "cpu"\n')
            machines.with_name(".config.toml.lock").mkdir()
        else:
            machines.parent.parent.mkdir()
            machines.parent.write_text("")

        outcome = axchat("config", command[0], "--system", *command[1:], env={"EDITOR": "true"})

        assert (outcome.status, outcome.out) == (3, b"")
        assert outcome.err.startswith("axchat: cannot ")
        assert "bug" not in outcome.err


class TestUnset:
    """``axchat config unset``."""

    def test_what_is_not_set(self, own: Path) -> None:
        """It is told, and all is as it was to be."""
        outcome = axchat("config", "unset", "engine").assert_ok()

        assert outcome.err == f"axchat: engine is not set in {own}\n"
        assert not own.exists()

    def test_a_key_that_is_no_setting(self, own: Path) -> None:
        """A typing error in the file can be taken out of it; one on the command line is an error."""
        own.parent.mkdir(parents=True)
        own.write_text("modle = 1\n# mine\n")

        axchat("config", "unset", "modle").assert_ok()
        outcome = axchat("config", "unset", "modle")

        assert own.read_text() == "# mine\n"
        assert outcome.status == 2
        assert outcome.err.startswith("axchat: unknown setting modle; did you mean model?\n")


class TestOldNames:
    """Renamed settings, with names that are made up."""

    def test_they_work_and_are_told_once(self, own: Path) -> None:
        """A command that reads the settings several times tells each of them once; a quiet one does not."""
        own.parent.mkdir(parents=True)
        own.write_text("[cpu]\ncores = 2\n")
        told, rewrites = StringIO(), "axchat config migrate rewrites the file"
        context = AppContext(stderr=told, env={"AXCHAT_PROMPT": "hi"})

        for quiet in (True, False, False):
            loaded = settings_of(context, is_quiet=quiet, renames=RENAMES)

        assert (loaded.settings.cpu_threads, loaded.settings.system) == (2, "hi")
        assert told.getvalue().splitlines() == [
            f"axchat: {own}:2: cpu.cores is called cpu.threads since axchat 0.2; {rewrites}",
            "axchat: environment: AXCHAT_PROMPT is called AXCHAT_SYSTEM since axchat 0.3",
        ]

    def test_migrating_says_what_was_renamed(self, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The second time there is nothing to do."""
        own.parent.mkdir(parents=True)
        own.write_text("# mine\n[cpu] # c\ncores = 2 # of 4\n")

        migrate_file(AppContext(), own, RENAMES)
        migrate_file(AppContext(), own, RENAMES)

        assert own.read_text() == "# mine\n[cpu] # c\nthreads = 2 # of 4\n"
        told = capsys.readouterr()
        assert told.out == f"{own}:3: cpu.cores is cpu.threads now\n"
        assert told.err == f"axchat: no setting in {own} has an old name\n"

    def test_both_names_are_an_error(self, own: Path) -> None:
        """The file is not touched: only its owner knows which value is right."""
        own.parent.mkdir(parents=True)
        own.write_text("[cpu]\ncores = 2\nthreads = 3\n")

        with pytest.raises(ConfigError) as caught:
            migrate_file(AppContext(), own, RENAMES)

        assert caught.value.message == (
            f"{own}:2: cpu.cores is called cpu.threads now, which is set too: {own}:3"
        )
        assert own.read_text() == "[cpu]\ncores = 2\nthreads = 3\n"

    def test_from_the_command_line(self, own: Path) -> None:
        """With the real table, in which nothing is yet."""
        outcome = axchat("config", "migrate").assert_ok()

        assert outcome.err == f"axchat: no setting in {own} has an old name\n"
        assert not own.exists()
