"""The machine's file, the user's, and what each says of one model: which wins, and where it comes from."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from axchat.config import paths
from axchat.config.load import Loaded, load
from axchat.config.renames import RENAMED, Rename
from axchat.config.schema import options
from axchat.errors import ConfigError

RENAMES = (Rename("cpu.cores", "cpu.threads", "0.2"), Rename("prompt", "system", "0.3"))
"""No setting was renamed so far: these are made up."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The user's configuration file; it does not exist yet."""
    return tmp_path / "config.toml"


@pytest.fixture
def machines(isolated_home: Path) -> Path:
    """The configuration file of the whole machine; it does not exist yet."""
    file = isolated_home / "etc-xdg" / "axchat" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_each_source_wins_over_the_one_before(own: Path, machines: Path) -> None:
    """Default, machine, machine's model, user, user's model, environment, flag."""
    steps: Sequence[tuple[str, int | None, str]] = (
        ("", None, "default"),
        ("[cpu]\nthreads = 1\n", 1, f"{machines}:2"),
        ("[cpu]\nthreads = 1\n[models.m]\ncpu.threads = 2\n", 2, f"{machines}:4"),
    )
    for text, value, origin in steps:
        machines.write_text(text)
        loaded = load({"model": "m"}, {}, own)
        assert (loaded.settings.cpu_threads, loaded.origins["cpu_threads"]) == (value, origin)
    steps = (
        ("[cpu]\nthreads = 3\n", 3, f"{own}:2"),
        ("[models.m]\ncpu.threads = 4\n[cpu]\nthreads = 3\n", 4, f"{own}:2"),
    )
    for text, value, origin in steps:
        own.write_text(text)
        loaded = load({"model": "m"}, {}, own)
        assert (loaded.settings.cpu_threads, loaded.origins["cpu_threads"]) == (value, origin)
    env = {"AXCHAT_CPU_THREADS": "5"}
    assert load({"model": "m"}, env, own).settings.cpu_threads == 5
    assert load({"model": "m", "cpu_threads": 6}, env, own).settings.cpu_threads == 6


def test_the_nearer_of_several_folders_wins(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the XDG specification has it: the first is the most important; relative ones are none."""
    for name in ("near", "far"):
        (tmp_path / name / "axchat").mkdir(parents=True)
        (tmp_path / name / "axchat" / "config.toml").write_text(f'system = "{name}"\n')
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"{tmp_path}/near:relative:{tmp_path}/far")

    assert load({}, {}, own).settings.system == "near"
    assert paths.config_files({})[:2] == (
        tmp_path / "far/axchat/config.toml",
        tmp_path / "near/axchat/config.toml",
    )
    assert paths.system_file() == tmp_path / "near/axchat/config.toml"


def test_the_machines_file_has_its_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, or with an empty one."""
    for change in (lambda: monkeypatch.delenv("XDG_CONFIG_DIRS"), lambda: None):
        change()
        assert paths.system_file() == Path("/etc/xdg/axchat/config.toml")
        monkeypatch.setenv("XDG_CONFIG_DIRS", "")


def test_a_file_is_read_once(machines: Path) -> None:
    """Also where the user names the machine's as his own."""
    assert paths.config_files({"AXCHAT_CONFIG": str(machines)}) == (machines,)


def test_a_model_has_its_settings_whatever_it_is_called(own: Path, tmp_path: Path) -> None:
    """The name as typed, a registered one, an alias, the base name of directory or file."""
    own.write_text('[models."Qwen2.5"]\ndevice = 1\n[models.tiny]\ndevice = 2\n[models.alias]\ndevice = 3\n')

    def look_up(typed: str) -> tuple[str | None, Sequence[str]]:
        return ("/x/Qwen2.5", ("named", "alias")) if typed in {"named", "alias"} else (None, ())

    def device(typed: str) -> int | None:
        return load({"model": typed}, {}, own, look_up=look_up).settings.device

    assert device("/models/Qwen2.5") == 1
    assert device("~/Qwen2.5/") == 1
    assert device("/models/Qwen2.5/run_axcl.sh") == 1
    assert device("/models/tiny.gguf") == 2
    assert device("tiny") == 2
    assert device("named") == 3
    assert device("/models/other") is None
    assert device("Tiny") is None


def test_of_two_tables_that_are_of_a_model_the_typed_name_wins(own: Path) -> None:
    """The other one's settings hold where it says nothing."""
    own.write_text("[models.'/m/q']\ndevice = 1\n[models.q]\ndevice = 2\nsystem = 's'\n")

    loaded = load({"model": "/m/q"}, {}, own)

    assert (loaded.settings.device, loaded.settings.system) == (1, "s")
    assert loaded.own == {"device", "system"}


def test_the_settings_of_another_model(own: Path) -> None:
    """A chat that goes over to it, a holder that has it: nothing of the first one's own stays."""
    own.write_text("model = 'a'\n[models.a]\ndevice = 1\n[models.b]\nkeep_alive = '1h'\n")

    loaded = load({}, {"AXCHAT_SYSTEM": "s"}, own)
    other = loaded.for_model("b")

    assert (loaded.settings.device, loaded.settings.keep_alive) == (1, "5m")
    assert (other.settings.device, other.settings.keep_alive, other.settings.system) == (None, "1h", "s")
    assert loaded.for_model("x", "/models/b").settings.keep_alive == "1h"
    assert loaded.for_model(None).settings.device is None


def test_nobody_is_asked_for_names_that_nothing_depends_on(own: Path) -> None:
    """Without a table of one model, the list of names is not read."""
    own.write_text("model = 'a'\n")

    def fail(_typed: str) -> tuple[str | None, Sequence[str]]:
        raise AssertionError("it was asked")

    assert isinstance(load({}, {}, own, look_up=fail), Loaded)


class TestOldNames:
    """Of settings that were renamed."""

    def test_they_work_in_file_table_and_environment(self, own: Path) -> None:
        """Each is told with its place; the origin stays that of the old name."""
        own.write_text("[cpu]\ncores = 1\n[models.a.cpu]\ncores = 2\n")

        loaded = load({"model": "a"}, {"AXCHAT_PROMPT": "hi"}, own, renames=RENAMES)

        assert (loaded.settings.cpu_threads, loaded.settings.system) == (2, "hi")
        assert loaded.origins["cpu_threads"] == f"{own}:4"
        assert loaded.origins["system"] == "environment AXCHAT_PROMPT"
        assert [notice.partition(": ")[0] for notice in loaded.notices] == [
            f"{own}:2",
            f"{own}:4",
            "environment",
        ]

    def test_both_names_at_once_are_a_mistake(self, own: Path, machines: Path) -> None:
        """With both lines, or both variables; in two files the nearer one wins, as always."""
        own.write_text("[cpu]\nthreads = 1\ncores = 2\n")
        machines.write_text("prompt = 'old'\n")
        env = {"AXCHAT_CPU_CORES": "1", "AXCHAT_CPU_THREADS": "2", "AXCHAT_SYSTEM": "new"}

        with pytest.raises(ConfigError) as caught:
            load({}, env, own, renames=RENAMES)

        assert caught.value.facts["problems"] == [
            f"{own}:3: cpu.cores is called cpu.threads now, which is set too: {own}:2",
            "environment: AXCHAT_CPU_CORES is called AXCHAT_CPU_THREADS now, which is set too",
        ]
        own.unlink()
        assert load({}, {"AXCHAT_SYSTEM": "new"}, own, renames=RENAMES).settings.system == "new"

    def test_a_wrong_value_is_told_with_the_name_that_stands_there(self, own: Path) -> None:
        """Its owner looks for that."""
        own.write_text("cpu.cores = 'many'\n")

        with pytest.raises(ConfigError, match=r":1: cpu\.cores must be a whole number, not 'many'$"):
            load({}, {}, own, renames=RENAMES)

    def test_the_table_leads_to_settings(self) -> None:
        """New names are there, old ones are not, and none is the old name of two."""
        known = {option.key for option in options()}

        for table in (RENAMED, RENAMES):
            assert all(rename.new in known and rename.old not in known for rename in table)
            assert len({rename.old for rename in table}) == len(table)
