"""An environment of its own for everything that is measured: an empty home, no proxy, no settings."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from axchat.config import paths

MODEL = Path("models") / "smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
FETCH_TIMEOUT_S = 600.0
DROPPED = ("AXCHAT_", "XDG_", "PYTEST_", "LLM_")
DROPPED_NAMES = {"PYTHONDONTWRITEBYTECODE", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"}


def isolated(environment: Mapping[str, str], home: Path, tests: Path) -> dict[str, str]:
    """An environment with this empty home.

    Args:
        environment: of the person who measures.
        home: empty.
        tests: the folder of this package, for children that are modules of it.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(DROPPED) and not name.lower().endswith("_proxy") and name not in DROPPED_NAMES
    }
    folders = {
        "XDG_RUNTIME_DIR": home / "run",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_CONFIG_DIRS": home / "etc-xdg",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return {
        **kept,
        **{name: str(folder) for name, folder in folders.items()},
        "HOME": str(home),
        "PATH": path,
        "PYTHONPATH": str(tests),
        "NO_COLOR": "1",
        "TERM": "xterm-256color",
    }


class Surroundings:
    """Where modules measure; ``fetch_model`` shows them the model that its owner has.

    Args:
        real: the environment of the person who measures.
        home: the empty one.
    """

    def __init__(self, real: Mapping[str, str], home: Path) -> None:
        self._real = dict(real)
        self._home = home
        self._data = paths.data_dir()

    def fetch_model(self) -> None:
        """Put the small model where axchat looks for it, fetched where its owner's axchat keeps it.

        Raises:
            RuntimeError: it could not be fetched; the last line of what axchat said.
        """
        if not (self._data / MODEL).is_file():
            done = subprocess.run(
                [sys.executable, "-m", "axchat", "models", "pull", "smollm2", "--yes"],
                env=self._real,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=FETCH_TIMEOUT_S,
            )
            if done.returncode:
                raise RuntimeError(f"no model: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        shown = self._home / "data" / "axchat" / MODEL.parent
        if not shown.exists():
            shown.parent.mkdir(parents=True, exist_ok=True)
            shown.symlink_to(self._data / MODEL.parent)


@contextmanager
def surroundings(tests: Path) -> Iterator[Surroundings]:
    """Move this process, and so its children, into an environment of its own."""
    real = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="axchat-performance-") as folder:
        home = Path(folder)
        (home / "run").mkdir(mode=0o700)
        made = Surroundings(real, home)  # finds its owner's folders
        os.environ.clear()
        os.environ.update(isolated(real, home, tests))
        try:
            yield made
        finally:
            os.environ.clear()
            os.environ.update(real)
