"""The API key of ``axchat serve``: from the environment or a private file, never from the command line."""

import stat
from collections.abc import Mapping
from pathlib import Path

from axchat.beginning import beginning_of
from axchat.errors import ConfigError

NAME = "AXCHAT_SERVE_KEY"

_LIMIT_BYTES = 4096
"""A key is one word; more is another file."""


def serve_key(file: Path | None, env: Mapping[str, str]) -> str | None:
    """The key: of AXCHAT_SERVE_KEY, else of the file; None when neither is set.

    Raises:
        ConfigError: the file cannot be read, others may read it, or it holds no key. The key is not shown.
    """
    if env.get(NAME):
        return _checked(env[NAME], NAME)
    if file is None:
        return None
    try:
        found = file.stat()
        data = beginning_of(file, _LIMIT_BYTES)
    except OSError as error:
        raise ConfigError(f"serve.key_file: cannot read {file}: {error.strerror}") from error
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
        raise ConfigError(
            f"serve.key_file: other users may read {file} (mode {stat.S_IMODE(found.st_mode):o})",
            hint=f"close it: chmod 600 {file}",
        )
    return _checked(data.decode("utf-8", "replace"), str(file))


def _checked(text: str, source: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{source} holds no key: a key is one word of printable ASCII characters")
    return key
