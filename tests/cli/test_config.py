"""``axchat config`` and its commands."""

import json
import re
from pathlib import Path

import pytest

from axchat.cli import config, config_changes
from axchat.config.schema import options
from axchat.errors import ConfigError, UsageError
from support.cli import axchat


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration file in effect; it has a setting."""
    path = tmp_path / "config.toml"
    path.write_text("[cpu]\nthreads = 2\n")
    monkeypatch.setenv("AXCHAT_CONFIG", str(path))
    return path


@pytest.fixture
def machines(isolated_home: Path) -> Path:
    """The configuration file of the whole machine; it has settings, and some of one model."""
    path = isolated_home / "etc-xdg" / "axchat" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('engine = "script"\n[cpu]\nthreads = 8\n[models."Q 2.5"]\ncpu.threads = 6\n')
    return path


class TestGet:
    """``axchat config get``."""

    @pytest.mark.parametrize(
        ("key", "printed"),
        [
            ("cpu.threads", "2\n"),
            ("engine", "cpu\n"),
            ("timeout_s", "1.5\n"),
            ("history.keep", "true\n"),
            ("model", ""),
        ],
    )
    def test_it_prints_the_value_in_effect_alone(
        self,
        key: str,
        printed: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """From the file, the environment or the default; nothing when it is unset."""
        monkeypatch.setenv("AXCHAT_ENGINE", "cpu")
        monkeypatch.setenv("AXCHAT_TIMEOUT_S", "1.5")

        config.get(key)

        assert capsys.readouterr().out == printed

    @pytest.mark.usefixtures("machines")
    def test_of_one_model(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What its table says, with quotes or without; or what holds for it, whoever says so."""
        config.get("models.Q 2.5.cpu.threads")
        config.get("models.'Q 2.5'.cpu.threads")
        config.get("models.other.cpu.threads")
        config.get("cpu.threads", model="Q 2.5")
        config.get("engine", model="/models/Q 2.5/")

        assert capsys.readouterr().out.splitlines() == ["6", "6", "2", "script"]

    def test_two_models_at_once(self) -> None:
        """The key and the option would have to agree."""
        with pytest.raises(UsageError, match=r"^--model and models\.a\.engine name a model each"):
            config.get("models.a.engine", model="a")

    def test_an_unknown_key_is_a_usage_error_that_names_the_nearest(self) -> None:
        """A field's name is no key either."""
        with pytest.raises(UsageError, match=r"^unknown setting cpu_thread; did you mean cpu\.threads\?$"):
            config.get("cpu_thread")

    def test_from_the_command_line(self) -> None:
        """The exit status of an unknown key is that of usage, and standard output stays empty."""
        outcome = axchat("config", "get", "modle")

        assert (outcome.status, outcome.out) == (2, b"")
        assert outcome.err.startswith("axchat: unknown setting modle; did you mean model?\n")


class TestShow:
    """``axchat config show``."""

    def test_values_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One line for each setting, in the order of the schema."""
        config.show()

        lines = capsys.readouterr().out.splitlines()
        assert [line.partition(" = ")[0] for line in lines] == [option.key for option in options()]
        assert "cpu.threads = 2" in lines
        assert "model = (unset)" in lines

    def test_with_their_origin(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The source, the variable and the purpose stand behind the value."""
        config.show(origin=True)

        assert f"\ncpu.threads = 2   # {file}:2; AXCHAT_CPU_THREADS; threads" in capsys.readouterr().out

    def test_it_is_what_no_command_means(self, file: Path) -> None:
        """``axchat config`` is ``axchat config show --origin``; --json is the same behind both."""
        shown = axchat("config", "show", "--origin").assert_ok().out

        assert axchat("config").assert_ok().out == shown
        values = json.loads(axchat("config", "show", "--json").assert_ok().out)
        assert values["cpu.threads"] == {"value": 2, "origin": f"{file}:2"}

    def test_for_a_model(self, machines: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What its own tables say is merged in, and what a nearer file says for all models wins."""
        file.write_text("[cpu]\ncontext = 64\n")
        config.show(origin=True, model="Q 2.5")

        told = capsys.readouterr().out
        assert told.startswith(f"# {file}\n# {machines}\n")
        assert f"\ncpu.threads = 6   # {machines}:5; " in told
        assert f"\ncpu.context = 64   # {file}:2; " in told
        assert "models." not in told

    def test_without_a_model_their_own_come_last(self, machines: Path) -> None:
        """As keys that can be set; in JSON, too."""
        shown = axchat("config", "show", "--origin").assert_ok().out.decode().splitlines()
        assert shown[-1].startswith(f'models."Q 2.5".cpu.threads = 6   # {machines}:5; threads of')
        values = json.loads(axchat("config", "show", "--json").assert_ok().out)
        assert values["engine"] == {"value": "script", "origin": f"{machines}:1"}
        assert values['models."Q 2.5".cpu.threads'] == {"value": 6, "origin": f"{machines}:5"}

    def test_an_option_of_the_listing_is_not_ignored_before_a_command(self) -> None:
        """``config --json path`` would print no JSON, so it is refused."""
        outcome = axchat("config", "--json", "path")

        assert (outcome.status, outcome.out) == (2, b"")
        assert "--json does not go before path" in outcome.err


class TestSet:
    """``axchat config set``."""

    def test_it_changes_the_file_and_says_where(self, file: Path) -> None:
        """A value that begins with a dash is no option; the next command reads what was set."""
        outcome = axchat("config", "set", "keep_alive", "-1").assert_ok()

        assert outcome.out.decode() == f"keep_alive = -1   # {file}:1\n"
        assert outcome.err == ""
        assert file.read_text() == 'keep_alive = "-1"\n\n[cpu]\nthreads = 2\n'
        assert axchat("config", "get", "keep_alive").assert_ok().out == b"-1\n"

    def test_a_variable_that_wins_is_named(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What was set has no effect while the environment says something else."""
        monkeypatch.setenv("AXCHAT_ENGINE", "cpu")

        config_changes.set_value("engine", "script")

        told = capsys.readouterr().err
        assert told == "axchat: warning: AXCHAT_ENGINE is set in the environment and wins: 'cpu'\n"
        assert file.read_text().startswith('engine = "script"\n')

    def test_a_named_file_need_not_exist(self, file: Path) -> None:
        """AXCHAT_CONFIG may name the file that is to be made."""
        file.unlink()

        config_changes.set_value("cpu.threads", "3")

        assert file.read_text() == "[cpu]\nthreads = 3\n"

    def test_a_wrong_value_leaves_the_file(self, file: Path) -> None:
        """One line says what it must be, another what it is for; the exit status is that of usage."""
        outcome = axchat("config", "set", "cpu.context", "3")

        assert (outcome.status, outcome.out) == (2, b"")
        assert outcome.err.splitlines() == [
            "axchat: cpu.context must be at least 64, not '3'",
            "  -> cpu.context: context of the CPU engine, tokens",
        ]
        assert file.read_text() == "[cpu]\nthreads = 2\n"

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("engine", "scrip", "engine: no engine named scrip; did you mean script?"),
            ("keep_alive", "5x", "keep_alive: '5x' is no duration: write 5m, "),
            ("modle", "x", "unknown setting modle; did you mean model?"),
        ],
    )
    def test_what_only_the_program_knows_is_refused_too(
        self, key: str, value: str, message: str, file: Path
    ) -> None:
        """Names of engines, and how a time is written."""
        with pytest.raises(UsageError, match=re.escape(message)):
            config_changes.set_value(key, value)

        assert file.read_text() == "[cpu]\nthreads = 2\n"

    @pytest.mark.parametrize("value", ["auto", "cpu", "script"])
    def test_an_engine_that_there_is(self, value: str, file: Path) -> None:
        """The automatic choice is one of them."""
        config_changes.set_value("engine", value)

        assert file.read_text().startswith(f'engine = "{value}"\n')


class TestCheck:
    """``axchat config check``."""

    def test_a_good_file(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It says how much of file and environment is in effect."""
        monkeypatch.setenv("AXCHAT_ENGINE", "cpu")
        monkeypatch.delenv("AXCHAT_HOLDER")

        config.check()

        told = f"no mistakes; in effect: 1 from {file}, 1 from the environment\n"
        assert capsys.readouterr().out == told

    def test_of_several_files(self, machines: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Each counts with what nothing nearer sets."""
        config.check()

        told = f"no mistakes; in effect: 1 from {file}, 1 from {machines}, 1 from the environment\n"
        assert capsys.readouterr().out == told

    def test_mistakes_in_all_files(self, machines: Path, file: Path) -> None:
        """Also where one is no TOML at all, and of models that are not set."""
        machines.write_text("engine = cpu\n")
        file.write_text("[models.a]\nholder = false\ncpu.thread = 1\n")

        outcome = axchat("config", "check")

        assert (outcome.status, outcome.out) == (3, b"")
        assert outcome.err.splitlines()[:3] == [
            f"axchat: {machines}:1: not TOML: Invalid value at column 10",
            f"  {file}:2: unknown setting models.a.holder; holder is never of one model: set it for all",
            f"  {file}:3: unknown setting models.a.cpu.thread; did you mean models.a.cpu.threads?",
        ]

    def test_what_only_the_program_knows_of_one_model(self, file: Path) -> None:
        """Also where a nearer value hides it."""
        file.write_text('[models.a]\nengine = "scrip"\n')

        with pytest.raises(ConfigError, match=r":2: engine: no engine named scrip; did you mean script\?$"):
            config.check()

    def test_every_mistake_is_told(self, file: Path) -> None:
        """Each has a line with file, line, key and the nearest setting; the status is 3."""
        file.write_text('modle = "x"\n[cpu]\nthreads = "many"\n')

        outcome = axchat("config", "check", env={"AXCHAT_ENGIN": "cpu"})

        assert (outcome.status, outcome.out) == (3, b"")
        assert outcome.err.splitlines()[:3] == [
            f"axchat: {file}:1: unknown setting modle; did you mean model?",
            f"  {file}:3: cpu.threads must be a whole number, not 'many'",
            "  environment: unknown setting AXCHAT_ENGIN; did you mean AXCHAT_ENGINE?",
        ]

    def test_what_only_the_program_knows_is_told_with_its_line(self, file: Path) -> None:
        """Names of engines, and how a time is written."""
        file.write_text('engine = "scrip"\n\nkeep_alive = "5x"\n')

        with pytest.raises(ConfigError) as caught:
            config.check()

        first, second = caught.value.facts["problems"]
        assert first == f"{file}:1: engine: no engine named scrip; did you mean script?"
        assert second.startswith(f"{file}:3: keep_alive: '5x' is no duration")

    def test_a_file_that_is_no_toml(self, file: Path) -> None:
        """The error tells where."""
        file.write_text("engine = cpu\n")

        with pytest.raises(ConfigError, match=r"config\.toml:1: not TOML"):
            config.check()


class TestPath:
    """``axchat config path`` and ``--path``."""

    def test_every_file_that_is_read(self, machines: Path, file: Path) -> None:
        """The one that wins first; those that are not there are told, too."""
        assert axchat("config", "path").assert_ok().out.decode().splitlines() == [
            f"{file}   (yours)",
            f"{machines}   (of this machine)",
        ]
        file.unlink()
        machines.unlink()
        assert axchat("config", "path").assert_ok().out.decode().splitlines() == [
            f"{file}   (yours, not there)",
            f"{machines}   (of this machine, not there)",
        ]

    def test_for_scripts_only_ones_own(self, file: Path) -> None:
        """Nothing but its path, whether it is there or not."""
        file.unlink()

        assert axchat("config", "--path").assert_ok().out.decode() == f"{file}\n"
