"""Answers a shell that asks, at Tab, for names that lie on the disk: ``axchat __names KIND``, a name a line.

Asked at a key, so it imports what it cannot do without, and stands in ``__main__`` before Typer is imported.
It prints only names that can be typed: a conversation whose title cannot is called by its number.
"""

import os

MODELS = "models"
ALIASES = "aliases"
OWN_NAMES = "own-names"
"""Of models, without aliases."""
CONVERSATIONS = "conversations"
BENCHES = "benches"

MOST = 1000
"""Conversations, those last used first; a menu of more helps nobody."""

_JOINERS = "\u200c\u200d"
"""Between the parts of an emoji and in Persian words; Python does not count them as printable."""


def answer(kind: str = "") -> str | None:
    """The names of a kind, one a line; None where there is no such kind.

    What cannot be read has no names: at Tab there is nowhere to say so; the command that is typed will.
    """
    read = {
        MODELS: _models,
        OWN_NAMES: _own_names,
        ALIASES: _aliases,
        CONVERSATIONS: _conversations,
        BENCHES: _benches,
    }.get(kind)
    return "\n".join(read()) if read else None


def data_dir() -> str:
    """The folder of ``axchat.config.paths.data_dir``, without importing what finds it."""
    return os.path.join(_base("XDG_DATA_HOME", "~/.local/share"), "axchat")


def is_typed(name: str) -> bool:
    """Whether a name can be an argument, and be shown."""
    for joiner in _JOINERS:
        name = name.replace(joiner, "")
    return name.isprintable() and name.strip() != "" and not name.startswith("-")


def called(conversations: list[tuple[int, str]]) -> list[str]:
    """Each by its title; by its number where the title means another, or cannot be typed.

    Args:
        conversations: number and title, those last used first, as ``Store.find`` looks at them.
    """
    numbers = {str(number) for number, _ in conversations}
    names: list[str] = []
    taken: set[str] = set()
    for number, title in conversations:
        folded = title.casefold()
        names.append(
            title if is_typed(title) and folded not in taken and title not in numbers else str(number)
        )
        taken.add(folded)
    return names


def _models() -> list[str]:
    """Names and aliases of this machine's models."""
    return _registered("models", "aliases")


def _own_names() -> list[str]:
    return _registered("models")


def _aliases() -> list[str]:
    return _registered("aliases")


def _registered(*parts: str) -> list[str]:
    import json

    try:
        with open(os.path.join(data_dir(), "models", "registry.json"), encoding="utf-8") as file:
            document = json.load(file)
        found = {name for part in parts for name in document.get(part, ())}
    except (OSError, ValueError, AttributeError, TypeError):  # missing, unreadable, or of another form
        return []
    return sorted(filter(is_typed, found))


def _conversations() -> list[str]:
    """What ``history`` and ``--resume`` find conversations by."""
    from axchat.store.glance import titles

    path = _history_file()
    return called(titles(path, MOST)) if path else []


def _benches() -> list[str]:
    """What ``bench --save`` kept."""
    try:
        files = os.listdir(os.path.join(data_dir(), "bench"))
    except OSError:
        return []
    names = [file.removesuffix(".json") for file in files if file.endswith(".json")]
    return sorted(name for name in names if is_typed(name) and not name.startswith("."))


def _history_file() -> str | None:
    """The file of the conversations; the settings are read only where something is set."""
    folders = [
        _base("XDG_CONFIG_HOME", "~/.config"),
        *(os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"),
    ]
    is_set = {"AXCHAT_CONFIG", "AXCHAT_HISTORY_PATH"} & set(os.environ)
    if not is_set and not any(os.path.exists(os.path.join(it, "axchat", "config.toml")) for it in folders):
        return os.path.join(data_dir(), "history.db")
    from axchat.cli.recording import store_path
    from axchat.config.load import load
    from axchat.errors import ConfigError

    try:
        return str(store_path(load()).absolute())
    except ConfigError:
        return None


def _base(variable: str, default: str) -> str:
    """A folder of the XDG base directories; one that is not absolute does not count."""
    named = os.environ.get(variable, "")
    return named if os.path.isabs(named) else os.path.expanduser(default)
