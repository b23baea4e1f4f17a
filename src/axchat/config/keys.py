"""Keys of settings, for every model or for one (``models.NAME.KEY``), and the one that is meant. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from axchat.config.models import MODELS
from axchat.config.schema import Option, options
from axchat.config.values import dotted
from axchat.errors import UsageError
from axchat.nearest import nearest_names


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
            if name := _unquoted(rest.removesuffix("." + key)):
                return Target(known[key], name)
        raise UsageError(f"unknown setting {typed}{_meant(rest)}", hint="axchat config lists them")
    raise UsageError(f"unknown setting {typed}{nearest(typed, known)}", hint="axchat config lists them")


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about a wrong name: which is meant, or which there are."""
    names = list(known)
    near = nearest_names(name, names)
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
    if len(path) > 2 and nearest_names(path[0], [MODELS], alike=0.8):
        return f"unknown setting {shown}; did you mean {dotted((MODELS, *path[1:]))}?"
    for depth in range(1, len(path)):
        if (own := ".".join(path[depth:])) in known:  # written at the end of the file, where a table goes on
            return f"unknown setting {shown}; {own} belongs outside of [{dotted(path[:depth])}]"
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
    near = nearest_names(key, own)
    if near:
        return f"; did you mean {dotted((MODELS, name, *near[0].split('.')))}?"
    return f"; known for one model are {', '.join(own)}"


def _meant(rest: str) -> str:
    """Which key is meant, typed behind ``models.``: the end of a message about a wrong one."""
    from difflib import SequenceMatcher

    own = [option.key for option in options() if option.per_model]
    all_keys = {option.key for option in options()}
    best: tuple[float, str] = (0.0, f"; known for one model are {', '.join(own)}")
    parts = rest.split(".")
    for count in (1, 2):  # keys have one part or two
        name, key = ".".join(parts[:-count]), ".".join(parts[-count:])
        if not _unquoted(name):
            continue
        if key in all_keys:
            return f"; {key} is never of one model: set it for all"
        for near in nearest_names(key, own):
            alike = SequenceMatcher(None, key, near).ratio()
            target = dotted((MODELS, _unquoted(name), *near.split(".")))
            best = max(best, (alike, f"; did you mean {target}?"))
    return best[1]


def _unquoted(name: str) -> str:
    """The name that is typed with TOML's quotes, or without.

    Raises:
        UsageError: TOML knows no such name in quotes.
    """
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        import tomllib

        try:
            (found,) = tomllib.loads(f"{name} = 1")
        except ValueError as error:
            raise UsageError(f"{name} is no name in quotes: {error}", hint="leave the quotes out") from error
        return found
    return name
