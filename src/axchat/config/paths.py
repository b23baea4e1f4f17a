"""Where axchat keeps its files: the XDG folders, asked at call time."""

import os
from collections.abc import Mapping
from pathlib import Path


def config_file(env: Mapping[str, str] | None = None) -> Path:
    """The user's configuration file; ``AXCHAT_CONFIG`` names another."""
    import platformdirs

    return named_file(env) or Path(platformdirs.user_config_dir("axchat")) / "config.toml"


def named_file(env: Mapping[str, str] | None = None) -> Path | None:
    """The file that ``AXCHAT_CONFIG`` names in the place of the user's, if it does."""
    named = (os.environ if env is None else env).get("AXCHAT_CONFIG")
    return Path(named) if named else None


def system_file() -> Path:
    """The configuration file of everybody on this machine; of several folders, that of the nearest."""
    return _system_files()[0]


def config_files(env: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Every configuration file that is read, whether it is there or not; the nearest last: it wins."""
    own = config_file(env)
    return (*(file for file in reversed(_system_files()) if file != own), own)


def _system_files() -> list[Path]:
    """One in each folder of XDG_CONFIG_DIRS, the nearest first."""
    import platformdirs

    folders = platformdirs.site_config_dir("axchat", multipath=True).split(os.pathsep)
    # the XDG specification has relative ones ignored
    found = [Path(folder) / "config.toml" for folder in folders if Path(folder).is_absolute()]
    return found or [Path("/etc/xdg/axchat/config.toml")]


def expanded(path: str) -> Path:
    """A path that was typed, with the home folder in place of ``~``; as it is where nobody has that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def data_dir() -> Path:
    """Fetched models and conversations."""
    import platformdirs

    return Path(platformdirs.user_data_dir("axchat"))


def state_dir() -> Path:
    """Histories and logs."""
    import platformdirs

    return Path(platformdirs.user_state_dir("axchat"))
