"""Input and output in any language, also where the locale knows none."""

import json
from pathlib import Path

import pytest

from axchat.chat.conversation import Exchange
from axchat.chat.stored import as_stored
from axchat.cli import boundary, names, parsing
from axchat.config import paths
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role
from axchat.standin.demo import write_demo
from axchat.store.store import Store
from support.cli import axchat
from support.languages import ALL, WORDS
from support.recorded_http import PieceServer, answer_of

NO_LOCALE = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
ONE_MODEL = answer_of("200 OK", b'{"object":"list","data":[{"id":"small"}]}')
CHUNK = json.dumps({"choices": [{"delta": {"content": ALL}, "finish_reason": "stop"}]})
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
    f"data: {CHUNK}\n\ndata: [DONE]\n\n".encode(),
)


def say(*arguments: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What a command prints that succeeds."""
    status = boundary.run(lambda: parsing.run(arguments))
    out, err = capfd.readouterr()
    assert status == 0, err
    return out


@pytest.mark.parametrize("locale", [NO_LOCALE, {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}])
def test_argument_standard_input_file_and_answer_are_byte_for_byte(
    locale: dict[str, str], tmp_path: Path
) -> None:
    """LANG=C is what a service, a cron job and a serial console have."""
    file = tmp_path / "说明 קובץ.txt"
    file.write_text(ALL, encoding="utf-8")
    with PieceServer([ONE_MODEL, STREAM]) as server:
        env = {"AXCHAT_OPENAI_URL": server.url, **locale}
        outcome = axchat("run", "-e", "openai", "-f", str(file), ALL, stdin=ALL.encode(), env=env).assert_ok()

    assert outcome.out == ALL.encode()
    asked = json.loads(server.requests[1].partition(b"\r\n\r\n")[2])["messages"][-1]["content"]
    assert asked == f"{file}:\n```\n{ALL}\n```\n\n{ALL}\n\n{ALL}"


def test_a_locale_that_cannot_say_it_is_named() -> None:
    """Where Python was told to keep to the locale, the argument is lost, and the line says what helps."""
    outcome = axchat("run", "-e", "scripted", WORDS["Chinese"], env={**NO_LOCALE, "PYTHONUTF8": "0"})

    assert outcome.status == 2
    assert outcome.out == b""
    assert "the locale reads ascii only: LC_ALL=C.UTF-8" in outcome.err


def test_json_is_the_same_in_every_locale(tmp_path: Path) -> None:
    """The object has the text itself, and one in which a locale can print nothing still names the cause."""
    missing = tmp_path / WORDS["Chinese"]
    outcome = axchat("run", "--json", "-m", str(missing), "x", env=NO_LOCALE)

    assert outcome.status == 4
    assert json.loads(outcome.out)["error"]["message"] == f"no such model: {missing}"
    assert "no such model" in outcome.err


@pytest.fixture
def store(isolated_home: Path) -> Store:
    """A conversation for each language, whose title is a sentence of it."""
    path = paths.data_dir() / "history.db"
    path.parent.mkdir(parents=True)
    made = Store(path)
    for word in WORDS.values():
        exchange = Exchange(
            Message(Role.USER, word), f"{word}!", FinishReason.STOP, model="m", engine="e", usage=Usage()
        )
        made.add([as_stored(exchange)], system=None, title=word)
    made.close()
    return made


def test_conversations_are_found_shown_and_written_in_every_language(
    store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the words that were said and by their titles; a file may have a Chinese name."""
    titles = [line.split("\t")[4] for line in say("history", "list", capfd=capfd).splitlines()]
    assert sorted(titles) == sorted(WORDS.values())
    for number, word in enumerate(WORDS.values(), 1):
        assert f"## You\n\n{word}\n" in say("history", "show", word, capfd=capfd)
        found = say("history", "search", word, capfd=capfd).splitlines()
        assert [line.split("\t")[0] for line in found] == [str(number)], word
    file = tmp_path / "对话 שיחה.json"
    say("history", "export", WORDS["Arabic"], "--format", "json", "-o", str(file), capfd=capfd)
    assert json.loads(file.read_text(encoding="utf-8"))["title"] == WORDS["Arabic"]
    assert say("history", "import", str(file), capfd=capfd) == f"{len(WORDS) + 1}\n"


def test_settings_keep_every_language(isolated_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As text in the file, and as they were typed."""
    say("config", "set", "system", ALL, capfd=capfd)

    assert say("config", "get", "system", capfd=capfd) == f"{ALL}\n"
    assert ALL in paths.config_file().read_text(encoding="utf-8")
    assert say("config", "check", capfd=capfd).startswith("no mistakes")


def test_a_model_may_have_a_chinese_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its directory and the name it is given; Tab offers the name, and -m takes it."""
    folder = write_demo(tmp_path / "模型 目录", answers=["x"])
    say("models", "add", str(folder), "--name", "千问", capfd=capfd)

    assert "千问" in say("models", "list", capfd=capfd)
    assert str(folder) in say("models", "show", "千问", capfd=capfd)
    assert "千问" in names.answer("models").splitlines()
