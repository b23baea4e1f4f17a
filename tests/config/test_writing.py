"""A setting is written into the file, and everything else in it stays."""

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.config.load import load
from axchat.config.schema import Option, options
from axchat.config.writing import checked, with_setting, write_setting
from axchat.errors import ConfigError, UsageError

COMMENTED = """\
# mine
engine = 'cpu'   # no card here

[cpu]
threads = 2 # of 4

# the vendor's tokenizer
[tokenizer]
start=true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file that does not exist yet."""
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("", "engine", "cpu", 'engine = "cpu"\n'),
        ("", "cpu.threads", 4, "[cpu]\nthreads = 4\n"),
        ("", "timeout_s", 300.0, "timeout_s = 300\n"),
        ("", "timeout_s", 0.5, "timeout_s = 0.5\n"),
        ("", "holder", False, "holder = false\n"),
        ("# only this", "holder", True, "# only this\nholder = true\n"),
        ("timeout_s = 300  # long\n# end\n", "timeout_s", 5.0, "timeout_s = 5  # long\n# end\n"),
        ("[cpu]\nthreads = 2", "engine", "cpu", 'engine = "cpu"\n\n[cpu]\nthreads = 2'),
        ("[cpu]\nthreads = 2", "cpu.context", 64, "[cpu]\nthreads = 2\ncontext = 64\n"),
        ("[cpu]\n# threads = 2\n", "cpu.threads", 4, "[cpu]\nthreads = 4\n# threads = 2\n"),
        ("cpu.threads = 2\n", "cpu.context", 64, "cpu.threads = 2\ncpu.context = 64\n"),
        ("cpu = {threads = 2}\n", "cpu.threads", 3, "cpu = {threads = 3}\n"),
        ("engine = 'a'\r\n# b\r\n", "engine", "cpu", 'engine = "cpu"\r\n# b\r\n'),
        ("a = 1\n\n# of cpu\n[cpu]\n", "model", "m", 'a = 1\nmodel = "m"\n\n# of cpu\n[cpu]\n'),
        ("# head\n\n# of cpu\n[cpu]\n", "model", "m", '# head\nmodel = "m"\n\n# of cpu\n[cpu]\n'),
        ("# head\n[cpu]\n", "model", "m", '# head\nmodel = "m"\n\n[cpu]\n'),
        ("a = 1\n# of b\n[a1.b]\nc = 1\n", "model", "m", 'a = 1\n# of b\nmodel = "m"\n\n[a1.b]\nc = 1\n'),
        (COMMENTED, "engine", "script", COMMENTED.replace("'cpu'", '"script"')),
        (COMMENTED, "cpu.threads", 3, COMMENTED.replace("threads = 2", "threads = 3")),
        (COMMENTED, "cpu.context", 64, COMMENTED.replace("# of 4\n", "# of 4\ncontext = 64\n")),
        (COMMENTED, "model", "m", COMMENTED.replace("card here\n", 'card here\nmodel = "m"\n')),
    ],
)
def test_comments_and_order_stay(before: str, key: str, value: object, after: str) -> None:
    """Only the value changes; a new one stands with those of its table, before the next one's comments."""
    assert with_setting(before, "f", key, value) == after


@pytest.mark.parametrize("before", ["cpu = 5\n", "[[cpu]]\na = 1\n", "[cpu.threads]\na = 1\n"])
def test_what_stands_in_its_place_is_not_overwritten(before: str) -> None:
    """A value where a table belongs, or a table where the value belongs, is the user's to mend."""
    with pytest.raises(ConfigError, match=r"^f: something else stands where cpu\.threads belongs$"):
        with_setting(before, "f", "cpu.threads", 4)


def test_a_file_whose_order_would_change_is_not_changed() -> None:
    """An array of tables in two places is no setting, and would be put together."""
    with pytest.raises(ConfigError, match=r"^f: cannot be changed with its order kept$"):
        with_setting("[[a]]\n[cpu]\n[[a]]\n", "f", "model", "m")


def test_a_file_that_is_no_toml_is_not_touched(file: Path) -> None:
    """The error is that of reading it."""
    file.write_text("engine = cpu\n")

    with pytest.raises(ConfigError, match=r"config\.toml: .*line 1"):
        write_setting(file, "engine", "cpu")

    assert file.read_text() == "engine = cpu\n"


_PIECES = [
    "# 1\n",
    "\n",
    "[cpu]\n",
    "[cpu.x]\n",
    "[tokenizer]\n",
    "[[list]]\n",
    "threads = 2 # 2\n",
    "a.b = 1\n",
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=8), st.sampled_from(["model", "cpu.threads", "cpu.context"])
)
def test_no_comment_is_lost(pieces: list[str], key: str) -> None:
    """Whatever the file looks like, it is refused or keeps its comments."""
    text = "".join(pieces)
    try:
        changed = with_setting(text, "f", key, 64 if key.startswith("cpu") else "m")
    except ConfigError:
        return  # no TOML, or something else in that place

    assert [line.rpartition("#")[2] for line in changed.splitlines() if "#" in line] == [
        line.rpartition("#")[2] for line in text.splitlines() if "#" in line
    ]


@given(st.text())
def test_any_text_is_read_as_it_was_set(text: str) -> None:
    """Quotes, control characters and lines are escaped."""
    assert tomllib.loads(with_setting(COMMENTED, "f", "system", text))["system"] == text


@pytest.mark.parametrize("option", options(), ids=lambda option: option.key)
def test_every_setting_can_be_set_and_is_read_from_its_line(option: Option, file: Path) -> None:
    """In a file that has others; what is read comes from the line that was told."""
    file.write_text(COMMENTED)
    raw = (*option.words, {str: "any", int: "77", float: "1.5", bool: "no"}[option.kind])[0]

    written = write_setting(file, option.key, raw)

    loaded = load({}, {}, file)
    assert getattr(loaded.settings, option.name) == written.value
    assert loaded.origins[option.name] == f"{file}:{written.line}"


@pytest.mark.parametrize(
    ("key", "raw", "message"),
    [
        ("modle", "x", "unknown setting modle; did you mean model?"),
        ("cpu.threads", "many", "cpu.threads must be a whole number, not 'many'"),
        ("cpu.context", "3", "cpu.context must be at least 64, not '3'"),
        ("chat.keys", "vim", "chat.keys must be emacs or vi, not 'vim'"),
        ("holder", "off", "holder must be true or false, not 'off'"),
        ("system", "\udcff", r"system must be text in UTF-8, not '\udcff'"),
    ],
)
def test_what_the_schema_refuses_is_not_written(key: str, raw: str, message: str, file: Path) -> None:
    """Not even the file is made."""
    with pytest.raises(UsageError) as caught:
        write_setting(file, key, raw)

    assert caught.value.message == message
    assert not file.exists()


def test_mistakes_elsewhere_do_not_hinder(file: Path) -> None:
    """A file with wrong values is mended one by one."""
    file.write_text('modle = 1\nholder = "perhaps"\n')

    write_setting(file, "holder", "yes")

    assert file.read_text() == "modle = 1\nholder = true\n"


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    """Folders are made; nothing else is left in them."""
    file = tmp_path / "a" / "b" / "config.toml"

    write_setting(file, "engine", "cpu")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    write_setting(file, "engine", "script")

    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_symbolic_link_stays_one(file: Path, tmp_path: Path) -> None:
    """The file it points to is replaced: people keep such files under version control."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("# mine\n")
    file.symlink_to(real)

    write_setting(file, "engine", "cpu")

    assert file.is_symlink()
    assert real.read_text() == '# mine\nengine = "cpu"\n'


def test_a_failed_write_leaves_the_old_file_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a file is seen, and no draft is left."""
    file.write_text("# mine\n")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("axchat.whole_file.os.fsync", full)
    with pytest.raises(ConfigError, match=r"^cannot write .*config\.toml: No space left on device$"):
        write_setting(file, "engine", "cpu")

    assert file.read_text() == "# mine\n"
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_device_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """``AXCHAT_CONFIG=/dev/null`` means no settings, and root could replace it."""
    monkeypatch.setattr(Path, "replace", lambda *_: pytest.fail("it would have been replaced"))

    with pytest.raises(ConfigError, match="it is no regular file"):
        write_setting(Path("/dev/null"), "engine", "cpu")


def test_a_number_in_the_value_is_text_where_the_setting_is_text() -> None:
    """``keep_alive 90`` is written as text, which the schema wants."""
    assert checked("keep_alive", "90") == "90"
