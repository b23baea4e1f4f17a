"""Where files are kept: as the XDG specification says, and where other programs look."""

from pathlib import Path

import platformdirs
import pytest

from axchat.config import paths

FOLDERS = {
    "XDG_CONFIG_HOME": (lambda: paths.config_file().parent, platformdirs.user_config_dir),
    "XDG_DATA_HOME": (paths.data_dir, platformdirs.user_data_dir),
    "XDG_STATE_HOME": (paths.state_dir, platformdirs.user_state_dir),
}


@pytest.mark.parametrize("value", [None, "", "  ", "/else where", "/else/"])
@pytest.mark.parametrize("variable", FOLDERS)
def test_folders_are_where_platformdirs_has_them(
    variable: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is set names the folder; else it is in the home."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv(variable, raising=False)
    if value is not None:
        monkeypatch.setenv(variable, value)
    ours, theirs = FOLDERS[variable]

    assert str(ours()) == str(Path(theirs("axchat")))


def test_a_relative_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The specification says so: it would be another one in every working directory."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_DATA_HOME", "here")

    assert paths.data_dir() == Path("/home/somebody/.local/share/axchat")
