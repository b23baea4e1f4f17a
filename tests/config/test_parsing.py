"""Files that are no configuration file: each is one clear line."""

import os
from pathlib import Path

import pytest

from axchat.config.load import load
from axchat.config.parsing import LARGEST_BYTES
from axchat.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file that does not exist yet."""
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"model = 1\nsystem = '\xff'\n", "{file}:2: not UTF-8 text"),
        ("engine = 'cpu'".encode("utf-16"), "{file}:1: not UTF-8 text"),
        (b"\x7fELF\x00\x00", "{file}:1: not TOML: Invalid statement at column 1"),
        (b"engine = 'cpu'\n[cpu", "{file}:2: not TOML: Expected ']' at the end of a table declaration"),
        (b"[cpu]\n[cpu]\n", "{file}:2: not TOML: Cannot declare ('cpu',) twice at column 5"),
        (b"a" * (LARGEST_BYTES + 1), "cannot read {file}: it is larger than 1 MiB"),
        (b"device = " + b"9" * 5000, "{file}: Exceeds the limit"),
        (b"model = " + b"[" * 100_000, "{file}: "),
        (b"a" + b".a" * 500 + b" = 1", "{file}: a key has more than 16 parts"),
        (b"a" + b".a" * 500_000 + b" = 1", "{file}: a key has more than 16 parts"),
        (b"['a'" + b' . "a"' * 100_000 + b"]", "{file}: a key has more than 16 parts"),
        (b"a = {" + b"a." * 400_000 + b"a = 1}", "{file}: a key has more than 16 parts"),
        (b'a = "' + b'\\"' * 400_000, "{file}:1: not TOML: Unterminated string"),
        (b"models = 1", '{file}:1: models must be a table, for example [models."NAME"]'),
        (b"models.a = 1", '{file}:1: models.a must be a table, for example [models."NAME"]'),
        (b"model.a.engine = 1", "{file}:1: unknown setting model.a.engine; did you mean models.a.engine?"),
        (b"[cpu]\nengine = 1", "{file}:2: unknown setting cpu.engine; engine belongs outside of [cpu]"),
        (b'"cpu.threads" = 1', '{file}:1: unknown setting "cpu.threads"; did you mean cpu.threads, without'),
        (
            b"[models.q2.5]\nengine = 1",
            '{file}:2: unknown setting models.q2.5.engine; a name with a dot needs quotes: [models."q2.5"]',
        ),
    ],
)
def test_what_is_wrong_with_a_file(content: bytes, problem: str, file: Path) -> None:
    """The line has the file and, where there is one, the line; status 3."""
    file.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        load({}, {}, file)

    assert caught.value.message.startswith(problem.format(file=file))
    assert len(caught.value.message) < 400
    assert "\n" not in caught.value.message
    assert caught.value.exit_status == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"# nothing\n",
        b"\xef\xbb\xbfengine = 'auto'\r\n[cpu]\r\n",
        b"[models.a]\n[models]\n[cpu]\n",
    ],
)
def test_what_sets_nothing_is_no_mistake(content: bytes, file: Path) -> None:
    """An empty file, comments, empty tables; and what Windows' editors write."""
    file.write_bytes(content)

    assert load({}, {}, file).settings.engine == "auto"


def test_a_directory_and_a_device(tmp_path: Path) -> None:
    """A device that never ends is not read to its end; the empty one sets nothing."""
    with pytest.raises(ConfigError, match=r"^cannot read .*: it is a directory$"):
        load({}, {}, tmp_path)
    with pytest.raises(ConfigError, match=r"^cannot read /dev/zero: it is larger than 1 MiB$"):
        load({}, {}, Path("/dev/zero"))
    assert load({}, {"AXCHAT_CONFIG": "/dev/null"}).settings.engine == "auto"


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """The cause is the system's; root may read everything, so a link that leads nowhere stands for it.

    The way out is that of a home which is another user's.
    """
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)

    with pytest.raises(ConfigError, match=f"^cannot read {loop}: {os.strerror(40)}$") as caught:
        load({}, {}, loop)
    assert caught.value.hint == (
        f"see who may read it: ls -l {loop}; HOME, or XDG_CONFIG_HOME, names another folder"
    )
