"""Names of models are kept in one file, and whoever reads it sees all of it."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from axchat.errors import ModelError, UsageError
from axchat.models import registry


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory that could be a model."""
    path = tmp_path / "vendor" / "Qwen3-0.6B"
    path.mkdir(parents=True)
    return path


def test_nothing_is_named_at_first(tmp_path: Path) -> None:
    """Where no file is, no name is known, and none is made by asking."""
    known = registry.load(tmp_path)
    assert (known.models, known.aliases, known.names()) == ({}, {}, ())
    assert registry.resolve("qwen", tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_the_documented_form(tmp_path: Path, model: Path) -> None:
    """Other programs read it: the names by object, paths absolute, aliases beside them."""
    assert registry.add(model, "通义", tmp_path) == "通义"
    assert registry.alias("qwen", "通义", tmp_path) == "通义"
    file = tmp_path / "models" / "registry.json"
    assert json.loads(file.read_text()) == {
        "models": {"通义": {"path": str(model)}},
        "aliases": {"qwen": "通义"},
    }
    assert "通义" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_name_leads_to_its_path(tmp_path: Path, model: Path) -> None:
    """And so does an alias."""
    registry.add(model, "big", tmp_path)
    registry.alias("b", "big", tmp_path)
    assert registry.resolve("big", tmp_path) == model
    assert registry.resolve("b", tmp_path) == model
    assert registry.resolve("c", tmp_path) is None
    assert registry.load(tmp_path).names() == ("b", "big")
    assert registry.load(tmp_path).aliases_of("big") == ("b",)


def test_paths_become_absolute(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the working folder is later; a link stays a link."""
    (tmp_path / "link").symlink_to(model)
    monkeypatch.chdir(model.parent)
    registry.add(Path(model.name), "a", tmp_path)
    registry.add(Path("../link"), "b", tmp_path)
    assert registry.resolve("a", tmp_path) == model
    assert registry.resolve("b", tmp_path) == tmp_path / "link"


def test_a_name_is_made_where_none_is_given(tmp_path: Path, model: Path) -> None:
    """From the directory; the same path keeps its name, another one of that name gets a number."""
    other = tmp_path / "other" / model.name
    assert registry.add(model, None, tmp_path) == "Qwen3-0.6B"
    assert registry.add(model, None, tmp_path) == "Qwen3-0.6B"
    assert registry.add(other, None, tmp_path) == "Qwen3-0.6B-2"


def test_a_taken_name_is_refused(tmp_path: Path, model: Path) -> None:
    """For another path; for its own it stays. A name is a model's or an alias, not both."""
    registry.add(model, "a", tmp_path)
    registry.add(model, "a", tmp_path)
    registry.alias("b", "a", tmp_path)
    with pytest.raises(UsageError, match=f"a is the name of {model}"):
        registry.add(tmp_path, "a", tmp_path)
    with pytest.raises(UsageError, match="b is another name of a"):
        registry.add(tmp_path, "b", tmp_path)
    with pytest.raises(UsageError, match="a is a model's own name"):
        registry.alias("a", "a", tmp_path)
    with pytest.raises(UsageError, match="to fetch"):
        registry.alias("smollm2", "a", tmp_path)
    assert registry.load(tmp_path).names() == ("a", "b")


def test_an_alias_of_an_alias_is_the_models(tmp_path: Path, model: Path) -> None:
    """And an alias can be moved to another model."""
    registry.add(model, "a", tmp_path)
    registry.add(tmp_path, "z", tmp_path)
    registry.alias("b", "a", tmp_path)
    assert registry.alias("c", "b", tmp_path) == "a"
    registry.alias("b", "z", tmp_path)
    assert registry.load(tmp_path).aliases == {"b": "z", "c": "a"}


def test_a_model_is_forgotten_with_its_aliases(tmp_path: Path, model: Path) -> None:
    """Its directory stays."""
    registry.add(model, "a", tmp_path)
    registry.add(tmp_path, "z", tmp_path)
    registry.alias("b", "a", tmp_path)
    registry.alias("y", "z", tmp_path)
    assert registry.remove("a", tmp_path) == model
    assert registry.load(tmp_path).names() == ("y", "z")
    registry.remove_alias("y", tmp_path)
    assert registry.load(tmp_path).names() == ("z",)
    assert model.is_dir()


def test_an_unknown_name_is_an_error_with_those_that_are_near(tmp_path: Path, model: Path) -> None:
    """An alias cannot be forgotten as a model, nor the other way round."""
    registry.add(model, "qwen3-0.6b", tmp_path)
    registry.alias("b", "qwen3-0.6b", tmp_path)
    with pytest.raises(ModelError, match="no model is named 'qwen3-06b'") as unknown:
        registry.remove("qwen3-06b", tmp_path)
    assert unknown.value.hint == "did you mean qwen3-0.6b?"
    with pytest.raises(ModelError, match="no model is named 'b'"):
        registry.remove("b", tmp_path)
    with pytest.raises(ModelError, match=r"no alias 'qwen3-0\.6b'"):
        registry.remove_alias("qwen3-0.6b", tmp_path)
    with pytest.raises(ModelError, match="no model is named 'zzz'") as unknown:
        registry.alias("c", "zzz", tmp_path)
    assert unknown.value.hint == "names: b, qwen3-0.6b"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b'{"models": {', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no object"),
        (b'{"models": []}', "are no object"),
        (b'{"aliases": 1}', "are no object"),
        (b'{"models": {"a": "/x"}}', "'a' has no absolute path"),
        (b'{"models": {"a": {"path": "x"}}}', "'a' has no absolute path"),
        (b'{"models": {"a": {"path": "/x\\u0000"}}}', "'a' has no absolute path"),
        (b'{"aliases": {"a": 1}}', "'a' means no name"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, model: Path, content: bytes, why: str) -> None:
    """It is neither read in part nor written over."""
    file = registry.file_of(tmp_path)
    file.parent.mkdir()
    file.write_bytes(content)
    for ask in (lambda: registry.load(tmp_path), lambda: registry.add(model, None, tmp_path)):
        with pytest.raises(ModelError, match=why) as damaged:
            ask()
        assert str(file) in damaged.value.message
        assert damaged.value.hint is not None
        assert file.read_bytes() == content


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Here a directory is in its place; the way out is that of a home which is another user's."""
    registry.file_of(tmp_path).mkdir(parents=True)
    with pytest.raises(ModelError, match=r"cannot read .*registry\.json: Is a directory") as caught:
        registry.load(tmp_path)
    place = registry.file_of(tmp_path)
    assert caught.value.hint == (
        f"see who may read it: ls -l {place}; HOME, or XDG_DATA_HOME, names another folder"
    )


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, model: Path) -> None:
    """Here a file is in its place."""
    (tmp_path / "models").write_text("")
    with pytest.raises(ModelError, match=r"cannot (read|write) .*registry\.json"):
        registry.add(model, None, tmp_path)


def test_what_a_later_axchat_notes_is_kept(tmp_path: Path, model: Path) -> None:
    """Keys that are not known stay where they are."""
    file = registry.file_of(tmp_path)
    file.parent.mkdir()
    file.write_text('{"models": {"a": {"path": "/x", "from": "hub"}}, "form": 2}')
    registry.add(model, "b", tmp_path)
    kept = json.loads(file.read_text())
    assert kept["form"] == 2
    assert kept["models"]["a"] == {"path": "/x", "from": "hub"}


@pytest.mark.parametrize(("path", "why"), [("/x\udc80", "not UTF-8")])
def test_a_path_that_cannot_be_kept_is_refused(tmp_path: Path, path: str, why: str) -> None:
    """One that is not UTF-8 is no JSON text."""
    with pytest.raises(UsageError, match=why):
        registry.add(Path(path), "a", tmp_path)


def _add_many(data_dir: Path, start: int) -> None:
    for number in range(start, start + 10):
        registry.add(Path(f"/models/{number}"), f"m{number}", data_dir)


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Three threads, each with a descriptor of its own, add ten names each, and thirty are there."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_add_many, [tmp_path] * 3, (0, 10, 20)))
    assert len(registry.load(tmp_path).models) == 30
    files = sorted(file.name for file in (tmp_path / "models").iterdir())
    assert files == ["registry.json"]
