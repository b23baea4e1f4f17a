"""Reads a configuration file."""

from pathlib import Path

from axchat.beginning import beginning_of
from axchat.config.parsing import LARGEST_BYTES, decoded, refuse_large
from axchat.errors import ConfigError
from axchat.whole_file import way_to_read


def text_of(file: Path) -> str | None:
    """The file's text; None when there is no such file.

    Raises:
        ConfigError: it cannot be read; see ``decoded``.
    """
    data = bytes_of(file)
    return None if data is None else decoded(data, str(file))


def bytes_of(file: Path) -> bytes | None:
    """What the file holds; None when there is no such file.

    Raises:
        ConfigError: it cannot be read, or is larger than a configuration file is.
    """
    try:
        data = beginning_of(file, LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):  # a home like /dev/null, as some services have
        return None
    except IsADirectoryError as error:
        raise ConfigError(f"cannot read {file}: it is a directory", hint="name a file in it") from error
    except OSError as error:
        raise ConfigError(
            f"cannot read {file}: {error.strerror}", hint=way_to_read(file, "XDG_CONFIG_HOME")
        ) from error
    refuse_large(data, str(file))
    return data
