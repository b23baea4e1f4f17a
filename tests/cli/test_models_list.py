"""``axchat models list``, ``show`` and ``known``."""

import json
from pathlib import Path
from typing import Any

import pytest

from axchat.cli.context import AppContext
from axchat.cli.models_list import COLUMNS, known_models, list_models, tell_here
from axchat.cli.models_show import show
from axchat.config import paths
from axchat.doctor.rooted import RootedProbes
from axchat.errors import ModelError
from axchat.models import registry
from axchat.standin.demo import write_demo
from support.cli import OnTerminal
from support.host_tree import host
from support.named_models import axllm_model, holding, named, with_cmm


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A directory of each era, named; the axllm one has two names."""
    folder = tmp_path / "vendor"
    named(write_demo(folder / "Qwen2.5-GPTQ-Int4", layers=2))
    named(axllm_model(folder / "Qwen3", weights_mib=1000), "qwen")
    registry.alias("q", "qwen", paths.data_dir())
    return folder


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What --json says of each model, by name."""
    list_models(json=True)
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}


class TestList:
    """``axchat models list``."""

    def test_each_model_has_a_line(self, two: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """On a pipe its columns are separated by tabs; what is not here is told apart."""
        list_models()
        out, err = capsys.readouterr()
        rows = [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in out.splitlines()]
        assert rows[0] == {
            "name": "Qwen2.5-GPTQ-Int4",
            "runner": "legacy (session)",
            "quantisation": "gptq-int4",
            "size": rows[0]["size"],
            "fits": "unknown",
            "use": "",
            "path": str(two / "Qwen2.5-GPTQ-Int4"),
        }
        assert list(rows[1].values())[:4] == ["qwen/q", "axllm (session)", "?", "1000 MiB"]
        assert "known, but not here: smollm2 (axchat models pull smollm2), 13 of the vendor's" in err

    def test_the_default_is_marked(
        self, two: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether it is set by its name, an alias or its path."""
        for model in ("qwen", "q", f"{two}/Qwen3", f"{two}/../vendor/Qwen3"):
            monkeypatch.setenv("AXCHAT_MODEL", model)
            rows = listed(capsys)
            assert [name for name, row in rows.items() if row["is_default"]] == ["qwen"]

    @pytest.mark.usefixtures("two")
    def test_what_fits_is_told_where_a_card_answers(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """By what the card has free now."""
        root = with_cmm(host("pi5").plant(tmp_path / "pi"), 6000)
        tell_here(AppContext(), json=True, probes=RootedProbes(root))
        rows = json.loads(capsys.readouterr().out)["models"]
        fits = {row["name"]: row["fit"]["verdict"] for row in rows}
        assert fits == {"Qwen2.5-GPTQ-Int4": "fits", "qwen": "does not fit"}

    def test_what_is_loaded_is_marked(self, two: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The holder is asked if one lives."""
        with holding(two / "Qwen3"):
            assert {name: row["is_loaded"] for name, row in listed(capsys).items()} == {
                "Qwen2.5-GPTQ-Int4": False,
                "qwen": True,
            }
        assert not listed(capsys)["qwen"]["is_loaded"]

    def test_problems_and_trouble_are_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One line each, beside the table; a model that is gone keeps its line."""
        gone = axllm_model(tmp_path / "gone")
        named(gone)
        gone.rename(tmp_path / "moved")
        named(axllm_model(tmp_path / "gemma", tokenizer_type="Gemma4VL"))
        list_models()
        out, err = capsys.readouterr()
        assert [line.split("\t")[:4] for line in out.splitlines()] == [
            ["gemma", "axllm (session)", "?", "8.7 KiB"],
            ["gone", "?", "?", "?"],
        ]
        assert f"gone: no such model directory: {gone}; axchat models show gone" in err
        assert "gemma: Gemma 4 gives endless garbage on AXCL cards" in err

    def test_a_name_cannot_command_the_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A directory from the internet may be called anything; its path is shown without what acts."""
        named(axllm_model(tmp_path / "a\x1b[2Jb\nc"), "odd")
        list_models()
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        assert "\x1b" not in out

    @pytest.mark.parametrize("columns", [20, 60, 140])
    @pytest.mark.usefixtures("two")
    def test_a_table_fits_the_terminal(self, columns: int) -> None:
        """Columns that have no room are left out, the name never."""
        with OnTerminal("models", "list", columns=columns) as terminal:
            assert terminal.wait() == 0
            lines = terminal.text.splitlines()
        shown = [word for word in COLUMNS if any(word in line.split() for line in lines[:3])]
        assert shown[0] == "name"
        assert ("path" in shown, "fits" in shown) == (columns == 140, columns == 140)
        assert any("qwen/q" in line for line in lines)


class TestShow:
    """``axchat models show``."""

    def test_everything_is_told_with_its_source(self, two: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """By name, alias or path."""
        told = []
        for name in ("q", "qwen", str(two / "Qwen3")):
            show(name)
            told.append(capsys.readouterr().out)
        assert told[0] == told[1] == told[2]
        assert "name:           qwen, q\n" in told[0]
        assert "prompt at once: 128 (name of the layers: qwen2_p128_l%d_together.axmodel)\n" in told[0]
        assert "card memory:    1000 MiB of weights\n" in told[0]
        assert "weights 1000 + 30 % = 1300 MiB; 128 MiB are kept; free: not known" in told[0]

    def test_problems_have_their_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """And known trouble its source."""
        folder = axllm_model(tmp_path / "Qwen3-1.7B")
        (folder / "qwen2_post.axmodel").unlink()
        show(str(folder))
        out = capsys.readouterr().out
        assert "a file is missing: qwen2_post.axmodel [file-missing]" in out
        assert "download it again" in out
        assert "https://github.com/AXERA-TECH/ax-llm/issues/21" in out
        assert "published:      qwen3-1.7b" in out

    @pytest.mark.usefixtures("two")
    def test_json_has_what_is_not_known_as_null(self, capsys: pytest.CaptureFixture[str]) -> None:
        """With the sources of what is."""
        show("Qwen2.5-GPTQ-Int4", json=True)
        value = json.loads(capsys.readouterr().out)
        assert value["quantisation"]["source"] == "name of the directory: Qwen2.5-GPTQ-Int4"
        assert value["context_tokens"] is None
        assert value["scripts"] == [
            "run_qwen2.5_1.5b_standin_axcl_aarch64.sh",
            "run_qwen2.5_1.5b_standin_axcl_x86.sh",
        ]

    def test_settings_of_this_model_alone_are_told(
        self, two: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """From its table in the configuration, whichever of its names has it; with file and line."""
        file = paths.config_file({})
        file.parent.mkdir(parents=True)
        file.write_text('keep_alive = "5m"\n[models.q]\nkeep_alive = "1h"\n')
        show(str(two / "Qwen3"))
        assert f"setting:        keep_alive = 1h   # {file}:3\n" in capsys.readouterr().out
        show("Qwen2.5-GPTQ-Int4", json=True)
        assert json.loads(capsys.readouterr().out)["settings"] == {}

    @pytest.mark.parametrize(
        ("name", "message", "hint"),
        [
            ("smollm2", "the model smollm2 is not on this machine", "axchat models pull smollm2"),
            ("qwen3-4b", "the model qwen3-4b is not on this machine", "axchat models known qwen3-4b"),
            ("qwem", "no such model: qwem", "did you mean qwen?"),
            ("./nothing", "no such model: ./nothing", "axchat models list"),
        ],
    )
    @pytest.mark.usefixtures("two")
    def test_what_is_not_here_is_told(self, name: str, message: str, hint: str) -> None:
        """With what can be done about it."""
        with pytest.raises(ModelError) as missing:
            show(name)
        assert missing.value.message == message
        assert hint in (missing.value.hint or "")


class TestKnown:
    """``axchat models known``."""

    def test_the_catalogue_is_a_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Unknown values are told as such."""
        known_models()
        rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        by_name = {row[0]: row[1:] for row in rows}
        assert by_name["qwen3-4b"] == ["axllm", "?", "5.4 GiB", "5224 MiB", "2559", "3.69", ""]
        assert by_name["gemma-4-e2b-it"][-1] == "gemma-4-axcl, gemma-4-tokenizer"

    def test_one_entry_has_its_sources(self, capsys: pytest.CaptureFixture[str]) -> None:
        """By axchat's name or the repository's."""
        known_models("AXERA-TECH/Qwen3-4B")
        out = capsys.readouterr().out
        assert "card memory:    5224 MiB (7022 MiB of an idle 8 GB card, 1798 left; axllm, 2559" in out
        assert "\n[1]:            https://docs.m5stack.com/" in out
        assert "quantisation:   unknown" in out
        known_models("qwen3-4b", json=True)
        assert json.loads(capsys.readouterr().out)["cmm_mib"]["value"] == 5224

    def test_everything_is_there_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """And what to know of any model."""
        known_models(json=True)
        value = json.loads(capsys.readouterr().out)
        assert len(value["models"]) == 13
        assert "overfull-load" in {trouble["id"] for trouble in value["troubles"]}

    def test_an_unknown_entry_is_told_with_the_nearest(self) -> None:
        """Nothing is guessed."""
        with pytest.raises(ModelError) as missing:
            known_models("qwen3-4")
        assert missing.value.hint == "did you mean qwen3-4b or qwen3-1.7b or qwen3-0.6b?"
