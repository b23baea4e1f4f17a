"""Values from the file, the environment and flags, each remembering where it came from. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from axchat.config.models import MODELS
from axchat.config.renames import RENAMED, Rename
from axchat.config.schema import Option, options
from axchat.config.values import convert, dotted

# The key is no setting: settings are shown by axchat config.
_OTHER_ENV = ("AXCHAT_CONFIG", "AXCHAT_DEBUG", "AXCHAT_DOCTOR_ROOT", "AXCHAT_OPENAI_KEY", "AXCHAT_SERVE_KEY")
_OTHER_ENV_PREFIXES = ("AXCHAT_STANDIN_", "AXCHAT_TEST_")


@dataclass(frozen=True, slots=True)
class Found:
    """A value, of one model or of all, and its source: ``/home/u/.config/axchat/config.toml:3``."""

    name: str
    value: object
    origin: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one value: one line that names the source; ``hint`` if there is another."""

    text: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """A value that is set by a setting's old name, which works: one line that names the source."""

    text: str


Item = Found | Wrong | Former


def from_table(
    values: Mapping[tuple[str, ...], object],
    file: str,
    lines: Mapping[tuple[str, ...], int],
    renames: Sequence[Rename] = RENAMED,
) -> Iterator[Item]:
    """The settings of a parsed TOML file.

    Args:
        values: by key.
        file: its name.
        lines: of its keys.
        renames: old names.
    """
    known = {option.key: option for option in options()}
    former = {rename.old: rename for rename in renames}
    for path, raw in sorted(values.items(), key=lambda item: lines[item[0]]):
        origin = f"{file}:{lines[path]}"
        model = path[1] if path[0] == MODELS and len(path) > 2 else None
        own = path if model is None else path[2:]
        key = ".".join(own) if all("." not in part for part in own) else ""  # "cpu.threads" is one part
        if rename := former.get(key):
            newer = path[: len(path) - len(own)] + tuple(rename.new.split("."))
            if newer in values:
                again = f"{file}:{lines[newer]}"
                yield Wrong(
                    f"{origin}: {dotted(path)} is called {dotted(newer)} now, which is set too: {again}"
                )
                continue
            told = f"{dotted(path)} is called {rename.new} since axchat {rename.since}"
            yield Former(f"{origin}: {told}; axchat config migrate rewrites the file")
            key = rename.new
        option = known.get(key)
        if option is None or (model is not None and not option.per_model):
            from axchat.config.keys import unknown  # only who made a mistake pays for it

            yield Wrong(f"{origin}: {unknown(path, former)}")
        else:
            yield _found(option, raw, origin, model, dotted(path))


def from_environment(env: Mapping[str, str], renames: Sequence[Rename] = RENAMED) -> Iterator[Item]:
    """The settings among the environment variables; an unknown ``AXCHAT_`` name is wrong too."""
    known = {option.env: option for option in options()}
    keys = {option.key: option for option in options()}
    former = {variable(rename.old): rename for rename in renames}
    for name in sorted(env):
        if not name.startswith("AXCHAT_") or name in _OTHER_ENV or name.startswith(_OTHER_ENV_PREFIXES):
            continue
        option = known.get(name)
        if rename := former.get(name):
            option = keys[rename.new]
            if option.env in env:
                yield Wrong(f"environment: {name} is called {option.env} now, which is set too")
                continue
            yield Former(f"environment: {name} is called {option.env} since axchat {rename.since}")
        if option is None:
            from axchat.config.keys import nearest

            yield Wrong(f"environment: unknown setting {name}{nearest(name, known)}")
            continue
        yield _found(option, env[name], f"environment {name}")


def from_flags(flags: Mapping[str, object]) -> Iterator[Item]:
    """The settings given on the command line, by field name; None means not given."""
    known = {option.name: option for option in options()}
    for name, value in flags.items():
        if value is not None:
            flag = "--" + name.removesuffix("_s").replace("_", "-")
            try:
                yield Found(name, convert(known[name], value, flag), flag)
            except ValueError as error:
                yield Wrong(str(error))


def variable(key: str) -> str:
    """The environment variable of a key."""
    return "AXCHAT_" + key.upper().replace(".", "_")


def _found(
    option: Option, raw: object, origin: str, model: str | None = None, key: str | None = None
) -> Found | Wrong:
    try:
        return Found(option.name, convert(option, raw, key), origin, model)
    except ValueError as error:
        return Wrong(f"{origin}: {error}")
