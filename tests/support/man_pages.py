"""The man pages, made from the application's commands, options and settings: one a command of ``axchat``.

``python -m support.completion_table`` writes them, with what else is made from the commands.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axchat import __version__
from axchat.cli.command_tree import walk
from axchat.config import sources
from axchat.config.schema import options
from support import roff

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "installed" / "share" / "man" / "man1"

EXAMPLES = {
    'axchat run "Say hello."': "Answer one prompt; without a card it offers to fetch a small model.",
    "axchat doctor -m DIR": "Find what is wrong with a card, its driver, and a vendor's model directory.",
    "axchat chat -m DIR": "Talk; the model stays loaded in the background for five minutes.",
    "git diff | axchat run 'What does this change? -'": "Ask about what is piped in.",
}

VARIABLES = {
    "AXCHAT_CONFIG": "Another configuration file.",
    "AXCHAT_DOCTOR_ROOT": "A folder that `axchat doctor` takes for the root of this machine.",
    "AXCHAT_DEBUG": "Not empty: show the traceback of an unexpected error.",
    "AXCHAT_OPENAI_KEY": "The key for the OpenAI-compatible server that `openai.url` names.",
    "AXCHAT_SERVE_KEY": "The key that TCP clients of `axchat serve` need.",
    "NO_COLOR": "Not empty: no colours.",
}

FILES = {
    "~/.config/axchat/config.toml": "The settings; `axchat config edit` opens it.",
    "/etc/xdg/axchat/config.toml": "Settings of this machine; what is in the file above wins.",
    "~/.local/share/axchat/history.db": "The conversations.",
    "~/.local/share/axchat/bench/": "Saved benches.",
    "~/.local/share/axchat/models/": "Fetched models, and names of those of this machine.",
    "~/.local/state/axchat/": "Logs, without prompts and answers; lines typed in chats.",
    "$XDG_RUNTIME_DIR/axchat/": "The socket of the holder, which keeps the model loaded.",
}
"""Where the XDG variables are not set."""


def pages() -> dict[str, str]:
    """Name of the file to text."""
    by_command: dict[str, list[tuple[str, Any, Any]]] = {}
    for path, command, context in walk():
        by_command.setdefault(" ".join(path.split()[:2]), []).append((path, command, context))
    root, *rest = by_command.values()
    names = [commands[0][0].replace(" ", "-") for commands in rest]
    made = {"axchat.1": _page("axchat", "".join(_overview(root[0], [commands[0] for commands in rest])))}
    for name, commands in zip(names, rest, strict=True):
        made[f"{name}.1"] = _page(name, "".join(_command_page(name, commands)))
    return made


def write() -> None:
    """Write the files anew, and remove those of commands that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = pages()
    for file in FOLDER.iterdir():
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _page(name: str, body: str) -> str:
    comment = '.\\" Made from the application: PYTHONPATH=tests python -m support.completion_table\n'
    return f'{comment}.TH {name.upper()} 1 "" "axchat {__version__}" ""\n{body}'


def _overview(root: tuple[str, Any, Any], commands: list[tuple[str, Any, Any]]) -> Iterator[str]:
    path, command, context = root
    yield roff.section("NAME", roff.filled(f"axchat \\- {roff.text(_one_line(command))}"))
    yield roff.section("SYNOPSIS", _synopsis(path, command, context))
    yield roff.section("DESCRIPTION", roff.paragraphs(command.help))
    items = [(f"\\fBaxchat\\-{it.name}\\fR(1)", it.help.split("\n\n")[0]) for _, it, _ in commands]
    yield roff.section("COMMANDS", "".join(roff.item(name, about) for name, about in items))
    yield roff.section("OPTIONS", _options(command, context))
    examples = "".join(roff.item(roff.bold(line), about) for line, about in EXAMPLES.items())
    yield roff.section("EXAMPLES", examples)
    codes = "".join(roff.item(roff.bold(code), meaning) for code, meaning in exit_codes())
    yield roff.section("EXIT STATUS", codes)
    settings = [(it.env, f"{it.doc}; the setting `{it.key}`") for it in options()]
    variables = [*settings, *((name, VARIABLES[name]) for name in (*sources._OTHER_ENV, "NO_COLOR"))]
    yield roff.section("ENVIRONMENT", "".join(roff.item(roff.bold(name), about) for name, about in variables))
    files = "".join(roff.item(roff.italic(name), about) for name, about in FILES.items())
    yield roff.section("FILES", files)
    others = ", ".join(f"\\fBaxchat\\-{it.name}\\fR(1)" for _, it, _ in sorted(commands))
    yield roff.section("SEE ALSO", roff.filled(others))


def _command_page(name: str, commands: list[tuple[str, Any, Any]]) -> Iterator[str]:
    (path, command, context), *below = commands
    shown = name.replace("-", "\\-")
    yield roff.section("NAME", roff.filled(f"{shown} \\- {roff.text(_one_line(command))}"))
    yield roff.section("SYNOPSIS", ".br\n".join(_synopsis(*it) for it in commands))
    yield roff.section("DESCRIPTION", roff.paragraphs(command.help))
    if arguments := _arguments(command, context):
        yield roff.section("ARGUMENTS", arguments)
    yield roff.section("OPTIONS", _options(command, context))
    if below:
        parts = (
            roff.part(child, roff.paragraphs(it.help) + _arguments(it, at) + _options(it, at, but="help"))
            for child, it, at in below
        )
        yield roff.section("COMMANDS", "".join(parts))
    if path == "axchat config":
        yield roff.section("SETTINGS", "".join(_settings()))
    yield roff.section("EXIT STATUS", "See \\fBaxchat\\fR(1).\n")
    yield roff.section("SEE ALSO", "\\fBaxchat\\fR(1)\n")


def _settings() -> Iterator[str]:
    for it in options():
        default = str(it.default).lower() if it.kind is bool else it.default
        unset = "" if default is None else f"; without it, `{default}`"
        yield roff.item(roff.bold(it.key), it.doc + unset)


def _synopsis(path: str, command: Any, context: Any) -> str:
    words = [roff.bold(path)]
    if any(it.param_type_name == "option" for it in command.get_params(context)):
        words.append(f"[{roff.italic('OPTION')} ...]")
    if getattr(command, "commands", None):
        words.append(f"{roff.italic('COMMAND')} ...")
    for it in command.get_params(context):
        if it.param_type_name == "argument":
            word = roff.italic(_name(it)) + (" ..." if it.nargs == -1 else "")
            words.append(word if it.required else f"[{word}]")
    return " ".join(words) + "\n"


def _arguments(command: Any, context: Any) -> str:
    found = [it for it in command.get_params(context) if it.param_type_name == "argument" and not it.hidden]
    return "".join(roff.item(roff.italic(_name(it)), it.help or "") for it in found)


def _options(command: Any, context: Any, but: str = "") -> str:
    """The options, without one that is told elsewhere."""
    found = [it for it in command.get_params(context) if it.param_type_name == "option" and it.name != but]
    records = [record for it in found if (record := it.get_help_record(context))]
    return "".join(roff.item(_spelt(names), text) for names, text in records)


def _spelt(names: str) -> str:
    """Options in bold, what they take in italics."""
    names = re.sub(r"<(?:int|float) range>|<(?:int|float)>", "N", names).replace("<", "").replace(">", "")
    words = names.replace(", ", " , ").split()
    marked = (it if it == "," else roff.bold(it) if it.startswith("-") else roff.italic(it) for it in words)
    return " ".join(marked).replace(" ,", ",")


def _name(argument: Any) -> str:
    return str(argument.metavar or argument.name).strip("[].").upper()


def _one_line(command: Any) -> str:
    first = " ".join(command.help.split("\n\n")[0].split()).rstrip(".")
    return first[0].lower() + first[1:]


def exit_codes() -> list[tuple[str, str]]:
    """Code and meaning: the first table of docs/exit-codes.md."""
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d[\d, ]*) \| (.*) \|$", page, re.MULTILINE)
    return [(code, roff.without_links(meaning)) for code, meaning in rows]
