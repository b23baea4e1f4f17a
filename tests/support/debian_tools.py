"""Debian programs for tests, without root: ``python tests/support/debian_tools.py fish zsh``.

What is installed is used as it is. Otherwise apt downloads the package and what it needs, and they are
unpacked below ``$XDG_CACHE_HOME/axchat/test-tools``. Nothing of the system is changed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = {
    "curl": ("curl",),
    "fish": ("fish",),
    "haproxy": ("haproxy",),
    "mandoc": ("mandoc",),
    "systemd": ("systemd-analyze", "systemd-socket-activate"),
    "zsh": ("zsh",),
}
"""What the tests run, by package."""

BY_NAME = ("curl",)
"""Programs that documented commands call: a fetched one goes on PATH, behind what is installed."""

_SYSTEM_PATH = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))  # not on a user's PATH
_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "bin")
_TO_INSTALL = re.compile(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+)", re.MULTILINE)


class ToolMissing(Exception):
    """A program is neither installed nor fetched; the message has the command that mends it."""


@dataclass(frozen=True)
class Tool:
    """A program and what its environment needs on top; an installed one needs nothing."""

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)


def cache_dir() -> Path:
    """Where fetched packages are unpacked: asked before a test moves HOME."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("axchat")) / "test-tools"


def find(program: str, cache: Path, path: str | None = None) -> Tool:
    """A program of ``PROGRAMS``, installed or fetched.

    Args:
        program: its name.
        cache: ``cache_dir()``.
        path: where an installed one is looked for; PATH and the sbin folders by default.

    Raises:
        ToolMissing: with the command that fetches it.
    """
    looked_in = os.environ.get("PATH", "") + os.pathsep + _SYSTEM_PATH if path is None else path
    if installed := shutil.which(program, path=looked_in):
        return Tool(Path(installed))
    (package,) = [name for name, programs in PROGRAMS.items() if program in programs]
    root = cache / package
    for folder in _FOLDERS:
        if os.access(root / folder / program, os.X_OK):
            libraries = sorted({str(found.parent) for found in root.glob("**/lib/**/lib*.so*")})
            return Tool(root / folder / program, {"LD_LIBRARY_PATH": os.pathsep.join(libraries)})
    raise ToolMissing(
        f"{program} is not here; fetch it without root: {sys.executable} {__file__} {package} "
        f"(or: sudo apt-get install {package})"
    )


def fetch(package: str, cache: Path) -> None:
    """Download a package and what it needs beyond what is installed, and unpack them side by side.

    Raises:
        ToolMissing: apt is not here or cannot download it; what apt said is in the message.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=f".{package}-") as name:
        work = Path(name)
        for folder in ("lists/partial", "cache/archives/partial", "debs", "root"):
            (work / folder).mkdir(parents=True)
        # lists of our own: those of the system may be missing, as in an image, or old
        apt = [
            "apt-get",
            f"-oDir::State::Lists={work / 'lists'}",
            f"-oDir::Cache={work / 'cache'}",
            "-oAPT::Sandbox::User=root",  # as root: no change to _apt, who may not write here
            "-oAcquire::Languages=none",
            "-oAcquire::Retries=3",
            "-qq",
        ]
        _run(package, [*apt, "update"], work)
        plan = _run(package, [*apt, "--simulate", "--no-install-recommends", "install", package], work)
        wanted = [f"{found}={version}" for found, version in to_install(plan)]
        _run(package, [*apt, "download", *wanted], work / "debs")
        for deb in sorted((work / "debs").glob("*.deb")):
            _run(package, ["dpkg-deb", "--extract", str(deb), str(work / "root")], work)
        shutil.rmtree(cache / package, ignore_errors=True)
        (work / "root").rename(cache / package)


def start_script(tool: Tool, folder: Path) -> None:
    """Write a script of the program's name that starts it with what its environment needs."""
    folder.mkdir(exist_ok=True)
    script = folder / tool.path.name
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in tool.env.items())
    script.write_text(f'#!/bin/sh\n{settings} exec {shlex.quote(str(tool.path))} "$@"\n')
    script.chmod(0o755)


def scripts_dir(cache: Path) -> Path:
    """Where ``main`` writes the start scripts of ``BY_NAME``."""
    return cache / "by-name"


def to_install(plan: str) -> list[tuple[str, str]]:
    """The packages and versions that ``apt-get --simulate install`` would install."""
    return [(name, version) for name, version in _TO_INSTALL.findall(plan)]


def _run(package: str, command: Sequence[str], cwd: Path) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=900)
    except FileNotFoundError as error:
        said = f"{error.filename} is not here"
    else:
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.strip() or f"{command[0]} ended with {done.returncode}"
    raise ToolMissing(
        f"cannot fetch the Debian package {package}: {said}\nInstall it: sudo apt-get install {package}"
    )


def main(packages: Sequence[str], cache: Path) -> int:
    """Fetch what is missing of the named packages; the exit status."""
    for package in packages:
        try:
            for program in PROGRAMS[package]:
                find(program, cache)
        except ToolMissing:
            print(f"Fetching the Debian package {package} for the tests", file=sys.stderr)
            try:
                fetch(package, cache)
            except ToolMissing as error:
                print(error, file=sys.stderr)
                return 1
            for program in set(PROGRAMS[package]).intersection(BY_NAME):
                start_script(find(program, cache), scripts_dir(cache))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], cache_dir()))
