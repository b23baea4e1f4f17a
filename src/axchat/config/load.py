"""Reads the settings: file, then environment, then flags; every value knows where it came from."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from axchat.config import paths
from axchat.config.schema import Settings, options
from axchat.config.sources import Found, Wrong, from_environment, from_flags, from_table
from axchat.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and, by field name, the source of each."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    flags: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Loaded:
    """All settings.

    Args:
        flags: values given on the command line, by field name; None means not given.
        env: the environment; ours by default.
        file: the configuration file; the user's by default, which may be missing.

    Raises:
        ConfigError: every problem at once (fact ``problems``); the message is the first.
    """
    env = os.environ if env is None else env
    file = paths.config_file(env) if file is None else file
    found = [
        *_from_file(file, must_exist="AXCHAT_CONFIG" in env),
        *from_environment(env),
        *from_flags(flags or {}),
    ]
    if wrong := [item.text for item in found if isinstance(item, Wrong)]:
        raise ConfigError(wrong[0], hint="mend it; axchat config check looks again", problems=wrong)
    values: dict[str, object] = {}
    origins = {option.name: "default" for option in options()}
    for item in found:
        if isinstance(item, Found):
            values[item.name] = item.value
            origins[item.name] = item.origin
    return Loaded(Settings(**values), origins)  # type: ignore[arg-type]  # converted to the fields' types


def text_of(file: Path) -> str | None:
    """The file's text; None when there is no such file.

    Raises:
        ConfigError: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error


def parsed(text: str, file: str) -> dict[str, object]:
    """The values of a TOML text; ``file`` is its name, for the error.

    Raises:
        ConfigError: it is not TOML; tells the line.
    """
    import tomllib  # 2 ms that a command without a file need not pay

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}", hint="mend the TOML there") from error


def _from_file(file: Path, *, must_exist: bool) -> list[Found | Wrong]:
    text = text_of(file)
    if text is None:
        if must_exist:
            raise ConfigError(f"AXCHAT_CONFIG names a file that does not exist: {file}")
        return []
    return list(from_table(parsed(text, str(file)), str(file), text))
