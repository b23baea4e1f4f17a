"""Saved reports: files of JSON in axchat's data folder, by name; or anywhere, by path."""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from axchat.beginning import beginning_of
from axchat.bench.document import SCHEMA
from axchat.config.paths import data_dir, expanded
from axchat.errors import UsageError
from axchat.nearest import nearest_names
from axchat.whole_file import replace_whole, way_to_write

MAX_NAME_CHARACTERS = 64
MAX_NAME_BYTES = 200
"""A file's name has 255 at most, and the temporary one is longer."""

MAX_BYTES = 64 * 2**20
"""A report of a thousand answers of a thousand tokens; reading more would take the board's memory."""

_SUFFIX = ".json"


def folder() -> Path:
    """Where saved reports are; it may not be there yet."""
    return data_dir() / "bench"


def names(at: Path | None = None) -> tuple[str, ...]:
    """What is saved, in the order of the alphabet; nothing where the folder cannot be read."""
    try:
        found = [file.name.removesuffix(_SUFFIX) for file in (at or folder()).iterdir() if _is_saved(file)]
    except OSError:
        return ()
    return tuple(sorted(found))


def file_for(name: str, *, overwrite: bool = False, at: Path | None = None) -> Path:
    """The file that a report will be saved in; asked before a long bench, it spares its user a surprise.

    Raises:
        UsageError: the name cannot be one, or is taken and may not be overwritten.
    """
    if (wrong := _wrong_with(name)) is not None:
        raise UsageError(
            f"{name!r} cannot name a saved bench: {wrong}", hint="letters and digits, like before-update"
        )
    file = (at or folder()) / f"{name}{_SUFFIX}"
    if not overwrite and os.path.lexists(file):
        raise UsageError(f"a bench is saved as {name!r} already", hint="take another name, or overwrite it")
    return file


def save(report: Mapping[str, object], name: str, *, overwrite: bool = False, at: Path | None = None) -> Path:
    """Keep a report under a name, readable by its owner only; whole, or not at all.

    Args:
        report: ready for JSON.
        name: at most 64 characters.
        overwrite: replace what has the name.
        at: another folder than axchat's.

    Returns:
        The file.

    Raises:
        UsageError: the name cannot be one or is taken, or the file cannot be written.
    """
    file = file_for(name, overwrite=overwrite, at=at)
    content = json.dumps(report, indent=1).encode("ascii")  # a surrogate in a model's name stays what it is
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_whole(file, content)
    except OSError as exc:
        raise UsageError(
            f"{file} cannot be written: {exc.strerror}",
            hint=way_to_write(exc, file.parent),
        ) from exc
    return file


def read(name: str, *, at: Path | None = None) -> dict[str, object]:
    """A report by the name that it was saved under, or by the path of its file.

    Raises:
        UsageError: there is none, or it is no report of this form.
    """
    return _checked(_content(_found(name, at or folder())), name)


def _found(name: str, at: Path) -> Path:
    if _wrong_with(name) is None and os.path.lexists(saved := at / f"{name}{_SUFFIX}"):
        return saved
    with contextlib.suppress(ValueError):  # a zero byte
        if name and os.path.lexists(file := expanded(name)):
            return file
    if "/" in name:
        raise UsageError(f"{name!r} is not there", hint="axchat bench --save NAME keeps a report by name")
    raise UsageError(f"no bench is saved as {name!r}", hint=_hint(name, names(at)))


def _hint(name: str, known: Iterable[str]) -> str:
    known = list(known)
    near = nearest_names(name.removesuffix(_SUFFIX), known, 3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"saved are: {', '.join(known[:10])}" if known else "axchat bench --save NAME saves one"


def _content(file: Path) -> bytes:
    try:
        content = beginning_of(file, MAX_BYTES + 1)
    except OSError as exc:
        raise UsageError(f"{str(file)!r} cannot be read: {exc.strerror}") from exc
    if len(content) > MAX_BYTES:
        raise UsageError(f"{str(file)!r} is too large to be a bench report: over {MAX_BYTES // 2**20} MiB")
    return content


def _checked(content: bytes, name: str) -> dict[str, object]:
    try:
        report = json.loads(content.decode())
    except UnicodeDecodeError as exc:
        raise UsageError(f"{name!r} is no bench report: it is not text") from exc
    except (ValueError, RecursionError) as exc:
        told = str(exc) if isinstance(exc, json.JSONDecodeError) else "a number or a nesting without end"
        raise UsageError(
            f"{name!r} is no bench report: it is not JSON: {told}", hint="axchat bench -o json writes one"
        ) from exc
    if not isinstance(report, dict) or "schema" not in report:
        raise UsageError(f"{name!r} is JSON but no bench report", hint="axchat bench -o json writes one")
    if report["schema"] != SCHEMA:
        raise UsageError(
            f"{name!r} is a bench report of form {str(report['schema'])[:20]}; this axchat reads {SCHEMA}",
            hint="measure again, or compare with the axchat that wrote it",
        )
    for part in ("models", "results"):
        rows = report.get(part)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UsageError(f"{name!r} is a damaged bench report: its {part} are no list of objects")
    return report


def _is_saved(file: Path) -> bool:
    return file.suffix == _SUFFIX and _wrong_with(file.name.removesuffix(_SUFFIX)) is None


def _wrong_with(name: str) -> str | None:
    if not name.strip():
        return "it is empty"
    if len(name) > MAX_NAME_CHARACTERS or len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        return f"it has more than {MAX_NAME_CHARACTERS} characters"
    if "/" in name or "\\" in name:
        return "it has a slash"
    if name.startswith((".", "-")):
        return "it begins with a dot or a dash"
    if name != name.strip() or not name.isprintable():
        return "it has blanks around it, or signs that cannot be seen"
    return None
