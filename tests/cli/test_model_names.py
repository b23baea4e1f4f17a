"""A name given on this machine means its model, wherever a model is named."""

from pathlib import Path

import pytest

from axchat.cli.compose import Choice, choose
from axchat.cli.context import AppContext
from axchat.cli.examination import model_and_config
from axchat.cli.lending import lent
from axchat.cli.model_names import located
from axchat.cli.opening import How
from axchat.config import paths
from axchat.config.load import load
from axchat.errors import ModelError
from axchat.models import registry
from axchat.standin.demo import write_demo


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A model directory, named ``qwen`` and ``q``."""
    directory = write_demo(tmp_path / "vendor" / "Qwen2.5-demo", layers=2)
    registry.add(directory, "qwen", paths.data_dir())
    registry.alias("q", "qwen", paths.data_dir())
    return directory


def chosen(model: str, engine: str | None = None) -> Choice:
    """What ``-m MODEL`` means."""
    return choose(load({"model": model, "engine": engine}, {}))


@pytest.mark.parametrize("name", ["qwen", "q"])
def test_a_name_and_an_alias_mean_the_directory(demo: Path, name: str) -> None:
    """The engine follows from the directory, or is the one that was named."""
    assert chosen(name) == Choice("session", str(demo), "--model names a model directory")
    assert chosen(name, "script").model == str(demo)


def test_the_setting_and_the_environment_may_be_names(demo: Path) -> None:
    """As ``axchat models default`` writes it."""
    assert choose(load({}, {"AXCHAT_MODEL": "q"})).model == str(demo)
    file = paths.config_file({})
    file.parent.mkdir(parents=True)
    file.write_text('model = "qwen"\n')
    assert choose(load({}, {})).model == str(demo)


def test_a_gguf_file_has_a_name(tmp_path: Path) -> None:
    """With the CPU engine, named or not."""
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF" + bytes(20))
    assert registry.add(file, None, paths.data_dir()) == "tiny"
    assert chosen("tiny") == Choice("cpu", str(file), "--model names a file")
    assert chosen("tiny", "cpu").model == str(file)


def test_a_slash_makes_a_path(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name does not change its meaning with the working folder; ``./NAME`` is what lies there."""
    here = write_demo(tmp_path / "qwen", layers=2)
    monkeypatch.chdir(tmp_path)
    assert chosen("qwen").model == str(demo)
    assert chosen("./qwen").model == "qwen"
    assert (tmp_path / chosen("./qwen").model).samefile(here)  # type: ignore[operator]


def test_what_has_no_name_is_a_path(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory here needs no slash."""
    write_demo(tmp_path / "other", layers=2)
    monkeypatch.chdir(tmp_path)
    assert chosen("other").model == "other"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Qwem", "did you mean qwen?"),
        ("SmolLM", "did you mean smollm2?"),
        ("qwen3-06b", "did you mean qwen3-0.6b or qwen3-4b or qwen3-1.7b?"),
        ("zzz", "names: q, qwen, smollm2; or a path"),
        ("./qwen3", "name a model directory, a GGUF file, or one of: axchat models list"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_are_near(demo: Path, name: str, hint: str) -> None:
    """Names of this machine and those that can be fetched."""
    with pytest.raises(ModelError, match="no such model: ") as unknown:
        chosen(name)
    assert unknown.value.hint == hint


def test_a_model_of_the_catalogue_can_be_fetched() -> None:
    """It is known, and not here."""
    with pytest.raises(ModelError, match="the model Qwen3-4B is not on this machine") as missing:
        chosen("Qwen3-4B")
    assert missing.value.hint == "axchat models pull qwen3-4b fetches it; axchat models known qwen3-4b"


def test_a_model_that_was_moved_is_told(demo: Path) -> None:
    """With the name, the path, and what to do."""
    moved = demo.rename(demo.with_name("moved"))
    with pytest.raises(ModelError, match=f"qwen is the name of {demo}, which is not there") as gone:
        chosen("qwen")
    assert gone.value.hint is not None
    assert "axchat models rm qwen" in gone.value.hint
    assert moved.is_dir()


def test_damaged_names_stop_only_who_needs_them(demo: Path) -> None:
    """A path and a model to fetch are found without them."""
    registry.file_of(paths.data_dir()).write_text("{")
    assert located("smollm2") == "smollm2"
    assert located(f"{demo}/") == f"{demo}/"
    with pytest.raises(ModelError, match="damaged"):
        located("qwen")


def test_a_server_gets_the_name_that_was_typed_for_it(demo: Path) -> None:
    """But not the default of this machine."""
    assert chosen("qwen", "openai").model == "qwen"
    file = paths.config_file({})
    file.parent.mkdir(parents=True)
    file.write_text('model = "qwen"\n')
    assert choose(load({"engine": "openai"}, {})).model is None


def test_the_doctor_looks_at_the_directory_behind_a_name(demo: Path) -> None:
    """A model to fetch has none."""
    assert model_and_config(AppContext(env={}), "q")[0] == demo
    assert model_and_config(AppContext(env={}), "smollm2")[0] is None


def test_names_are_offered_in_a_chat(demo: Path) -> None:
    """Before the directories; without the file, those to fetch are left."""
    loan = lent(AppContext(env={}), load({}, {}), How())
    assert list(loan.models()) == ["smollm2", "q", "qwen"]
    registry.file_of(paths.data_dir()).write_text("{")
    assert list(loan.models()) == ["smollm2"]
