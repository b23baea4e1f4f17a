"""``axchat doctor --bundle``: says what the archive holds, then writes it, whole or not at all."""

import os
import platform
import secrets
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from axchat import __version__
from axchat.doctor.bundle import Member, pack
from axchat.errors import UsageError

_PACKAGES = ("typer", "rich", "tokenizers", "xllamacpp")


def refuse_existing(path: Path) -> None:
    """Say early that the file cannot be written.

    Raises:
        UsageError: it exists, or its folder does not.
    """
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already", hint="name another file; nothing is overwritten")
    if not os.path.isdir(path.parent):  # noqa: PTH112  it never raises
        raise UsageError(f"no such folder: {path.parent}")


def versions() -> dict[str, str]:
    """Versions that a report of a problem needs."""
    found = {"axchat": __version__, "python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def listing(path: Path, members: Sequence[Member]) -> list[str]:
    """What the archive will hold, one line per file."""
    width = max(len(member.name) for member in members)
    lines = [f"  {m.name:<{width}}  {m.size:>8} bytes  {m.about}" for m in members]
    return [
        f"{path} will hold, with names, addresses, serial numbers and homes replaced:",
        *lines,
        "look through it before you send it: a log can hold what no rule knows",
    ]


def write_bundle(path: Path, members: Sequence[Member], say: Callable[[str], None]) -> None:
    """List the members, then write the archive so that the name never stands for half of it.

    Raises:
        UsageError: the file exists already, or it cannot be written.
    """
    for line in listing(path, members):
        say(line)
    content = pack(members)
    try:
        _write_new(path, content)
    except FileExistsError:
        raise UsageError(f"{path} exists already", hint="name another file; nothing is overwritten") from None
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}", hint="name another place") from exc
    say(f"written: {path} ({len(content)} bytes)")


def _write_new(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Reserving the name keeps out whoever wrote it meanwhile, also where there are no hard links.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
