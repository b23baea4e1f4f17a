"""``axchat models add`` and ``scan``."""

import json
from pathlib import Path

import pytest

from axchat.cli.models_scan import add, scan_for_models
from axchat.config import paths
from axchat.errors import ModelError, UsageError
from axchat.models import registry
from axchat.standin.demo import write_demo
from support.named_models import axllm_model, named


def names() -> dict[str, str]:
    """What is named now."""
    return {name: str(path) for name, path in registry.load(paths.data_dir()).models.items()}


class TestAdd:
    """``axchat models add``."""

    def test_the_name_is_printed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It is the directory's, unless another is given."""
        folder = axllm_model(tmp_path / "Qwen3-0.6B")
        add(folder)
        add(folder, name="mine")
        out, err = capsys.readouterr()
        assert out == "Qwen3-0.6B\nmine\n"
        assert "use it: axchat run -m mine; as the default: axchat models default mine" in err
        assert names() == {"Qwen3-0.6B": str(folder), "mine": str(folder)}

    def test_trouble_is_told_at_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It is named all the same: files may follow."""
        folder = axllm_model(tmp_path / "gemma", tokenizer_type="Gemma4VL")
        (folder / "qwen2_post.axmodel").write_text("version https://git-lfs.github.com/spec/v1\n")
        add(folder)
        err = capsys.readouterr().err
        assert "warning: a git-lfs pointer instead of the file: qwen2_post.axmodel; fetch the files" in err
        assert "warning: Gemma 4 gives endless garbage" in err

    def test_what_is_no_model_gets_no_name(self, tmp_path: Path) -> None:
        """The error says what was expected."""
        (tmp_path / "notes.txt").write_text("hello")
        for path in (tmp_path, tmp_path / "missing", tmp_path / "notes.txt"):
            with pytest.raises(ModelError):
                add(path)
        assert names() == {}

    def test_one_of_several_scripts_has_to_be_named(self, tmp_path: Path) -> None:
        """Which weights are meant is not guessed."""
        folder = write_demo(tmp_path / "Qwen", layers=1)
        for script in list(folder.glob("run_*.sh")):
            (folder / f"run_int4_{script.name[4:]}").write_text(script.read_text())
        with pytest.raises(ModelError, match="several scripts fit this machine") as several:
            add(folder)
        script = Path((several.value.hint or "").removeprefix("add one: "))
        add(script, name="int4")
        assert names() == {"int4": str(script)}

    def test_a_bad_name_is_refused(self, tmp_path: Path) -> None:
        """Before anything is written."""
        with pytest.raises(UsageError, match="cannot name a model"):
            add(axllm_model(tmp_path / "Qwen"), name="a b")
        assert names() == {}


class TestScan:
    """``axchat models scan``."""

    def test_what_would_be_added_is_shown(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Nothing is written; names that are there are told as such, new ones do not collide."""
        named(axllm_model(tmp_path / "a" / "Qwen3"), "mine")
        axllm_model(tmp_path / "b" / "Qwen3")
        write_demo(tmp_path / "c" / "Qwen3", layers=1)
        before = names()
        scan_for_models([tmp_path])
        out, err = capsys.readouterr()
        assert [line.split("\t") for line in out.splitlines()] == [
            ["mine", "named", f"{tmp_path}/a/Qwen3"],
            ["Qwen3", "new", f"{tmp_path}/b/Qwen3"],
            ["Qwen3-2", "new", f"{tmp_path}/c/Qwen3"],
        ]
        assert "2 would be added; axchat models scan --add does it" in err
        assert names() == before

    def test_add_gives_the_names_that_were_shown(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A second time nothing is new."""
        for folder in ("a", "b"):
            axllm_model(tmp_path / folder / "Qwen3")
        scan_for_models([tmp_path], adds=True)
        assert names() == {"Qwen3": f"{tmp_path}/a/Qwen3", "Qwen3-2": f"{tmp_path}/b/Qwen3"}
        scan_for_models([tmp_path], adds=True)
        assert [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()] == [
            "added",
            "added",
            "named",
            "named",
        ]

    def test_without_a_directory_home_is_searched(
        self, isolated_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And the hub's cache, which is hidden; the small model has its name already."""
        axllm_model(isolated_home / "models" / "Qwen3")
        small = isolated_home / ".local/share/axchat/models/smollm2/SmolLM2.gguf"
        small.parent.mkdir(parents=True)
        small.write_bytes(b"GGUF")
        cached = isolated_home / ".cache/huggingface/hub/models--AXERA-TECH--MiniCPM4-0.5B/snapshots/01"
        axllm_model(cached)
        scan_for_models(json=True)
        value = json.loads(capsys.readouterr().out)
        assert [row["name"] for row in value["found"]] == ["Qwen3", "MiniCPM4-0.5B"]
        assert (value["unreadable"], value["cut"], value["added"]) == ([], None, False)

    def test_what_cannot_be_searched_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is no failure of the rest."""
        scan_for_models([tmp_path / "missing", tmp_path])
        out, err = capsys.readouterr()
        assert out == ""
        assert f"cannot look into {tmp_path}/missing: No such file or directory" in err
        assert "no model was found" in err
