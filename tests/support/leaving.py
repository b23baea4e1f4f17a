"""Clients of a holder over the stand-in that go away, and what the next one sees."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axchat.attach.talk import Talk
from axchat.deadline import Deadline
from support.chaos import ANSWER, PATIENCE_S, Scene

Line = Mapping[str, Any]


class Client:
    """One order to the holder, whose lines are read one by one."""

    def __init__(self, scene: Scene, question: str = "question") -> None:
        connection, order = scene.connect(), scene.order(question)
        self._talk = Talk(connection, "POST", "/generate", order, Deadline(PATIENCE_S))
        self._lines = self._talk.lines()

    def wait_for(self, *events: str) -> Line:
        """Read until one of these events has come."""
        for line in self._lines:
            if line["event"] in events:
                return line
            assert line["event"] not in ("failed", "finished"), line
        raise AssertionError(f"no {events} came")

    def rest(self) -> list[Line]:
        """All lines that are left; the connection is closed then."""
        try:
            return list(self._lines)
        finally:
            self._talk.close()

    def leave(self) -> float:
        """Go away; when that was."""
        self._talk.close()
        return time.monotonic()


@contextmanager
def served(folder: Path, **options: Any) -> Iterator[Scene]:
    """A scene whose holder is in the foreground and has loaded nothing; the stand-in traces its turns."""
    scene = Scene(folder, **options)
    scene.env["AXCHAT_STANDIN_TRACE"] = str(folder / "trace.jsonl")
    holder = scene.axchat("serve", "--engine", "session", "-m", str(scene.directory))
    try:
        assert holder.wait_for(lambda: "listening at" in holder.err), holder.err
        yield scene
    finally:
        holder.process.terminate()
        holder.wait()
        scene.end()


def turns(scene: Scene) -> list[dict[str, Any]]:
    """What the stand-in's model was fed and answered, turn by turn."""
    path = Path(scene.env["AXCHAT_STANDIN_TRACE"])
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def assert_whole(client: Client) -> None:
    """Fail unless the rest of its lines is the whole answer."""
    text = "".join(line["text"] for line in client.rest() if line["event"] == "text")
    assert text == ANSWER, text
