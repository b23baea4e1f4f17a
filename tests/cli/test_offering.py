"""Models by name over HTTP: ``axchat serve`` as a process, the stand-in's runner behind it."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from axchat.config import paths
from axchat.models import registry
from axchat.standin.demo import write_demo
from support.cli import AXCHAT, axchat
from support.http_calls import call

pytestmark = pytest.mark.usefixtures("holder_home")

PATIENCE_S = 60.0


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """The model that is served."""
    return model(tmp_path / "here" / "One")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Another one, elsewhere."""
    return model(tmp_path / "there" / "Two")


def model(folder: Path) -> Path:
    """A model that says its own name, and loads at once."""
    return write_demo(folder, answers=[f"I am {folder.name}."], layers=2, load_s=0.0, token_s=0.0)


def add(path: Path, name: str, *aliases: str) -> None:
    """As ``axchat models add`` and ``alias``."""
    registry.add(path, name, paths.data_dir())
    for alias in aliases:
        registry.alias(alias, name, paths.data_dir())


@contextmanager
def serving(*arguments: str) -> Iterator[int]:
    """``axchat serve`` on a free port, which is given."""
    child = subprocess.Popen([*AXCHAT, "serve", "--port", "0", *arguments], stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        said = ""
        for line in child.stderr:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                break
        else:
            pytest.fail(said)
        yield int(found[1])
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_S)


def ask(port: int, name: str) -> tuple[int, Any]:
    """Status and answer of a chat with a model, by OpenAI's API."""
    body = {"model": name, "messages": [{"role": "user", "content": "Who?"}]}
    got = call(port, "POST", "/v1/chat/completions", body)
    return got.status, got.json["choices"][0]["message"]["content"] if got.status == 200 else got.json


def listed(port: int) -> list[str]:
    """Names by OpenAI's API, in its order."""
    return [entry["id"] for entry in call(port, "GET", "/v1/models").json["data"]]


def configure(text: str) -> None:
    """Write the settings."""
    file = paths.config_file({})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_client_gets_the_model_that_it_names(one: Path, two: Path) -> None:
    """Names and aliases of this machine are listed and answer, each with its model; one is loaded."""
    add(two, "second", "gpt-4o")
    with serving("-m", str(one)) as port:
        assert listed(port) == ["One", "gpt-4o", "second"]
        assert ask(port, "second") == (200, "I am Two.")
        assert ask(port, "One") == (200, "I am One.")
        assert ask(port, "gpt-4o") == (200, "I am Two.")
        assert listed(port) == ["gpt-4o", "second", "One"], "what is loaded comes first"


def test_ollamas_lists_have_the_same_names(one: Path, two: Path) -> None:
    """What /api/tags lists can be chatted with, shown, and is found again in /api/ps."""
    add(two, "second")
    with serving("-m", str(one)) as port:
        tags = [entry["name"] for entry in call(port, "GET", "/api/tags").json["models"]]
        assert tags == ["One:latest", "second:latest"]
        body = {"model": "second:latest", "messages": [{"role": "user", "content": "Who?"}], "stream": False}
        assert call(port, "POST", "/api/chat", body).json["message"]["content"] == "I am Two."
        loaded = [entry["name"] for entry in call(port, "GET", "/api/ps").json["models"]]
        assert loaded == ["second:latest"]
        assert call(port, "POST", "/api/show", {"model": "second"}).json["details"]["format"] == "axmodel"


def test_aliases_of_one_model_are_one_load(one: Path) -> None:
    """A client that names an alias of what is loaded does not wait for a load."""
    add(one, "first", "a", "b")
    with serving("-m", "first") as port:
        assert set(listed(port)) == {"first", "a", "b", "One"}
        assert listed(port)[0] == "first"
        for name in ("One", "a", "first", "b"):
            assert ask(port, name) == (200, "I am One.")
        metrics = call(port, "GET", "/metrics").body.decode()
        assert "axchat_load_seconds_count 1.0" in metrics


def test_a_name_that_is_added_later_is_served_at_once(one: Path, two: Path) -> None:
    """The names are read anew for each request; one that was forgotten is not found any more."""
    with serving("-m", str(one)) as port:
        assert ask(port, "late")[0] == 404
        axchat("models", "add", str(two), "--name", "late").assert_ok()
        assert ask(port, "late") == (200, "I am Two.")
        assert ask(port, "One") == (200, "I am One.")
        axchat("models", "rm", "late").assert_ok()
        assert ask(port, "late")[0] == 404


def test_no_request_opens_a_path(one: Path, two: Path) -> None:
    """A path, absolute or not, is the name of no model, whatever lies there and is named otherwise."""
    add(two, "second")
    with serving("-m", str(one)) as port:
        for name in (str(two), f"{two}/", "../there/Two", "./second", "Two", "", "second/"):
            status, error = ask(port, name)
            assert status in {400, 404}, name
            assert str(two) not in json.dumps(error["error"]["message"].replace(name, "")), name


def test_a_model_that_is_gone_is_neither_listed_nor_found(one: Path, two: Path) -> None:
    """Its name stays in the registry; a client is told the names that can be had, and no path."""
    add(two, "second")
    add(two.parent / "gone", "third")
    with serving("-m", str(one)) as port:
        assert listed(port) == ["One", "second"]
        status, error = ask(port, "third")
        assert status == 404
        assert "second" in error["error"]["message"]
        assert "/there/" not in error["error"]["message"]


def test_a_server_of_one_model_can_be_had(one: Path, two: Path) -> None:
    """With serve.any_model false, clients name the set model and no other."""
    add(two, "second")
    configure("[serve]\nany_model = false\n")
    with serving("-m", str(one)) as port:
        assert listed(port) == ["One"]
        assert ask(port, "second")[0] == 404
        assert ask(port, "One") == (200, "I am One.")


def test_the_set_model_keeps_its_name(one: Path, two: Path) -> None:
    """A model of this machine that is called as the served directory does not take its place."""
    add(two, "One")
    with serving("-m", str(one)) as port:
        assert ask(port, "One") == (200, "I am One.")


def test_what_is_set_for_one_model_holds_over_http(one: Path, two: Path) -> None:
    """A table [models.NAME] is read for the model that a client names; one on another card is not served."""
    add(two, "second")
    add(model(two.parent / "Three"), "other-card")
    configure('[models.second]\nengine = "script"\n[models.other-card]\ndevice = 3\n')
    with serving("-m", str(one), "--keep-alive", "0") as port:
        found = {e["id"]: e["axchat"]["engine"] for e in call(port, "GET", "/v1/models").json["data"]}
        assert found == {"One": "session", "second": "script"}


def test_a_damaged_list_of_names_leaves_the_set_model(one: Path) -> None:
    """Others cannot be named until it is mended."""
    add(one, "first")
    registry.file_of(paths.data_dir()).write_text("{")
    with serving("-m", str(one)) as port:
        assert listed(port) == ["One"]
        assert ask(port, "One") == (200, "I am One.")
        assert ask(port, "first")[0] == 404
