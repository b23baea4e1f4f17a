"""What the bytes of a configuration file say: text, and the values in it by key. Pure."""

import re
from collections.abc import Iterator, Mapping

from axchat.errors import ConfigError

LARGEST_BYTES = 1 << 20
"""Of a configuration file; with every setting and a hundred models it has some 20 kB."""

MOST_PARTS = 16
"""Of a key; a setting of one model has four."""


def decoded(data: bytes, file: str) -> str:
    """The text of a file's bytes; ``file`` is its name, for the error.

    Raises:
        ConfigError: it is not UTF-8, or larger than a configuration file is.
    """
    refuse_large(data, file)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8 text", hint=_WHAT) from error


def refuse_large(data: bytes, file: str) -> None:
    """A file that is larger than a configuration file is, is another file.

    Raises:
        ConfigError: that is so.
    """
    if len(data) > LARGEST_BYTES:
        raise ConfigError(f"cannot read {file}: it is larger than {LARGEST_BYTES >> 20} MiB", hint=_WHAT)


def parsed(text: str, file: str) -> dict[tuple[str, ...], object]:
    """The values of a TOML text by key; ``file`` is its name, for the error.

    A byte order mark before the text, as some editors write it, is none of it.

    Raises:
        ConfigError: it is not TOML; tells the line.
    """
    import tomllib  # 2 ms that a command without a file need not pay

    from axchat.config.positions import has_long_key

    if has_long_key(text, MOST_PARTS):
        raise ConfigError(f"{file}: {_TOO_MANY_PARTS}", hint=_WHAT)
    try:
        return dict(_leaves(tomllib.loads(text.removeprefix("\ufeff"))))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_placed(file, str(error), text), hint="mend the TOML there") from error
    except (ValueError, RecursionError) as error:  # a number of 5000 digits, a thousand brackets
        raise ConfigError(f"{file}: {error}", hint=_WHAT) from error


_TOO_MANY_PARTS = f"a key has more than {MOST_PARTS} parts"
_WHAT = "axchat's settings are TOML, for example: axchat config edit"


def _leaves(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The values of nested tables by key, in their order; not nested by Python's stack."""
    rest: list[tuple[tuple[str, ...], object]] = [((), table)]
    while rest:
        path, value = rest.pop()
        if len(path) > MOST_PARTS:
            raise ValueError(_TOO_MANY_PARTS)
        if isinstance(value, dict):
            rest += [((*path, key), below) for key, below in reversed(value.items())]
        else:
            yield path, value


def _placed(file: str, message: str, text: str) -> str:
    """What the parser says, with the line where editors look for it."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if found is None:
        return f"{file}: {message}"
    line = int(found[2]) if found[2] else text.rstrip("\n").count("\n") + 1
    where = f"at column {found[3]}" if found[3] else "at the end of the file"
    return f"{file}:{line}: not TOML: {found[1]} {where}"
