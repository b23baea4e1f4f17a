"""Where axchat keeps its files: the XDG folders, asked at call time."""

import os
from collections.abc import Mapping
from pathlib import Path


def config_file(env: Mapping[str, str] | None = None) -> Path:
    """The configuration file; ``AXCHAT_CONFIG`` names another."""
    named = (os.environ if env is None else env).get("AXCHAT_CONFIG")
    return Path(named) if named else _folder("XDG_CONFIG_HOME", "~/.config") / "config.toml"


def data_dir() -> Path:
    """Fetched models and conversations."""
    return _folder("XDG_DATA_HOME", "~/.local/share")


def state_dir() -> Path:
    """Histories and logs."""
    return _folder("XDG_STATE_HOME", "~/.local/state")


def _folder(variable: str, default: str) -> Path:
    """Ours in the folder that the variable names; the specification ignores relative ones."""
    named = os.environ.get(variable, "")
    return (Path(named) if named.startswith("/") else Path(default).expanduser()) / "axchat"
