"""Measure how fast axchat is: ``python3 tests/performance/run.py [--quick] [--only KEY...] [--list]``.

Needs Python 3.11 with venv, nothing else: makes a virtual environment in ``.performance/``, installs axchat
from this tree and what it is compared with, and runs ``python -m performance`` in it. The environment is used
again until pyproject.toml or peers.txt changes. Exit status: 1 a target was missed, 2 nothing was measured.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
HOME = ROOT / ".performance"
PYTHON = HOME / "venv" / "bin" / "python"
STAMP = HOME / "stamp"
MISSING = HOME / "missing-peers.json"
PIP = "pip>=26.3"
PEERS = TESTS / "performance" / "peers.txt"


def stamp() -> str:
    """What the environment depends on."""
    known = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for file in (ROOT / "pyproject.toml", PEERS):
        known.update(file.read_bytes())
    return known.hexdigest()


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)


def install(*what: str) -> str:
    """Install with pip; empty, or the last line of its complaint."""
    done = subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    if not done.returncode:
        return ""
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
    return said[-1].removeprefix("ERROR:").strip()


def install_axchat() -> None:
    """A new environment with axchat from this tree."""
    say(f"making {HOME.relative_to(ROOT)}/venv, with axchat from this tree ...")
    shutil.rmtree(HOME, ignore_errors=True)
    venv.create(PYTHON.parents[1], with_pip=True)
    # The commands that pip 25 and older write import re before anything else; offline it has to do.
    if failure := install("--upgrade", PIP):
        say(f"warning: pip cannot be brought up to date: {failure}")
    failure = install("-e", ".[cpu]")
    if failure:
        say(f"error: axchat cannot be installed: {failure}")
        raise SystemExit(2)


def install_peers() -> None:
    """Each by itself; one that cannot be installed makes its rows fail, with the reason."""
    failures = {}
    lines = (line.partition("#")[0].strip() for line in PEERS.read_text().splitlines())
    for peer in filter(None, lines):
        say(f"installing {peer} ...")
        if failure := install(peer):
            say(f"warning: {peer} cannot be installed: {failure}")
            failures[peer] = failure
    MISSING.write_text(json.dumps(failures))


def main() -> int:
    """Install what is not there, then measure."""
    wanted = stamp()
    is_there = PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted
    if not is_there:
        install_axchat()
    if not is_there or MISSING.read_text() != "{}":
        install_peers()
        STAMP.write_text(wanted)
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.run([PYTHON, "-m", "performance", *sys.argv[1:]], env=environment, cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
