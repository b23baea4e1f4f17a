"""Wrong values for every option and argument, and what each of them takes.

Numbers and choices are known by their types. A text or a path has a row here; one without a row fails a test.
"""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.cli.command_tree import walk
from support.saved_reports import of_rates

WORDS = ("", " ", "no-such", "a\x1b[2Jb\x07", "a\nb", "\u202eabc", "\udcff\udcfe", "x" * 10_000)
"""Names that nothing has."""

NOT_TEXT = ("\udcff\udcfe",)
"""Bytes that are not UTF-8, as Python hands them over."""

NOTHING = ("", " ")

NUMBERS = ("", "abc", "1.5", "nan", "-1", "1e400", "9" * 5000, "\udcff")
"""No whole number from 0, in the eyes of everybody."""

READ = ("missing", "folder", "pipe", "loop", "socket", "binary", "huge", "text/x", "n" * 300, "a\x1b[2Jb")
"""Files that nobody can read as what is wanted; below a folder that ``write_files`` fills."""

WRITE = ("folder", "missing/x", "text/x", "n" * 300)
"""Where no file can be made."""

DEVICES = ("/dev/zero", "/dev/full", "/proc/self/mem", "~nobody-here/x")


@dataclass(frozen=True)
class Row:
    """How an option is given, wrong values of it, and what the command exits with.

    Attributes:
        command: the arguments, with ``{}`` for the value.
        values: wrong ones.
        statuses: one of these; 0 where it is a question that any value may answer.
    """

    command: str
    values: tuple[str, ...]
    statuses: frozenset[int]

    def arguments(self, value: str) -> list[str]:
        """The command line with a value."""
        return [word.replace("{}", value) for word in self.command.split()]


def row(command: str, values: tuple[str, ...], *statuses: int) -> Row:
    """A row; see ``Row``."""
    return Row(command, values, frozenset(statuses))


_FILES = READ + DEVICES
_BENCH = "bench -e scripted -r 1 -p 8 -n 2 --no-warmup"

ROWS: dict[str, Row] = {
    "run prompt": row("run -e scripted {}", NOTHING + NOT_TEXT, 2),
    "run --file": row("run -e scripted -f {} x", _FILES, 2),
    "run --schema": row("run -e scripted --schema {} x", _FILES, 2),
    "run --image": row("run -e scripted --image {} x", _FILES, 2),
    "serve --host": row("serve -e scripted --host {}", WORDS[2:], 2),
    "serve --key-file": row("serve -e scripted --key-file {}", _FILES, 3),
    "bench --n-prompt": row("bench -e scripted -p {}", (*WORDS, "-1", "1e400"), 2),
    "bench --n-gen": row("bench -e scripted -n {}", (*WORDS, "-1", "1e400"), 2),
    "bench --n-depth": row("bench -e scripted -d {}", (*WORDS, "-1", "1e400"), 2),
    "bench -pg": row("bench -e scripted -pg {}", (*WORDS, "1", "1,2,3"), 2),
    "bench --prompt": row("bench -e scripted --prompt {}", NOTHING + NOT_TEXT, 2),
    "bench --save": row(f"{_BENCH} --save {{}}", WORDS[:2] + WORDS[3:], 2),
    "bench --plot": row(f"{_BENCH} --plot {{}}", (*WRITE, "text"), 2),
    "bench compare a": row("bench compare {} x", WORDS + _FILES, 2),
    "bench compare b": row("bench compare {} x", WORDS, 2),
    "bench compare --threshold": row("bench compare report.json report.json --threshold {}", WORDS, 2),
    "bench compare --plot": row("bench compare report.json report.json --plot {}", (*WRITE, "text"), 2),
    "doctor codes": row("doctor --only cpu {}", WORDS, 2),
    "doctor --model": row("doctor --only model -m {}", _FILES, 0, 4, 2),
    "doctor --engine": row("doctor --only cpu -e {}", WORDS, 2),
    "doctor --only": row("doctor --only {}", WORDS, 2),
    "doctor --skip": row("doctor --skip {}", WORDS, 2),
    "doctor --bundle": row("doctor --only cpu --bundle {}", ("folder", "missing/x", "text/x", "text"), 2),
    "models known name": row("models known {}", WORDS, 4),
    "models show name": row("models show {}", WORDS, 4),
    "models pull name": row("models pull {}", WORDS, 2, 4),
    "models pull --revision": row("models pull smollm2 --revision {}", WORDS, 2),
    "models pull --include": row("models pull smollm2 --include {}", WORDS, 2),
    "models pull --exclude": row("models pull smollm2 --exclude {}", WORDS, 2),
    "models pull --to": row("models pull smollm2 --to {}", WRITE, 2),
    "models pull --arch": row("models pull smollm2 --arch {}", WORDS, 2),
    "models pull --file": row("models pull smollm2 --file {}", ("missing", "folder", "pipe", "text/x"), 4),
    "models verify name": row("models verify {}", WORDS[:4], 4),
    "models verify --repo": row("models verify folder --repo {}", WORDS[:4], 2, 4),
    "models scan directories": row("models scan {}", _FILES, 0),
    "models add path": row("models add {}", _FILES, 4),
    "models add --name": row("models add folder --name {}", WORDS, 2, 4),
    "models alias new": row("models alias {} no-such", WORDS, 2, 4),
    "models alias name": row("models alias new {}", WORDS, 2, 4),
    "models alias --rm": row("models alias --rm {}", WORDS, 2, 4),
    "models default name": row("models default {}", WORDS, 4),
    "models fit name": row("models fit {}", WORDS, 4),
    "models rm name": row("models rm {}", WORDS, 2, 4),
    "history show name": row("history show {}", WORDS, 12),
    "history search text": row("history search {}", WORDS, 12),
    "history export name": row("history export {}", WORDS, 12),
    "history export --output": row("history export 1 -o {}", WRITE, 12),
    "history import file": row("history import {}", _FILES, 2),
    "history rm names": row("history rm -y {}", WORDS, 12),
    "config show --model": row("config show --model {}", WORDS, 0),
    "config get key": row("config get {}", WORDS, 2),
    "config get --model": row("config get engine --model {}", WORDS, 0),
    "config set key": row("config set {} cpu", WORDS, 2),
    "config set value": row("config set engine {}", WORDS, 2),
    "config unset key": row("config unset {}", WORDS, 2),
    **{
        f"{name} {option}": row(f"{name} {scripted} {option} {{}} {end}", values, status)
        for name, end in (("run", "x"), ("chat", ""), ("serve", ""), ("load", ""), ("bench", ""))
        for option, scripted, values, status in (
            ("--model", "", ("", "text", "empty", *_FILES), 4),
            ("--engine", "", WORDS, 2),
            ("--system", "-e scripted", NOT_TEXT, 2),
            ("--resume", "-e scripted", WORDS, 12),
            ("--stop", "-e scripted", NOT_TEXT, 2),
            ("--keep-alive", "-e scripted", WORDS, 2),
        )
    },
}
"""By command and option, or argument."""


def given() -> Iterator[tuple[str, Any]]:
    """Every option and argument that takes a value: its name as in ``ROWS``, and Typer's view of it."""
    for path, command, context in walk():
        for param in command.get_params(context):
            if not getattr(param, "is_flag", False) and not getattr(param, "hidden", False):
                name = max(param.opts, key=len) if param.param_type_name == "option" else param.name
                yield f"{path.removeprefix('axchat')} {name}".strip(), param


def write_files(folder: Path) -> None:
    """What ``READ`` and ``WRITE`` name."""
    (folder / "folder").mkdir()
    (folder / "text").write_text("hello\n")
    (folder / "empty").touch()
    (folder / "report.json").write_text(json.dumps(of_rates([1.0, 2.0])))
    (folder / "binary").write_bytes(bytes(range(256)))
    with (folder / "huge").open("wb") as huge:
        huge.truncate(100 * 2**20)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
