"""Values from the file, the environment and flags, each remembering where it came from. Pure."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from axchat.config.schema import Option, convert, options
from axchat.errors import UsageError

# The key is no setting: settings are shown by axchat config.
_OTHER_ENV = ("AXCHAT_CONFIG", "AXCHAT_DEBUG", "AXCHAT_DOCTOR_ROOT", "AXCHAT_OPENAI_KEY", "AXCHAT_SERVE_KEY")
_OTHER_ENV_PREFIXES = ("AXCHAT_STANDIN_", "AXCHAT_TEST_")


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its source, for example ``/home/u/.config/axchat/config.toml:3``."""

    name: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one value: one line that names the source."""

    text: str


def setting_named(key: str) -> Option:
    """The setting of a dotted key.

    Raises:
        UsageError: there is none; names the nearest one.
    """
    known = {option.key: option for option in options()}
    if key not in known:
        raise UsageError(f"unknown setting {key}{_nearest(key, known)}", hint="axchat config lists them")
    return known[key]


def from_table(table: Mapping[str, object], file: str, text: str) -> Iterator[Found | Wrong]:
    """The settings of a parsed TOML file; ``text`` is the file, for line numbers."""
    known = {option.key: option for option in options()}
    for key, raw in flat(table):
        origin = f"{file}:{line_of(text, key)}"
        if key not in known:
            yield Wrong(f"{origin}: unknown setting {key}{_nearest(key, known)}")
            continue
        yield _found(known[key], raw, origin)


def from_environment(env: Mapping[str, str]) -> Iterator[Found | Wrong]:
    """The settings among the environment variables; an unknown ``AXCHAT_`` name is wrong too."""
    known = {option.env: option for option in options()}
    for name in sorted(env):
        if not name.startswith("AXCHAT_") or name in _OTHER_ENV or name.startswith(_OTHER_ENV_PREFIXES):
            continue
        if name not in known:
            yield Wrong(f"environment: unknown setting {name}{_nearest(name, known)}")
            continue
        yield _found(known[name], env[name], f"environment {name}")


def from_flags(flags: Mapping[str, object]) -> Iterator[Found | Wrong]:
    """The settings given on the command line, by field name; None means not given."""
    known = {option.name: option for option in options()}
    for name, value in flags.items():
        if value is not None:
            yield _found(known[name], value, "--" + name.removesuffix("_s").replace("_", "-"))


def _found(option: Option, raw: object, origin: str) -> Found | Wrong:
    try:
        return Found(option.name, convert(option, raw), origin)
    except ValueError as error:
        return Wrong(f"{origin}: {error}")


def flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """The values of nested tables by dotted key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _nearest(name: str, known: Mapping[str, Option]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"


def line_of(text: str, key: str) -> int:
    """The line that sets a dotted key in a TOML text; 1 when it is written in an unusual way."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            table = header[1] + "."
        elif (assigned := re.match(r"\s*([\w.\-\"']+)\s*=", line)) and (
            table + assigned[1].replace('"', "").replace("'", "") == key
        ):
            return number
    return 1
