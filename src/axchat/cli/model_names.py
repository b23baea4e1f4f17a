"""What the name of a model means, wherever one is named: ``-m``, the setting, ``AXCHAT_MODEL``, ``/model``.

In this order: a model that axchat can fetch, a name given by ``axchat models add``, a path. What has a slash
in it is a path; so ``./NAME`` is the directory here, whatever has that name.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from axchat.config import paths
from axchat.errors import ModelError
from axchat.nearest import nearest_names

if TYPE_CHECKING:
    from axchat.models.registry import Registry


def is_known(name: str) -> bool:
    """Whether it is the name of a model that axchat can fetch."""
    if "/" in name:  # a path, and the catalogue need not be imported
        return False
    from axchat.models.catalogue import KNOWN

    return name in KNOWN


def located(name: str) -> str:
    """The path behind a name that was given on this machine; anything else as it is.

    Raises:
        ModelError: the names cannot be read.
    """
    if "/" in name or is_known(name):
        return name
    from axchat.models.registry import resolve

    path = resolve(name, paths.data_dir())
    return name if path is None else str(path)


def is_there(path: Path) -> bool:
    """Whether something is at a path that a user named.

    Raises:
        ModelError: nobody can tell: a folder above may not be entered, or the name is too long.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"the model {path} cannot be read: {reason}") from error
    return True


def is_one_file(path: Path, name: str) -> bool:
    """Whether a model is one file for the CPU; else it is a directory, or the script of one.

    Args:
        path: where it is.
        name: what the user called it.

    Raises:
        ModelError: nothing is there, or what is there is no model, as far as a first look tells.
    """
    from axchat.modeldir.files import Kind
    from axchat.modeldir.read import look_at, read

    fact = look_at(path)
    if not name or fact.kind is Kind.MISSING:
        raise no_such(name)
    if fact.kind is Kind.UNREADABLE:
        raise ModelError(f"the model {path} cannot be read: {fact.error}")
    if fact.kind is Kind.SPECIAL:
        raise ModelError(f"the model {path} is neither a directory nor a file")
    if fact.kind is Kind.DIRECTORY or path.suffix == ".sh":
        read(path)
        return False
    from axchat.engines.cpu_checks import check_model_file

    check_model_file(path)
    return True


def names_here() -> Callable[[str], tuple[str | None, tuple[str, ...]]]:
    """Gives what is known here of a model that is named or whose path is given: its path, and all its names.

    The names are read when they are first asked for.

    Raises:
        ModelError: they cannot be read.
    """
    read: list[Registry] = []

    def look_up(typed: str) -> tuple[str | None, tuple[str, ...]]:
        if not read:
            from axchat.models.registry import load

            read.append(load(paths.data_dir()))
        here = read[0]
        named = here.aliases.get(typed, typed)
        if "/" in typed:
            place = Path(os.path.abspath(paths.expanded(typed)))  # noqa: PTH100  without ..
            named = next((name for name, path in here.models.items() if path == place), typed)
        if named not in here.models:
            return None, ()
        return str(here.models[named]), (named, *here.aliases_of(named))

    return look_up


def no_such(name: str) -> ModelError:
    """The error for what is neither a name nor a path, with the names that are near.

    Raises:
        ModelError: the names cannot be read.
    """
    named = located(name)
    if named != name:
        return ModelError(
            f"{name} is the name of {named}, which is not there any more",
            hint=f"axchat models rm {name} forgets it; axchat models add DIR --name {name} after that",
        )
    if "/" in name:
        hint = "name a model directory, a GGUF file, or one of: axchat models list"
        return ModelError(f"no such model: {name}", hint=hint)
    from axchat.models.catalogue import KNOWN
    from axchat.models.registry import load
    from axchat.models.vendor_catalogue import by_name

    if name.lower() in by_name():
        hint = f"axchat models pull {name.lower()} fetches it; axchat models known {name.lower()}"
        return ModelError(f"the model {name} is not on this machine", hint=hint)
    known = [*load(paths.data_dir()).names(), *KNOWN]
    near = nearest_names(name, [*known, *by_name()], 3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"names: {', '.join(known[:10])}; or a path"
    return ModelError(f"no such model: {name}", hint=hint)
