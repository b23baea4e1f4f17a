"""What may follow on the input line: names of commands and their arguments; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from axchat.repl.settings import LEFT_TO_MODEL, NAMES, SETTINGS, THINK_WORDS
from axchat.repl.typed_path import QUOTES

MAX_SUGGESTIONS = 200
"""Nobody scrolls further; a longer list only slows the menu down."""

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")

_PATH_BEGINS = ("/", "./", "../", "~")


class Completes(Enum):
    """What the argument of a command is completed from."""

    NOTHING = auto()
    COMMAND = auto()
    MODEL = auto()
    SETTING = auto()
    TITLE = auto()
    PATH = auto()
    IMAGE = auto()


class Command(Protocol):
    """What is asked of a command; ``commands.SlashCommand`` is one."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it goes by."""

    @property
    def argument(self) -> str:
        """Its placeholder, empty if it takes none."""

    @property
    def summary(self) -> str:
        """What it does."""

    @property
    def words(self) -> tuple[str, ...]:
        """What the argument may begin with."""

    @property
    def completes(self) -> Completes:
        """What else it may be, or what follows one of ``words``."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` may stand in place of the ``-start`` characters before the cursor; ``note`` tells more."""

    text: str
    start: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder."""

    name: str
    is_folder: bool


def _none() -> Sequence[str]:
    return ()


def _no_entries(_folder: str) -> Sequence[Entry]:
    return ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where suggestions come from; each is quick and never raises.

    Attributes:
        commands: of the table.
        models: names to open.
        titles: of the conversations that are kept.
        entries: of a folder, as it is typed (``""`` is the working directory, ``~/`` the home).
    """

    commands: Sequence[Command] = ()
    models: Callable[[], Sequence[str]] = _none
    titles: Callable[[], Sequence[str]] = _none
    entries: Callable[[str], Sequence[Entry]] = _no_entries


def suggest(text: str, cursor: int, sources: Sources) -> list[Suggestion]:
    """Suggestions for a command that is being typed; none in a message.

    Args:
        text: the whole input.
        cursor: characters before the cursor.
        sources: what there is.
    """
    typed = text[:cursor].lstrip()
    if "\n" in text.strip() or not typed.startswith("/") or typed.startswith("//"):
        return []
    name, blank, argument = _parted(typed[1:])
    if not blank:
        return _commands(name, sources.commands)[:MAX_SUGGESTIONS]
    command = next((one for one in sources.commands if name.lower() in one.names), None)
    if command is None:
        return []
    return _arguments(command, argument, sources)[:MAX_SUGGESTIONS]


def _parted(text: str) -> tuple[str, str, str]:
    """The first word, the blanks behind it, and the rest."""
    words = text.split(maxsplit=1)
    first = words[0] if words and not text[0].isspace() else ""
    rest = text[len(first) :]
    argument = rest.lstrip()
    return first, rest[: len(rest) - len(argument)], argument


def _commands(name: str, commands: Sequence[Command]) -> list[Suggestion]:
    return [
        Suggestion(f"/{one}{' ' if command.argument else ''}", -len(name) - 1, command.summary)
        for command in commands
        for one in command.names
        if one.startswith(name.lower())
    ]


def _arguments(command: Command, argument: str, sources: Sources) -> list[Suggestion]:
    first, blank, rest = _parted(argument)
    if blank and command.completes is Completes.SETTING:
        return _values(first, rest)
    if blank and first.lower() in command.words:
        return _completed(command.completes, rest, sources)
    return [*_beginning_with(argument, command.words), *_completed(command.completes, argument, sources)]


def _completed(kind: Completes, typed: str, sources: Sources) -> list[Suggestion]:
    match kind:
        case Completes.NOTHING:
            return []
        case Completes.COMMAND:
            names = [name for command in sources.commands for name in command.names]
            typed = typed.removeprefix("/")
            return _beginning_with(typed, names)
        case Completes.MODEL:
            paths = _paths(typed, sources) if typed.startswith(_PATH_BEGINS) else []
            return [*_holding(typed, sources.models()), *paths]
        case Completes.SETTING:
            return _beginning_with(typed, NAMES, behind=" ")
        case Completes.TITLE:
            return _holding(typed, sources.titles())
        case Completes.PATH:
            return _paths(typed, sources)
        case Completes.IMAGE:
            return _paths(typed, sources, suffixes=IMAGE_SUFFIXES)


def _values(name: str, typed: str) -> list[Suggestion]:
    """Of one setting."""
    name = name.lower().replace("-", "_")
    if name == "think":
        return _beginning_with(typed, THINK_WORDS)
    examples = next((setting.examples for setting in SETTINGS if setting.name == name), None)
    return [] if examples is None else _beginning_with(typed, (*examples, LEFT_TO_MODEL[0]))


def _beginning_with(typed: str, words: Iterable[str], behind: str = "") -> list[Suggestion]:
    return [
        Suggestion(word + behind, -len(typed)) for word in words if word.lower().startswith(typed.lower())
    ]


def _holding(typed: str, names: Iterable[str]) -> list[Suggestion]:
    """Names that hold what was typed; those that begin with it come first."""
    wanted = typed.casefold()
    found = [name for name in names if wanted in name.casefold() and name.isprintable()]
    found.sort(key=lambda name: not name.casefold().startswith(wanted))
    return [Suggestion(name, -len(typed)) for name in found]


def _paths(typed: str, sources: Sources, suffixes: tuple[str, ...] = ("",)) -> list[Suggestion]:
    """Names in the folder that is being typed; hidden ones only behind a dot, folders end with a slash."""
    quote = typed[:1] if typed[:1] in QUOTES else ""
    path = typed[len(quote) :]
    if path == "~":
        return [Suggestion("~/", -1)]
    begun = path.rpartition("/")[2]
    suggestions = []
    for entry in sources.entries(path[: len(path) - len(begun)]):
        is_wanted = entry.is_folder or entry.name.lower().endswith(suffixes)
        is_hidden = entry.name.startswith(".") and not begun.startswith(".")
        can_be_typed = entry.name.isprintable() and (quote or entry.name == entry.name.strip())
        if is_wanted and not is_hidden and can_be_typed and entry.name.startswith(begun):
            suggestions.append(Suggestion(entry.name + ("/" if entry.is_folder else quote), -len(begun)))
    return sorted(suggestions, key=lambda suggestion: suggestion.text.casefold())
