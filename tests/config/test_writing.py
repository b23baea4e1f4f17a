"""A setting is written into the file, and everything else in it stays."""

import stat
import threading
from pathlib import Path

import pytest

from axchat.config.keys import target_named
from axchat.config.load import load
from axchat.config.schema import Option, options
from axchat.config.writing import checked, replace_if_same, write_setting
from axchat.errors import ConfigError, UsageError

OTHERS = "engine = 'cpu'   # no card here\n\n[cpu]\nthreads = 2 # of 4\n\n[tokenizer]\nstart=true\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file that does not exist yet."""
    return tmp_path / "config.toml"


def test_a_file_that_is_no_toml_is_not_touched(file: Path) -> None:
    """The error is that of reading it."""
    file.write_text("engine = cpu\n")

    with pytest.raises(ConfigError, match=r"config\.toml:1: not TOML"):
        write_setting(file, target_named("engine"), "cpu")

    assert file.read_text() == "engine = cpu\n"


@pytest.mark.parametrize("option", options(), ids=lambda option: option.key)
def test_every_setting_can_be_set_and_is_read_from_its_line(option: Option, file: Path) -> None:
    """In a file that has others; what is read comes from the line that was told."""
    file.write_text(OTHERS)
    raw = (*option.words, {str: "any", int: "77", float: "1.5", bool: "no"}[option.kind])[0]

    written = write_setting(file, target_named(option.key), raw)

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
        write_setting(file, target_named(key), raw)

    assert caught.value.message == message
    assert not file.exists()


def test_mistakes_elsewhere_do_not_hinder(file: Path) -> None:
    """A file with wrong values is mended one by one."""
    file.write_text('modle = 1\nholder = "perhaps"\n')

    write_setting(file, target_named("holder"), "yes")

    assert file.read_text() == "modle = 1\nholder = true\n"


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    """Folders are made; nothing else is left in them."""
    file = tmp_path / "a" / "b" / "config.toml"

    write_setting(file, target_named("engine"), "cpu")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    write_setting(file, target_named("engine"), "script")

    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_symbolic_link_stays_one(file: Path, tmp_path: Path) -> None:
    """The file it points to is replaced: people keep such files under version control."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("# mine\n")
    file.symlink_to(real)

    write_setting(file, target_named("engine"), "cpu")

    assert file.is_symlink()
    assert real.read_text() == '# mine\nengine = "cpu"\n'


def test_a_failed_write_leaves_the_old_file_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a file is seen, and no draft is left."""
    file.write_text("# mine\n")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("axchat.whole_file.os.fsync", full)
    with pytest.raises(ConfigError, match=r"^cannot write .*config\.toml: No space left on device$"):
        write_setting(file, target_named("engine"), "cpu")

    assert file.read_text() == "# mine\n"
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_device_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """``AXCHAT_CONFIG=/dev/null`` means no settings, and root could replace it."""
    monkeypatch.setattr(Path, "replace", lambda *_: pytest.fail("it would have been replaced"))

    with pytest.raises(ConfigError, match="it is no regular file"):
        write_setting(Path("/dev/null"), target_named("engine"), "cpu")


def test_a_number_in_the_value_is_text_where_the_setting_is_text() -> None:
    """``keep_alive 90`` is written as text, which the schema wants."""
    assert checked(target_named("keep_alive"), "90") == "90"


def test_writers_at_the_same_time_lose_nothing(file: Path) -> None:
    """Each reads what the one before wrote, and nothing of the locks is left."""
    keys = [option.key for option in options() if option.kind is str and not option.words]

    def write(key: str) -> None:
        write_setting(file, target_named(key), f"of {key}")

    writers = [threading.Thread(target=write, args=(key,)) for key in keys]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    settings = load({}, {}, file).settings
    by_key = {option.key: getattr(settings, option.name) for option in options()}
    assert {key: by_key[key] for key in keys} == {key: f"of {key}" for key in keys}
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_what_another_program_changed_stays(file: Path) -> None:
    """Also where it made or deleted the file meanwhile."""
    for before, now in ((None, b"# theirs\n"), (b"# old\n", b"# theirs\n"), (b"# old\n", None)):
        if now is not None:
            file.write_bytes(now)
        with pytest.raises(ConfigError, match="was changed by another program meanwhile, and stays so"):
            replace_if_same(file, before, b"# mine\n", 0o600)
        assert (file.read_bytes() if file.exists() else None) == now
        file.unlink(missing_ok=True)

    replace_if_same(file, None, b"# mine\n", 0o600)

    assert file.read_bytes() == b"# mine\n"
