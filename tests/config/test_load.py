"""Settings from file, environment and flags: who wins, where each comes from, what errors say."""

from pathlib import Path

import pytest

from axchat.config import paths
from axchat.config.load import load
from axchat.config.schema import Settings, options
from axchat.errors import ConfigError, UsageError
from axchat.ui.thoughts import Thoughts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file that does not exist yet."""
    return tmp_path / "config.toml"


def test_without_anything_every_setting_has_its_default(file: Path) -> None:
    """A missing file is no error, and every origin is "default"."""
    loaded = load({}, {}, file)

    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_a_card_is_a_whole_number_from_0_or_left_to_the_script(file: Path) -> None:
    """Without the setting a run script's own cards count; 0 is a choice."""
    assert load({}, {}, file).settings.device is None
    assert load({}, {"AXCHAT_DEVICE": "0"}, file).settings.device == 0
    assert load({"device": 1}, {"AXCHAT_DEVICE": "0"}, file).settings.device == 1
    for wrong in ("-1", "one", "0,1"):
        with pytest.raises(ConfigError, match="device must be"):
            load({}, {"AXCHAT_DEVICE": wrong}, file)


def test_flags_beat_environment_beats_file(file: Path) -> None:
    """The nearer source wins, and each value names its own."""
    file.write_text('engine = "cpu"\nmodel = "file"\nsystem = "file"\n[cpu]\nthreads = 3\n')

    loaded = load({"model": "flag"}, {"AXCHAT_MODEL": "env", "AXCHAT_SYSTEM": "env"}, file)

    assert loaded.settings == Settings(model="flag", engine="cpu", system="env", cpu_threads=3)
    assert loaded.origins["model"] == "--model"
    assert loaded.origins["system"] == "environment AXCHAT_SYSTEM"
    assert loaded.origins["cpu_threads"] == f"{file}:5"


def test_every_problem_is_told_at_once(file: Path) -> None:
    """All wrong values of all sources come in one error, with line, key and the nearest name."""
    file.write_text('modle = "x"\n\n[cpu]\nthreads = "many"\ncontext = 3\n[tokenizer]\nstart = 1\n')

    with pytest.raises(ConfigError) as caught:
        load({}, {"AXCHAT_TIMEOUT_S": "soon", "AXCHAT_ENGIN": "cpu"}, file)

    assert caught.value.facts["problems"] == [
        f"{file}:1: unknown setting modle; did you mean model?",
        f"{file}:4: cpu.threads must be a whole number, not 'many'",
        f"{file}:5: cpu.context must be at least 64, not 3",
        f"{file}:7: tokenizer.start must be true or false, not 1",
        "environment: unknown setting AXCHAT_ENGIN; did you mean AXCHAT_ENGINE?",
        "environment AXCHAT_TIMEOUT_S: timeout_s must be a number, not 'soon'",
    ]
    assert caught.value.message == caught.value.facts["problems"][0]
    assert caught.value.exit_status == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), ("Yes", True), ("false", False), ("0", False), ("no", False)],
)
def test_switches_in_the_environment_are_words(text: str, value: bool, file: Path) -> None:
    """A switch takes the usual words for yes and no."""
    assert load({}, {"AXCHAT_TOKENIZER_START": text}, file).settings.tokenizer_start is value


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('chat.keys = "vim"', "chat.keys must be emacs or vi, not 'vim'"),
        ('chat.thoughts = "no"', "chat.thoughts must be show, hide or off, not 'no'"),
        ('serve.reasoning = ""', "serve.reasoning must be split or inline, not ''"),
    ],
)
def test_a_setting_of_a_few_words_takes_no_other(line: str, problem: str, file: Path) -> None:
    """It is told when the file is read, not when the word is needed."""
    file.write_text(line)

    with pytest.raises(ConfigError) as caught:
        load({}, {}, file)

    assert caught.value.facts["problems"] == [f"{file}:1: {problem}"]


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e400", "1" + "0" * 400])
def test_a_number_without_end_is_none(number: str, file: Path) -> None:
    """Neither a time that never ends nor one that nothing compares with is a limit."""
    file.write_text(f"timeout_s = {number}\nserve.max_wait_s = {number}\n")

    with pytest.raises(ConfigError) as caught:
        load({}, {"AXCHAT_TIMEOUT_S": "inf"}, file)

    first, second, third = caught.value.facts["problems"]
    assert first.startswith(f"{file}:1: timeout_s must be a finite number, not ")
    assert second.startswith(f"{file}:2: serve.max_wait_s must be a finite number, not ")
    assert third == "environment AXCHAT_TIMEOUT_S: timeout_s must be a finite number, not 'inf'"
    with pytest.raises(UsageError, match="--timeout must be a finite number, not inf"):
        load({"timeout_s": 1e400}, {})


def test_the_words_are_those_that_are_understood() -> None:
    """The schema names them again, because it imports nothing; a default is one of them."""
    few = {option.key: option for option in options() if option.words}

    assert few["chat.thoughts"].words == tuple(Thoughts)
    assert all(option.default in option.words for option in few.values())


def test_a_whole_number_does_for_a_number(file: Path) -> None:
    """``timeout_s = 5`` is five seconds."""
    file.write_text("timeout_s = 5\n")

    assert load({}, {}, file).settings.timeout_s == 5.0


@pytest.mark.parametrize("seconds", ["-1", "0"])
def test_a_time_limit_must_leave_time(seconds: str, file: Path) -> None:
    """Nothing and less than nothing are no time limits."""
    with pytest.raises(ConfigError, match="timeout_s must be at least"):
        load({}, {"AXCHAT_TIMEOUT_S": seconds}, file)


def test_broken_toml_names_file_and_line(file: Path) -> None:
    """A syntax error tells where."""
    file.write_text("a = = 1\n")

    with pytest.raises(ConfigError, match=r"config\.toml:1: not TOML: Invalid value at column 5$"):
        load({}, {}, file)


def test_a_file_that_is_not_text_is_told(file: Path) -> None:
    """Bytes that are not UTF-8 are an error of the file, not a crash."""
    file.write_bytes(b"model = '\xff'\n")

    with pytest.raises(ConfigError, match=r"config\.toml:1: not UTF-8 text$"):
        load({}, {}, file)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """AXCHAT_CONFIG names a file; a typing error there is not silently "no settings"."""
    with pytest.raises(ConfigError, match="does not exist"):
        load({}, {"AXCHAT_CONFIG": str(tmp_path / "none.toml")})


def test_switches_for_tests_and_the_stand_in_are_no_settings(file: Path) -> None:
    """Names that belong to others with our prefix are left alone."""
    assert load({}, {"AXCHAT_STANDIN_FAIL": "x", "AXCHAT_DOCTOR_ROOT": "/x"}, file).settings == Settings()


def test_every_setting_is_documented_and_has_its_names() -> None:
    """Each setting has a sentence, a key and an environment name of its own."""
    every = options()

    assert all(option.doc for option in every)
    assert len({option.env for option in every}) == len(every)
    assert {option.name for option in every} == set(Settings.__slots__)


def test_the_files_are_in_the_users_own_folders(isolated_home: Path) -> None:
    """Everything lives below the user's home."""
    places = (paths.config_file({}), paths.data_dir(), paths.state_dir())

    assert all(place.is_relative_to(isolated_home) for place in places)
