"""Names for the model directories and files of this machine: ``DATA_DIR/models/registry.json``.

``{"models": {"NAME": {"path": "/absolute"}}, "aliases": {"ALIAS": "NAME"}}``
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from axchat.config.paths import expanded
from axchat.errors import ModelError, UsageError
from axchat.models.naming import derived, free, refuse_name
from axchat.nearest import nearest_names
from axchat.whole_file import only_writer, replace_whole, way_to_read, way_to_write

MAX_BYTES = 4 * 2**20
"""Ten thousand models with long paths; reading more would take the board's memory."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Registry:
    """What has a name here.

    Attributes:
        models: name to path; the path was absolute when it was added, and need not exist any more.
        aliases: other name to name.
    """

    models: Mapping[str, Path]
    aliases: Mapping[str, str]

    def path_of(self, name: str) -> Path | None:
        """The path behind a name or an alias."""
        return self.models.get(self.aliases.get(name, name))

    def names(self) -> tuple[str, ...]:
        """Everything that can be named, in the order of the alphabet."""
        return tuple(sorted({*self.models, *self.aliases}))

    def aliases_of(self, name: str) -> tuple[str, ...]:
        """The other names of a model."""
        return tuple(sorted(alias for alias, meant in self.aliases.items() if meant == name))


def file_of(data_dir: Path) -> Path:
    """Where the names are; the file may not be there yet."""
    return data_dir / "models" / "registry.json"


def load(data_dir: Path) -> Registry:
    """The names; none where nothing was added yet.

    Raises:
        ModelError: the file cannot be read, or is damaged.
    """
    return _checked(_document(file_of(data_dir)), file_of(data_dir))


def resolve(name: str, data_dir: Path) -> Path | None:
    """The path behind a name or an alias; None where there is no such name.

    Raises:
        ModelError: the file cannot be read, or is damaged.
    """
    return load(data_dir).path_of(name)


def add(path: Path, name: str | None, data_dir: Path) -> str:
    """Give a model a name.

    Args:
        path: a directory, run script or GGUF file; it is made absolute and not looked at.
        name: None derives one from the path, unless the path has one already.
        data_dir: axchat's.

    Returns:
        The name.

    Raises:
        UsageError: the name cannot be one or means something else, or the path is not UTF-8.
        ModelError: the names cannot be read or written.
    """
    place = _absolute(path)

    def change(document: dict[str, Any], known: Registry) -> str:
        if name is None:
            has = next((it for it, at in known.models.items() if str(at) == place), None)
            chosen = has or free(derived(place), known.names())
        else:
            chosen = name
            refuse_name(name)
            _refuse_taken(name, known, but=place)
        document["models"].setdefault(chosen, {})["path"] = place
        return chosen

    return _changed(data_dir, change)


def remove(name: str, data_dir: Path) -> Path:
    """Forget a model and its aliases; its files stay.

    Returns:
        Where it is.

    Raises:
        ModelError: there is no such name, or the names cannot be read or written.
    """

    def change(document: dict[str, Any], known: Registry) -> Path:
        if name not in known.models:
            raise unknown(name, known)
        del document["models"][name]
        for alias in known.aliases_of(name):
            del document["aliases"][alias]
        return known.models[name]

    return _changed(data_dir, change)


def alias(new: str, name: str, data_dir: Path) -> str:
    """Give a model another name; an alias that is there already is moved.

    Returns:
        The model's own name: ``name`` may be an alias too.

    Raises:
        UsageError: the new name cannot be one, or is a model's own.
        ModelError: there is no such model, or the names cannot be read or written.
    """

    def change(document: dict[str, Any], known: Registry) -> str:
        refuse_name(new)
        if new in known.models:
            raise UsageError(f"{new} is a model's own name", hint=f"forget it first: axchat models rm {new}")
        if known.path_of(name) is None:
            raise unknown(name, known)
        meant = known.aliases.get(name, name)
        document["aliases"][new] = meant
        return meant

    return _changed(data_dir, change)


def remove_alias(name: str, data_dir: Path) -> None:
    """Forget an alias; the model keeps its own name.

    Raises:
        ModelError: there is no such alias, or the names cannot be read or written.
    """

    def change(document: dict[str, Any], known: Registry) -> None:
        if name not in known.aliases:
            among = ", ".join(known.aliases) or "none"
            raise ModelError(f"no alias {name!r}", hint=f"aliases: {among}")
        del document["aliases"][name]

    _changed(data_dir, change)


def unknown(name: str, known: Registry) -> ModelError:
    """The error for a name that is none, with those that are near. Pure."""
    if near := nearest_names(name, known.names(), 3):
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = "names: " + (", ".join(known.names()[:10]) or "none yet; axchat models add DIR gives one")
    return ModelError(f"no model is named {name!r}", hint=hint)


def _absolute(path: Path) -> str:
    try:
        place = os.path.abspath(expanded(str(path)))  # noqa: PTH100  resolve() would follow a link that is meant
        place.encode()
    except UnicodeEncodeError as exc:
        raise UsageError(f"{place!r} is not UTF-8", hint="rename it") from exc
    return place


def _refuse_taken(name: str, known: Registry, *, but: str) -> None:
    if name in known.aliases:
        raise UsageError(
            f"{name} is another name of {known.aliases[name]}", hint=f"axchat models alias --rm {name}"
        )
    has = known.models.get(name)
    if has is not None and str(has) != but:
        raise UsageError(f"{name} is the name of {has}", hint=f"take another, or axchat models rm {name}")


def _changed(data_dir: Path, change: Callable[[dict[str, Any], Registry], _T]) -> _T:
    file = file_of(data_dir)
    with _writing(file):
        document = _document(file)
        result = change(document, _checked(document, file))
        replace_whole(file, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
        return result


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(file):
            yield
    except OSError as exc:
        raise ModelError(f"cannot write {file}: {exc.strerror}", hint=way_to_write(exc, file.parent)) from exc


def _document(file: Path) -> dict[str, Any]:
    """The file's JSON; keys that we do not know stay in it."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {"models": {}, "aliases": {}}
    except OSError as exc:
        raise ModelError(
            f"cannot read {file}: {exc.strerror}", hint=way_to_read(file, "XDG_DATA_HOME")
        ) from exc
    if len(content) > MAX_BYTES:
        raise _damaged(file, f"over {MAX_BYTES // 2**20} MiB")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise _damaged(file, "not JSON") from exc
    if not isinstance(document, dict):
        raise _damaged(file, "no object")
    document.setdefault("models", {})
    document.setdefault("aliases", {})
    return document


def _checked(document: dict[str, Any], file: Path) -> Registry:
    models, aliases = document["models"], document["aliases"]
    if not isinstance(models, dict) or not isinstance(aliases, dict):
        raise _damaged(file, "models or aliases are no object")
    paths = {}
    for name, entry in models.items():
        path = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
            raise _damaged(file, f"{name!r} has no absolute path")
        paths[name] = Path(path)
    for name, meant in aliases.items():
        if not isinstance(meant, str):
            raise _damaged(file, f"{name!r} means no name")
    return Registry(paths, aliases)


def _damaged(file: Path, why: str) -> ModelError:
    return ModelError(
        f"the names of models cannot be read: {file} is damaged: {why}",
        hint="mend it, or rename it and find the models again: axchat models scan --add",
    )
