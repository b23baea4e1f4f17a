"""The key for a server with OpenAI's chat completions: where it comes from, and what can be one."""

from collections.abc import Mapping
from pathlib import Path

from axchat.errors import ConfigError

KEY_LIMIT_BYTES = 16 * 1024
"""A key has some hundred bytes; a token of an identity provider some thousand."""


def read_key(file: Path | None, env: Mapping[str, str]) -> str | None:
    """The key: of AXCHAT_OPENAI_KEY, else of the file, else of OPENAI_API_KEY; None when there is none.

    Raises:
        ConfigError: the file cannot be read, or the key is no single printable word. It is not shown.
    """
    source, key = "AXCHAT_OPENAI_KEY", env.get("AXCHAT_OPENAI_KEY")
    if not key and file is not None:
        source = str(file)
        try:
            with file.open(encoding="utf-8") as opened:
                key = opened.read(KEY_LIMIT_BYTES)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ConfigError(f"openai.key_file: cannot read {file}: {reason}") from error
    elif not key:
        source, key = "OPENAI_API_KEY", env.get("OPENAI_API_KEY")
    key = (key or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{source} holds no key: a key is one word of printable ASCII characters")
    return key
