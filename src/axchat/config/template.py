"""The file that ``axchat config edit`` begins with: every setting with its meaning, none set. Pure."""

import textwrap
from collections.abc import Iterator

from axchat.config.schema import Option, options
from axchat.config.values import toml

_COLUMNS = 98

_HEAD = """\
# axchat's settings. A line that begins with # says what the next one does, or is a setting that is not set:
# take its # away and change the value. What axchat does without it is behind "default".
"""

_MODELS = """\
# What is different for one model, by its name: a registered or known name, an alias, or the name of its
# directory or file. Of the settings above these may be set for one model:
"""


def template() -> str:
    """The text; it is TOML, and sets nothing."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    tables: dict[str, list[Option]] = {}
    for option in options():
        tables.setdefault(option.key.rpartition(".")[0], []).append(option)
    for table, settings in tables.items():
        if table:
            yield f"[{table}]"
        for option in settings:
            default = "nothing" if option.default is None else toml(option.default)
            yield from textwrap.wrap(
                f"{option.doc}; default: {default}", _COLUMNS, initial_indent="# ", subsequent_indent="# "
            )
            yield f"# {option.key.rpartition('.')[2]} = {toml(option.example)}"
            yield ""
    yield _MODELS.rstrip("\n")
    own = ", ".join(option.key for option in options() if option.per_model)
    yield from textwrap.wrap(own, _COLUMNS, initial_indent="# ", subsequent_indent="# ")
    yield ""
    yield '# [models."smollm2"]'
    yield "# cpu.threads = 2"
