"""``axchat models default``, ``alias`` and ``rm``."""

import json
from pathlib import Path

import pytest

from axchat.cli.models_names import alias, default, remove
from axchat.config import paths
from axchat.config.load import load
from axchat.errors import ModelError, UsageError
from axchat.models import registry
from support.cli import OnTerminal
from support.named_models import axllm_model, holding, named


@pytest.fixture
def qwen(tmp_path: Path) -> Path:
    """A model elsewhere, named ``qwen``."""
    folder = axllm_model(tmp_path / "vendor" / "Qwen3")
    named(folder, "qwen")
    return folder


@pytest.fixture
def fetched() -> Path:
    """A model in axchat's own folder, named ``own``."""
    folder = axllm_model(paths.data_dir() / "models" / "own")
    named(folder)
    return folder


def names() -> tuple[str, ...]:
    """What is named now."""
    return registry.load(paths.data_dir()).names()


class TestDefault:
    """``axchat models default``."""

    def test_it_is_written_by_its_name(self, qwen: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """And then it is what commands take."""
        default("qwen")
        out, err = capsys.readouterr()
        assert out == f"qwen ({qwen})\n"
        file = paths.config_file({})
        assert f"model = qwen   # {file}:1" in err
        assert load(env={}).settings.model == "qwen"

    def test_a_path_holds_from_anywhere(self, qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is relative becomes absolute."""
        monkeypatch.chdir(qwen.parent)
        default("./Qwen3")
        assert load(env={}).settings.model == str(qwen)

    @pytest.mark.usefixtures("qwen")
    def test_what_overrules_it_is_told(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The environment comes before the file."""
        monkeypatch.setenv("AXCHAT_MODEL", "smollm2")
        default("qwen")
        out, err = capsys.readouterr()
        assert out == "smollm2\n"
        assert "warning: AXCHAT_MODEL is set in the environment and wins over the file" in err

    @pytest.mark.usefixtures("qwen")
    def test_alone_it_tells(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Where nothing is set, the small model; else who set it."""
        default()
        assert capsys.readouterr() == ("smollm2\n", "axchat: nothing is set, so the small one on the CPU\n")
        default("qwen")
        capsys.readouterr()
        default(json=True)
        origin = f"{paths.config_file({})}:1"
        assert json.loads(capsys.readouterr().out) == {"model": "qwen", "is_set": True, "origin": origin}

    @pytest.mark.usefixtures("qwen")
    def test_what_is_not_there_is_not_written(self) -> None:
        """The nearest name is told; nothing is no name of the working folder."""
        with pytest.raises(ModelError) as unknown:
            default("qwem")
        assert unknown.value.hint == "did you mean qwen?"
        with pytest.raises(ModelError, match=r"no such model: $"):
            default("")
        assert not paths.config_file({}).exists()


class TestAlias:
    """``axchat models alias``."""

    @pytest.mark.usefixtures("qwen")
    def test_another_name_is_given_told_and_forgotten(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The model keeps its own."""
        alias("q", "qwen")
        alias()
        assert capsys.readouterr().out == "q -> qwen\nq\tqwen\n"
        default("q")
        alias(rm="q")
        assert "warning: it was the default" in capsys.readouterr().err
        assert names() == ("qwen",)
        alias()
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("new", "name", "rm", "message"),
        [("q", None, None, "alias needs two names"), ("q", "qwen", "x", "--rm takes one name")],
    )
    def test_words_that_do_not_go_together_are_refused(
        self, new: str, name: str | None, rm: str | None, message: str
    ) -> None:
        """Before anything is written."""
        with pytest.raises(UsageError, match=message):
            alias(new, name, rm)


class TestRemove:
    """``axchat models rm``."""

    def test_a_name_is_forgotten_and_the_files_stay(
        self, qwen: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The user is told where they are, and if it was the default."""
        default("qwen")
        remove("qwen")
        err = capsys.readouterr().err
        assert f"forgot qwen; its files stay: {qwen}" in err
        assert "warning: it was the default" in err
        assert names() == ()
        assert qwen.is_dir()

    def test_files_are_deleted_when_that_is_asked_for(
        self, fetched: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The bytes that are free now are told."""
        size = sum(file.stat().st_size for file in fetched.rglob("*") if file.is_file())
        remove("own", files=True, yes=True)
        err = capsys.readouterr().err
        assert f"deleted {fetched}: {size} bytes" in err
        assert "forgot own" in err
        assert (names(), fetched.exists()) == ((), False)

    def test_files_elsewhere_are_never_deleted(self, qwen: Path) -> None:
        """The name stays too, for nothing was done."""
        with pytest.raises(UsageError, match="not axchat's to delete"):
            remove("qwen", files=True, yes=True)
        assert (names(), qwen.is_dir()) == (("qwen",), True)

    def test_nobody_to_ask_is_no_agreement(self, fetched: Path) -> None:
        """In a script --yes has to be given."""
        with pytest.raises(UsageError, match="nobody can be asked") as refused:
            remove("own", files=True)
        assert refused.value.hint == "--yes deletes them"
        assert fetched.is_dir()

    @pytest.mark.parametrize(("answer", "is_left"), [("n", True), ("y", False)])
    def test_on_a_terminal_it_asks(self, fetched: Path, answer: str, is_left: bool) -> None:
        """With the path, and a no is the default."""
        with OnTerminal("models", "rm", "own", "--files", columns=200) as terminal:
            terminal.wait_for("[y/N]")
            assert str(fetched) in terminal.text
            terminal.send(f"{answer}\r")
            assert terminal.wait() == 0
        assert fetched.exists() is is_left
        assert (names() == ("own",)) is is_left

    def test_what_the_holder_has_loaded_stays(self, fetched: Path) -> None:
        """The command that unloads it is told."""
        with holding(fetched), pytest.raises(ModelError, match="the holder has own loaded") as held:
            remove("own", files=True, yes=True)
        assert held.value.hint == "axchat stop"
        assert fetched.is_dir()

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("q", "q is another name of qwen"),
            ("smollm2", "smollm2 is always known"),
            ("zzz", "no model is named"),
        ],
    )
    @pytest.mark.usefixtures("qwen")
    def test_what_is_no_models_name_is_refused(self, name: str, message: str) -> None:
        """An alias is forgotten as one."""
        registry.alias("q", "qwen", paths.data_dir())
        with pytest.raises((UsageError, ModelError), match=message):
            remove(name)
        assert names() == ("q", "qwen")

    def test_the_small_models_file_can_be_deleted(self, capsys: pytest.CaptureFixture[str]) -> None:
        """It has no name to forget."""
        folder = paths.data_dir() / "models" / "smollm2"
        folder.mkdir(parents=True)
        (folder / "model.gguf").write_bytes(bytes(10))
        remove("smollm2", files=True, yes=True)
        assert f"deleted {folder}: 10 bytes (10 B)" in capsys.readouterr().err
        assert not folder.exists()
