"""What one model's own table changes of a command, a chat that goes over to it, and a holder."""

from pathlib import Path

import pytest

from axchat.cli import compose
from axchat.cli.context import AppContext
from axchat.cli.lending import lent
from axchat.cli.opening import How
from axchat.cli.serving import keep_alive_of
from axchat.cli.settings import settings_of
from axchat.config import paths
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import ConfigError, ModelError
from axchat.models import registry
from axchat.wire.holder import ModelSpec
from support.cli import axchat
from support.live_holder import LiveHolder


@pytest.fixture
def file(isolated_home: Path) -> Path:
    """The user's configuration file; it is empty."""
    path = paths.config_file()
    path.parent.mkdir(parents=True)
    path.touch()
    return path


@pytest.mark.parametrize("typed", ["named", "other", "/opt/models/Q2.5", "/opt/models/../models/Q2.5/"])
def test_a_models_table_is_found_by_every_name_of_it(typed: str, file: Path) -> None:
    """It is called as it was registered; the user names it by that, by an alias, or by its path."""
    registry.add(Path("/opt/models/Q2.5"), "named", paths.data_dir())
    registry.alias("other", "named", paths.data_dir())

    for section in ("named", "other", '"Q2.5"'):
        file.write_text(f"[models.{section}]\ndevice = 3\n")
        assert settings_of(AppContext(), {"model": typed}).settings.device == 3
    file.write_text("[models.stranger]\ndevice = 3\n")
    assert settings_of(AppContext(), {"model": typed}).settings.device is None


def test_a_damaged_list_of_names_is_told_only_where_it_matters(file: Path) -> None:
    """Without a table of one model nobody reads it."""
    names = registry.file_of(paths.data_dir())
    names.parent.mkdir(parents=True)
    names.write_text("{")
    assert settings_of(AppContext(), {"model": "a"}).settings.model == "a"
    file.write_text("[models.a]\ndevice = 3\n")

    with pytest.raises(ModelError):
        settings_of(AppContext(), {"model": "a"})


def test_a_command_takes_the_engine_of_the_models_table(file: Path) -> None:
    """From the command line to the answer."""
    file.write_text('[models."my model"]\nengine = "scripted"\n')

    outcome = axchat("run", "-m", "my model", "--max-tokens", "1", "hi").assert_ok()

    assert outcome.out == b"This "


def test_an_engine_from_the_table_says_so(file: Path) -> None:
    """The choice tells which line of which file."""
    file.write_text("model = 'a'\n[models.a]\nengine = 'scripted'\n")

    choice = compose.choose(settings_of(AppContext()))

    assert (choice.engine, choice.why) == ("scripted", f"{file}:3 says so")


def test_a_chat_goes_over_to_another_model_with_that_ones_settings(file: Path) -> None:
    """Its table names the engine; without one the first model's is not taken along."""
    file.write_text("[models.a]\nengine = 'session'\n[models.b]\nengine = 'scripted'\n")
    loaded = settings_of(AppContext(), {"model": "a"})
    open_model = lent(AppContext(), loaded, How()).open_model

    engine = open_model("b")

    assert engine.name == "scripted"
    engine.close()
    with pytest.raises(ModelError, match="no such model: c"):
        open_model("c")


def test_the_model_that_the_holder_has_answers_with_its_own_settings(file: Path, holder_home: Path) -> None:
    """Not with those of the model that is set, where the user named none; a flag still wins."""
    file.write_text("model = 'a'\n[models.a]\nsystem = 'of a'\n[models.held]\nsystem = 'of held'\n")
    held = ModelSpec("held", "session", "/models/held")
    engine = ScriptedEngine(["warm"])

    with LiveHolder(holder_home / "run", lambda _spec, _sampling: engine, known=[held]):
        axchat("run", "hi").assert_ok()
        axchat("run", "--system", "typed", "hi").assert_ok()

    assert [request.messages[0].text for request in engine.requests] == ["of held", "typed"]


class TestHolder:
    """How long a holder keeps each model."""

    def test_by_name_or_by_path(self, file: Path) -> None:
        """A known model by its name, a directory by its own."""
        file.write_text(
            "keep_alive = '10s'\n[models.a]\nkeep_alive = '-1'\n[models.dir]\nkeep_alive = '1h'\n"
        )

        seconds = keep_alive_of(settings_of(AppContext(), {"model": "a"}))

        assert seconds(ModelSpec("a", "cpu", "/data/a.gguf")) < 0
        assert seconds(ModelSpec("n", "session", "/models/dir")) == 3600.0
        assert seconds(ModelSpec("n", "session", "/models/n")) == 10.0

    def test_a_wrong_time_is_told_at_the_start(self, file: Path) -> None:
        """Whichever model it is of: not when that one is asked."""
        file.write_text("[models.z]\nkeep_alive = '5x'\n")

        with pytest.raises(ConfigError, match=r":2: '5x' is no duration"):
            keep_alive_of(settings_of(AppContext()))
