"""Keys of settings, for every model or for one (``models.NAME.KEY``), and the one that is meant. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from axchat.config.schema import Option, options
from axchat.config.values import dotted
from axchat.errors import UsageError

MODELS = "models"
"""The table of the tables of one model each."""


@dataclass(frozen=True, slots=True)
class Target:
    """A setting, for every model or for one."""

    option: Option
    model: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Its place in the file."""
        own = tuple(self.option.key.split("."))
        return own if self.model is None else (MODELS, self.model, *own)

    @property
    def key(self) -> str:
        """Its place as TOML writes it."""
        return dotted(self.path)


def target_named(typed: str) -> Target:
    """The setting of a dotted key. A model's name needs no quotes: what is before a known key is the name.

    Raises:
        UsageError: there is none; names the nearest one.
    """
    known = {option.key: option for option in options()}
    if typed in known:
        return Target(known[typed])
    first, _, rest = typed.partition(".")
    if first == MODELS:
        # the longest: models.a.openai.model is openai.model of a
        fitting = [key for key, option in known.items() if rest.endswith("." + key) and option.per_model]
        if fitting:
            key = max(fitting, key=len)
            name = rest.removesuffix("." + key)
            if name:
                return Target(known[key], _unquoted(name))
        path = _split(rest)
        raise UsageError(f"unknown setting {typed}{_why(path)}", hint="axchat config lists them")
    raise UsageError(f"unknown setting {typed}{nearest(typed, known)}", hint="axchat config lists them")


def setting_named(typed: str) -> Option:
    """The setting of a dotted key that is no model's own.

    Raises:
        UsageError: there is none; names the nearest one.
    """
    target = target_named(typed)
    if target.model is not None:
        raise UsageError(f"{typed} is of one model alone: {target.option.key} is the setting")
    return target.option


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about a wrong name: which is meant, or which there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.6)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(names)}"


def unknown(path: tuple[str, ...], former: Iterable[str] = ()) -> str:
    """What is wrong with a key of a file that is no setting.

    Args:
        path: the key.
        former: old names that are known too.
    """
    known = [option.key for option in options()]
    shown = dotted(path)
    if path[0] == MODELS:
        if len(path) < 3:
            return f'{shown} must be a table, for example [models."NAME"]'
        return f"unknown setting {shown}{_why(path[1:])}"
    plain = ".".join(path)
    if plain in known:  # "cpu.threads" in quotes is one part
        return f"unknown setting {shown}; did you mean {plain}, without quotes?"
    if len(path) > 2 and difflib.get_close_matches(path[0], [MODELS], 1, 0.8):
        return f"unknown setting {shown}; did you mean {dotted((MODELS, *path[1:]))}?"
    return f"unknown setting {shown}{nearest(plain, [*known, *former])}"


def _why(path: tuple[str, ...]) -> str:
    """Why a key, behind ``models.``, is none: the end of a message about it."""
    own = [option.key for option in options() if option.per_model]
    name, key = path[0], ".".join(path[1:])
    for n in range(2, len(path)):  # [models.qwen2.5] is the table 5 in qwen2
        if ".".join(path[n:]) in own:
            whole = dotted((MODELS, ".".join(path[:n])))
            return f"; a name with a dot needs quotes: [{whole}]"
    if key in {option.key for option in options()}:
        return f"; {key} is never of one model: set it for all"
    near = difflib.get_close_matches(key, own, 1, 0.6)
    if near:
        return f"; did you mean {dotted((MODELS, name, *near[0].split('.')))}?"
    return f"; known for one model are {', '.join(own)}"


def _split(typed: str) -> tuple[str, ...]:
    """Name and key of what is typed behind ``models.``, where the key is not known."""
    quote = typed[:1]
    if quote in {'"', "'"} and (end := typed.find(quote, 1)) > 0:
        return (typed[1:end], *typed[end + 1 :].strip(".").split("."))
    return tuple(typed.split("."))


def _unquoted(name: str) -> str:
    """The name that is typed with TOML's quotes, or without."""
    from axchat.config.positions import parts_of

    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        parts = parts_of(name)
        return parts[0] if len(parts) == 1 else name
    return name
