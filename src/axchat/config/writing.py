"""Changes a configuration file on the disk: one writer at a time, the whole file in one step."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from axchat.config.edits import with_setting
from axchat.config.keys import Target
from axchat.config.positions import lines_of
from axchat.config.reading import bytes_of, text_of
from axchat.config.values import convert
from axchat.errors import ConfigError, UsageError
from axchat.whole_file import OWNER_ONLY, only_writer, replace_whole, way_to_write


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the file now, and in which line."""

    value: object
    line: int


def write_setting(file: Path, target: Target, raw: str, mode: int = OWNER_ONLY) -> Written:
    """Set a key in the file, which is created when there is none.

    Nothing is written unless the schema takes the value and everything else in the file stays as it was. The
    file is replaced in one step and keeps its mode; a symbolic link stays one.

    Args:
        file: the configuration file.
        target: the setting.
        raw: the value as typed.
        mode: of a new file.

    Raises:
        UsageError: not such a value.
        ConfigError: the file cannot be read or written, is not TOML, or has something else in that place.
    """
    value = checked(target, raw)
    text = change(file, lambda text: with_setting(text, str(file), target.path, value), mode)
    return Written(value, lines_of(text)[target.path])


def change(file: Path, changed: Callable[[str], str], mode: int = OWNER_ONLY) -> str:
    """Change the file's text while nobody else does; gives the new text, which is written if it is another.

    Args:
        file: the configuration file; one that is not there is empty.
        changed: gives the new text for the old one.
        mode: of a new file.

    Raises:
        ConfigError: the file cannot be read or written; or ``changed`` raises it.
    """
    try:
        real = file.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(real):
            before = text_of(file) or ""
            text = changed(before)
            if text != before:
                _replace(real, text.encode(), mode)
            return text
    except OSError as error:
        raise _unwritable(file, error) from error


def replace_if_same(file: Path, before: bytes | None, after: bytes, mode: int) -> None:
    """Put new content in the place of the old, which nobody else may have changed.

    Args:
        file: the configuration file.
        before: what it held when it was read; None where it was not there.
        after: what it is to hold.
        mode: of a new file.

    Raises:
        ConfigError: it holds something else now, which stays; or it cannot be written.
    """
    try:
        real = file.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(real):
            if bytes_of(real) != before:
                raise ConfigError(f"{file} was changed by another program meanwhile, and stays so")
            _replace(real, after, mode)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot write {file}: {error.strerror}", hint=way_to_write(error, file.parent))


def checked(target: Target, raw: str) -> object:
    """What is typed as the setting's type. Pure.

    Raises:
        UsageError: not such a value.
    """
    try:
        target.key.encode()
        raw.encode()
        return convert(target.option, raw, target.key)
    except UnicodeEncodeError:
        raise UsageError(f"{target.key} must be text in UTF-8, not {raw!r}") from None
    except ValueError as error:
        raise UsageError(str(error), hint=f"{target.option.key}: {target.option.doc}") from None


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Write beside the file, then take its place; an old one keeps its mode."""
    if file.exists():
        if not file.is_file():
            raise ConfigError(f"cannot write {file}: it is no regular file")
        mode = stat.S_IMODE(file.stat().st_mode)
    replace_whole(file, content, mode=mode)
