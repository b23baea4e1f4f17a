"""Which engine drives a directory, by its file names."""

from pathlib import Path

from axchat.modeldir.eras import engine_for


def made(folder: Path, *names: str, config: str | None = "") -> Path:
    """A directory with these files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    if config is not None:
        (folder / "config.json").write_text(config)
    return folder


def test_a_script_directory_with_a_tokenizer_is_a_session(tmp_path: Path) -> None:
    """Axchat's own tokenizer service can serve it, from a folder or the directory itself."""
    assert engine_for(made(tmp_path / "a", "run_a.sh", "q_tokenizer/tokenizer.json"))[0] == "session"
    assert engine_for(made(tmp_path / "b", "run_a.sh", "tokenizer.json"))[0] == "session"


def test_a_script_directory_without_one_needs_its_own_server(tmp_path: Path) -> None:
    """The choice says why."""
    engine, why = engine_for(made(tmp_path, "run_a.sh"))

    assert engine == "script"
    assert "tokenizer.json" in why


def test_an_axllm_directory_is_a_session(tmp_path: Path) -> None:
    """A config.json with content and no run script is axllm's era."""
    assert engine_for(made(tmp_path, "x.axmodel", config="{}")) == ("session", "an axllm model directory")


def test_a_script_stands_for_its_directory(tmp_path: Path) -> None:
    """A script that is named itself is looked at with its folder."""
    folder = made(tmp_path, "run_a.sh", "tokenizer.json", config="{}")

    assert engine_for(folder / "run_a.sh")[0] == "session"
