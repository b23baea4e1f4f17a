"""The card that was chosen, at each engine over the stand-in, which prints the card that it was given."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.axllm_serve import AxllmServeEngine
from axchat.engines.base import Engine
from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.engines.session import SessionEngine
from axchat.engines.vendor_api import ServerSettings, VendorApiEngine
from axchat.errors import UsageError
from axchat.events import LoadProgress, Notice
from axchat.standin.demo import write_demo
from axchat.standin.demo_api import write_api_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support.ports import free_port
from support.session_engine import TIMEOUT_S, context_directory
from support.tokenizer_server import TokenizerServer, UidAnswers

QUICK: dict[str, Any] = {"layers": 2, "load_s": 0, "token_s": 0, "prefill_token_s": 0}


def loaded_on(engine: Engine) -> str:
    """The text of the first layer's load, which names the card."""
    with closing(engine):
        texts = [event.text for event in engine.start(Deadline(TIMEOUT_S)) if isinstance(event, LoadProgress)]
    return next(text for text in texts if text.startswith("init 0 axmodel ok"))


@pytest.mark.parametrize(("device", "card"), [(None, 0), (0, 0), (1, 1)])
def test_a_context_runner_loads_on_the_chosen_card(tmp_path: Path, device: int | None, card: int) -> None:
    """The script's option gets its number; without a choice the script's own stays."""
    assert f"devid({card})" in loaded_on(SessionEngine(context_directory(tmp_path, **QUICK), device=device))


@pytest.mark.parametrize(("device", "card"), [(None, 0), (0, 0), (1, 1)])
def test_axllm_loads_on_the_chosen_card(tmp_path: Path, device: int | None, card: int) -> None:
    """Its environment names the card."""
    directory = write_axllm_demo(tmp_path / "axllm", **QUICK)
    assert f"devid({card})" in loaded_on(SessionEngine(directory, device=device))


def test_several_cards_of_a_script_stay_without_a_choice(tmp_path: Path) -> None:
    """The layers are shared out as the script says; with a choice all are on one card."""
    directory = context_directory(tmp_path, **QUICK)
    for run in directory.glob("run_*.sh"):
        run.write_text(run.read_text().replace("--devices 0", "--devices 3,4"))
    assert "devid(3)" in loaded_on(SessionEngine(directory))
    assert "devid(1)" in loaded_on(SessionEngine(directory, device=1))


def test_a_legacy_runner_has_the_first_card_only(tmp_path: Path) -> None:
    """It loads on that one, and another one is refused before anything is started."""
    directory = write_demo(tmp_path / "demo", **QUICK)
    assert loaded_on(SessionEngine(directory, device=0))
    with pytest.raises(UsageError, match="first card only"):
        list(SessionEngine(directory, device=1).start(Deadline(TIMEOUT_S)))


def test_a_script_is_run_on_its_own_card_only(tmp_path: Path) -> None:
    """The script engine changes nothing in a script, so it refuses another card."""
    directory = write_demo(tmp_path / "demo", port=free_port(), **QUICK)
    settings = TokenizerSettings(False, "python3", tmp_path / "tokenizer.log")
    with closing(ScriptEngine(directory, settings, device=0)) as engine:
        list(engine.start(Deadline(TIMEOUT_S)))
    with pytest.raises(UsageError, match="card 0, not card 1"):
        list(ScriptEngine(directory, settings, device=1).start(Deadline(TIMEOUT_S)))


def test_axllm_serve_loads_on_the_chosen_card(tmp_path: Path) -> None:
    """Its log says so."""
    directory = write_axllm_demo(tmp_path / "axllm", **QUICK)
    log = tmp_path / "serve.log"
    with closing(AxllmServeEngine(directory, log, program=str(directory / "axllm"), device=2)) as engine:
        list(engine.start(Deadline(TIMEOUT_S)))
    assert "AXCLWorker start with devid 2" in log.read_text()


def test_the_polled_server_loads_on_the_chosen_card(tmp_path: Path) -> None:
    """A child gets the card; a server that runs already has one, which is said."""
    port = free_port()
    settings = ServerSettings(tmp_path / "api.log", False, sys.executable, tmp_path / "tokenizer.log")
    with TokenizerServer(UidAnswers()) as tokenizer:
        directory = write_api_demo(tmp_path / "api", port=tokenizer.port, api_port=port, **QUICK)
        with closing(VendorApiEngine(directory, settings, port=port, device=2)) as engine:
            list(engine.start(Deadline(TIMEOUT_S)))
            second = VendorApiEngine(directory, settings, port=port, device=1)
            said = [event.text for event in second.start(Deadline(TIMEOUT_S)) if isinstance(event, Notice)]
            second.close()
    assert "AXCLWorker start with devid 2" in (tmp_path / "api.log").read_text()
    assert any("cannot be put on card 1" in text for text in said)


def test_a_polled_server_without_the_option_has_the_first_card_only(tmp_path: Path) -> None:
    """Another card is refused before anything is started."""
    port = free_port()
    settings = ServerSettings(tmp_path / "api.log", False, sys.executable, tmp_path / "tokenizer.log")
    directory = write_api_demo(tmp_path / "api", port=port, api_port=port, **QUICK)
    for run in directory.glob("run_*.sh"):
        run.write_text(run.read_text().replace(" \\\n--devices 0", ""))
    with pytest.raises(UsageError, match="first card only"):
        list(VendorApiEngine(directory, settings, port=port, device=1).start(Deadline(TIMEOUT_S)))
