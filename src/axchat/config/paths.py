"""Where axchat keeps its files: the XDG folders, asked at call time."""

import os
from collections.abc import Mapping
from pathlib import Path


def config_file(env: Mapping[str, str] | None = None) -> Path:
    """The configuration file; ``AXCHAT_CONFIG`` names another."""
    import platformdirs

    named = (os.environ if env is None else env).get("AXCHAT_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("axchat")) / "config.toml"


def data_dir() -> Path:
    """Fetched models and conversations."""
    import platformdirs

    return Path(platformdirs.user_data_dir("axchat"))


def state_dir() -> Path:
    """Histories and logs."""
    import platformdirs

    return Path(platformdirs.user_state_dir("axchat"))
