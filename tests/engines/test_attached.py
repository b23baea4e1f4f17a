"""The holder's client, against a real holder and against servers that play a bad one."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from axchat import __version__
from axchat.attach.talk import HolderGone, Talk
from axchat.deadline import NEVER, Deadline
from axchat.engines.attached import ATTEMPTS, AttachedEngine
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import (
    DeviceFailed,
    HolderFailed,
    HolderOutdated,
    RunnerFailed,
    RunnerTimeout,
    UsageError,
)
from axchat.events import Event, Finished, FinishReason, LoadProgress, Notice, Queued, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.wire.holder import ModelSpec, Order, encode_error, encode_event, encode_order, line
from support.gate import Gate
from support.live_holder import DEFAULT, PATIENCE_S, LiveHolder

AN_HOUR_S = 3600.0


def asked(text: str = "hi", deadline: Deadline = NEVER, **sampling: Any) -> Request:
    """A request with one message."""
    return Request((Message(Role.USER, text),), Sampling(**sampling), deadline)


def scripted(**options: Any) -> Callable[..., ScriptedEngine]:
    """Builds scripted engines."""
    return lambda spec, _sampling: ScriptedEngine(
        **{"answers": [["an", "swer"]], "model": spec.name, **options}
    )


def text_of(events: list[Event]) -> str:
    """The answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


class TestWithAHolder:
    """A real one."""

    def test_an_answer_comes_with_its_load_and_its_counts(self, tmp_path: Path) -> None:
        """What the engine in the holder tells is what this one tells."""
        with LiveHolder(tmp_path, scripted(load_steps=2)) as holder:
            engine = holder.engine()
            assert list(engine.start(NEVER)) == []
            events = list(engine.generate(asked("two words")))
            engine.close()
        loads = [event for event in events if isinstance(event, LoadProgress)]
        assert [(load.done, load.is_over) for load in loads] == [(1, False), (2, False), (1, True)]
        assert events[: len(loads)] == loads
        assert text_of(events) == "answer"
        end = events[-1]
        assert isinstance(end, Finished)
        assert (end.reason, end.usage.prompt_tokens, end.usage.completion_tokens) == (FinishReason.STOP, 2, 2)

    def test_the_end_of_the_load_is_told_before_the_first_text(self, tmp_path: Path) -> None:
        """The prompt is still being read, for an hour: the load is over all the same."""
        with LiveHolder(tmp_path, scripted(load_steps=1, token_s=3600.0)) as holder:
            engine = holder.engine()
            list(engine.start(NEVER))
            events = engine.generate(asked())
            first, second = next(events), next(events)
            engine.cancel()
            end = list(events)[-1]
            engine.close()
        assert first == LoadProgress(1, 1, "playing a load")
        assert isinstance(second, LoadProgress)
        assert (second.text, second.is_over, second.load_s is None) == ("loaded m", True, False)
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.CANCELLED

    def test_what_the_holder_tells_of_the_time_is_less_than_the_client_measures(self, tmp_path: Path) -> None:
        """Queue, loads and answer are parts of the client's own time; every piece brings its tokens."""
        with LiveHolder(tmp_path, scripted(load_s=0.01, token_s=0.01)) as holder:
            engine = holder.engine()
            list(engine.start(NEVER))
            began = time.monotonic()
            events = list(engine.generate(asked()))
            total_s = time.monotonic() - began
            engine.close()
        end = events[-1]
        assert isinstance(end, Finished)
        queue_s, load_s, answered_s = (
            end.timings.queue_s,
            end.timings.holder_load_s,
            end.timings.answered_s,
        )
        assert queue_s is not None
        assert load_s
        assert answered_s
        assert queue_s + load_s + answered_s <= total_s
        assert [event.tokens for event in events if isinstance(event, TextDelta)] == [1, 1]

    def test_what_the_model_can_is_known_after_the_load(self, tmp_path: Path) -> None:
        """Name, model and capabilities are the holder's engine's."""
        able = Capabilities(history=False, sampling=frozenset({"stop"}))
        with LiveHolder(tmp_path, scripted(capabilities=able)) as holder:
            engine = holder.engine(loads_at_start=True)
            assert engine.capabilities.schema
            loading = list(engine.start(NEVER))
            assert all(isinstance(event, LoadProgress) for event in loading)
            assert (engine.name, engine.model, engine.capabilities) == ("scripted", "m", able)
            engine.close()

    @pytest.mark.parametrize(
        "fault", [DeviceFailed("dead", hint="h", code="0x80300186"), RunnerFailed("gone")]
    )
    def test_an_error_is_the_engines_own(self, tmp_path: Path, fault: RunnerFailed) -> None:
        """Class, message, hint and facts; what was said before it stands."""
        with LiveHolder(tmp_path, scripted(answers=[Answer(["a", "b"], fault, 1)])) as holder:
            engine, events = holder.engine(), []
            with pytest.raises(type(fault)) as raised:
                events.extend(engine.generate(asked()))
            engine.close()
        assert raised.value.as_dict() == fault.as_dict()

    def test_an_option_that_the_engine_lacks_is_refused(self, tmp_path: Path) -> None:
        """The holder knows what the client does not."""
        with LiveHolder(tmp_path, scripted()) as holder:
            engine = holder.engine()
            with pytest.raises(UsageError, match="cannot set --seed"):
                list(engine.generate(asked(seed=1)))
            engine.close()

    def test_a_conversation_without_a_message_is_refused(self, tmp_path: Path) -> None:
        """Before the model is loaded for it."""
        with LiveHolder(tmp_path, scripted()) as holder:
            engine = holder.engine()
            with pytest.raises(UsageError, match="no message to answer"):
                list(engine.generate(replace(asked(), messages=())))
            engine.close()

    def test_a_deadline_ends_a_wait_in_the_queue(self, tmp_path: Path) -> None:
        """Nobody waits longer than he said, whatever the card does; the place in the queue is given up."""
        with LiveHolder(tmp_path, scripted(first_token_s=AN_HOUR_S)) as holder:
            first, second = holder.engine(), holder.engine()
            running = first.generate(asked())
            starting = threading.Thread(target=lambda: list(running))
            starting.start()
            wait_until_busy(holder)
            with pytest.raises(RunnerTimeout, match="the card was not free"):
                list(second.generate(asked(deadline=Deadline(0.05))))
            first.cancel()
            starting.join(PATIENCE_S)
            assert not starting.is_alive()
            first.close()

    def test_a_deadline_that_ends_in_the_load_says_so(self, tmp_path: Path) -> None:
        """There was no answer to be complete; the load goes on, and the next one finds how far it is."""
        gate = Gate()
        with LiveHolder(tmp_path, scripted(load_s=1.0, sleep=gate)) as holder:
            engine = holder.engine()
            with pytest.raises(RunnerTimeout, match="loaded in the time allowed; its load goes on"):
                list(engine.generate(asked(deadline=Deadline(0.05))))
            gate.open_for_good()
            engine.close()

    def test_a_count_does_not_wait_for_another_clients_answer(self, tmp_path: Path) -> None:
        """The holder counts beside its queue; only for the model that is loaded, and it loads none."""
        other = ModelSpec("other", "scripted", None)
        with LiveHolder(tmp_path, scripted(first_token_s=AN_HOUR_S)) as holder:
            first, second = holder.engine(), holder.engine()
            assert second.count(asked("not loaded yet")) is None
            assert holder.holder is not None
            assert holder.holder.status().spec is None
            running = threading.Thread(target=lambda: list(first.generate(asked())))
            running.start()
            wait_until_busy(holder)
            while second.count(asked("three words more")) is None:  # as long as it loads
                assert running.is_alive()
            assert second.count(asked("three words more")) == 3
            assert holder.engine(other).count(asked("three words more")) is None
            assert holder.holder.status().is_busy
            first.cancel()
            running.join(PATIENCE_S)
            first.close()
            second.close()

    def test_whether_to_think_reaches_the_engine(self, tmp_path: Path) -> None:
        """As it was asked for; an engine that cannot be told refuses it there."""
        engines: list[ScriptedEngine] = []

        def build(spec: ModelSpec, _sampling: Sampling) -> ScriptedEngine:
            able = Capabilities(think=spec.name == "m")
            engines.append(ScriptedEngine([["answer"]], capabilities=able))
            return engines[-1]

        with LiveHolder(tmp_path, build) as holder:
            for think in (None, True, False):
                engine = holder.engine()
                list(engine.generate(replace(asked(), think=think)))
                assert engines[0].requests[-1].think is think
                engine.close()
            engine = holder.engine(ModelSpec("plain", "scripted", None))
            with pytest.raises(UsageError, match="thinking"):
                list(engine.generate(replace(asked(), think=True)))
            engine.close()

    def test_a_cancel_in_the_queue_ends_the_wait(self, tmp_path: Path) -> None:
        """The answer was never begun, and ends as cancelled."""
        with LiveHolder(tmp_path, scripted(first_token_s=AN_HOUR_S)) as holder:
            first, second = holder.engine(), holder.engine()
            running = threading.Thread(target=lambda: list(first.generate(asked())))
            running.start()
            wait_until_busy(holder)
            waiting = second.generate(asked())
            queued = next(waiting)
            assert isinstance(queued, Queued)
            assert queued.position == 1
            second.cancel()
            assert [type(event) for event in waiting] == [Finished]
            first.cancel()
            running.join(PATIENCE_S)
            first.close()
            second.close()

    def test_a_cancel_before_the_first_event_counts(self, tmp_path: Path) -> None:
        """Ctrl-C may come before the holder has said anything."""
        with LiveHolder(tmp_path, scripted(first_token_s=AN_HOUR_S)) as holder:
            engine = holder.engine()
            events = engine.generate(asked())
            engine.cancel()
            end = list(events)[-1]
            assert isinstance(end, Finished)
            assert end.reason is FinishReason.CANCELLED
            engine.close()

    def test_an_answer_that_nobody_reads_on_is_cancelled(self, tmp_path: Path) -> None:
        """Closing the connection frees the card for the next."""
        with LiveHolder(tmp_path, scripted(answers=[["a", "b"]], token_s=AN_HOUR_S)) as holder:
            first, second = holder.engine(), holder.engine()
            events = first.generate(asked())
            while not isinstance(next(events), TextDelta):
                pass
            events.close()
            following = second.generate(asked())
            while not isinstance(next(following), TextDelta):
                pass
            following.close()

    def test_keep_alive_is_told(self, tmp_path: Path) -> None:
        """A background holder that is told nought ends after the answer."""
        with LiveHolder(tmp_path, scripted(), is_background=True) as holder:
            engine = holder.engine(keep_alive_s=0.0)
            assert text_of(list(engine.generate(asked()))) == "answer"
            assert holder.has_ended.wait(PATIENCE_S)


def wait_until_busy(holder: LiveHolder) -> None:
    """Somebody is being answered."""
    heard = threading.Event()
    assert holder.holder is not None
    while not holder.holder.status().is_busy:
        heard.wait(0.005)


class Playing:
    """A server on a Unix socket that answers each connection with the next list of bytes, then closes.

    Args:
        path: of its socket.
        answers: bytes for each connection; None closes it at once.
    """

    def __init__(self, path: Path, answers: list[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._path = path
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                if answer is None:
                    continue
                self.requests.append(_whole_request(connection))
                connection.sendall(answer)

    def connect(self, _deadline: Deadline, _on_start: Callable[[], object]) -> socket.socket:
        """A connection to it."""
        made = socket.socket(socket.AF_UNIX)
        made.connect(str(self._path))
        return made

    def reach(self) -> socket.socket:
        """The same, for who starts no holder."""
        return self.connect(NEVER, lambda: None)

    def close(self) -> None:
        """End it."""
        self._thread.join(PATIENCE_S)
        self._listener.close()


def _whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n"
GOOD = (
    HEAD + line("job", id="1") + encode_event(TextDelta("fine")) + encode_event(Finished(FinishReason.STOP))
)


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Callable[[list[bytes | None]], tuple[AttachedEngine, Playing]]]:
    """Makes an engine and the server it asks."""
    made: list[Playing] = []

    def make(answers: list[bytes | None]) -> tuple[AttachedEngine, Playing]:
        server = Playing(tmp_path / "s", answers)
        made.append(server)
        return AttachedEngine(DEFAULT, server.connect, client="test", reach=server.reach), server

    yield make
    for server in made:
        server.close()


class TestWithABadOne:
    """Holders that end, lie, or are of another time."""

    def test_a_holder_that_ends_as_it_is_asked_costs_nothing(self, playing: Any) -> None:
        """Nothing was said yet, so the next holder is asked: the race with an unload loses nobody."""
        engine, _ = playing([None, None, GOOD])
        assert text_of(list(engine.generate(asked()))) == "fine"

    def test_holders_that_all_end_are_an_error(self, playing: Any) -> None:
        """It is not tried for ever."""
        engine, _ = playing([None] * ATTEMPTS)
        with pytest.raises(HolderGone, match="ended before it answered"):
            list(engine.generate(asked()))

    def test_a_holder_that_ends_in_the_middle_is_named(self, playing: Any) -> None:
        """What was said stands, and is not said again by another holder."""
        engine, _ = playing([HEAD + line("job", id="1") + encode_event(TextDelta("half"))])
        events: list[Event] = []
        with pytest.raises(HolderFailed, match="it is not complete"):
            events.extend(engine.generate(asked()))

    def test_an_idle_holder_of_another_version_is_ended_and_the_next_one_asked(self, playing: Any) -> None:
        """It refuses, is told to stop, and its successor answers."""
        body = b'{"error": %s}' % json.dumps(HolderOutdated("old").as_dict()).encode()
        refusal = b"HTTP/1.1 409 Conflict\r\n\r\n" + body
        stopped = b'HTTP/1.1 200 OK\r\n\r\n{"pid": 1, "ends": true}'
        engine, server = playing([refusal, stopped, GOOD])
        assert text_of(list(engine.generate(asked()))) == "fine"
        assert server.requests[1].startswith(b"POST /axchat/v1/stop ")
        assert f'"version": "{__version__}"'.encode() in server.requests[2]

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\n\r\nno such page",
            HEAD + b"this is no JSON\n",
            HEAD + b'{"event": "queued"}\n',
        ],
    )
    def test_what_is_no_holder_is_named_as_such(self, playing: Any, answer: bytes) -> None:
        """Garbage is our error, whatever it is."""
        engine, _ = playing([answer])
        with pytest.raises(HolderFailed):
            list(engine.generate(asked()))

    def test_a_holder_of_another_version_that_answers_is_named(self, playing: Any) -> None:
        """It is somebody's on purpose, or busy: the answer comes, with a warning."""
        engine, _ = playing([GOOD.replace(b'"id": "1"', b'"id": "1", "version": "0.0.1"')])
        events = list(engine.generate(asked()))
        assert text_of(events) == "fine"
        (notice,) = (event for event in events if isinstance(event, Notice))
        assert f"the holder is axchat 0.0.1, this command is {__version__}" in notice.text

    def test_a_failure_in_the_stream_is_raised(self, playing: Any) -> None:
        """The last line may be an error."""
        engine, _ = playing([HEAD + line("job", id="1") + encode_error(DeviceFailed("dead"))])
        with pytest.raises(DeviceFailed, match="dead"):
            list(engine.generate(asked()))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\nNot Found",
        HEAD + b'{"tokens": null}',
        HEAD + b'{"tokens": "3"}',
        HEAD + b"[]",
        HEAD + b"{",
        None,
    ],
    ids=["an older holder", "not known", "no number", "no object", "half", "gone"],
)
def test_a_holder_that_does_not_count_gives_none(playing: Any, said: bytes | None) -> None:
    """A count is never an error; the order is that of an answer."""
    engine, server = playing([said])
    assert engine.count(replace(asked("hi"), think=False)) is None
    if said is not None:
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /axchat/v1/count ")
        assert json.loads(body)["think"] is False


class TestVersions:
    """The holder's side of another version."""

    def test_a_foreground_holder_answers_a_command_of_another_version(self, tmp_path: Path) -> None:
        """Whoever serves on purpose is not ended; the protocol is the same."""
        with LiveHolder(tmp_path, scripted()) as holder:
            assert [given["event"] for given in order(holder, version="0.0.1")][-1] == "finished"

    def test_an_idle_background_holder_makes_room(self, tmp_path: Path) -> None:
        """It says which version it is."""
        said = f"the holder is axchat {__version__}, the command is 0.0.1"
        with (
            LiveHolder(tmp_path, scripted(), is_background=True) as holder,
            pytest.raises(HolderOutdated, match=said),
        ):
            order(holder, version="0.0.1")

    def test_a_protocol_that_it_does_not_know_is_refused_with_the_way_out(self, tmp_path: Path) -> None:
        """The hint ends the holder."""
        with LiveHolder(tmp_path, scripted()) as holder:
            body = json.dumps({**json.loads(encode_order(Order(None, None))), "protocol": 2}).encode()
            with pytest.raises(HolderFailed, match="does not understand this command") as refused:
                Talk(holder.connect(), "POST", "/generate", body)
        assert refused.value.hint == "end it and try again: axchat stop"


def order(holder: LiveHolder, *, version: str) -> list[Any]:
    """All lines of an answer to a command of this version."""
    told = Order(DEFAULT, asked().messages, version=version)
    talk = Talk(holder.connect(), "POST", "/generate", encode_order(told), Deadline(PATIENCE_S))
    try:
        return list(talk.lines())
    finally:
        talk.close()


def test_notices_of_a_start_are_told(tmp_path: Path) -> None:
    """Whoever started a holder knows that something stays behind."""
    server = Playing(tmp_path / "s", [GOOD])

    def attach(deadline: Deadline, on_start: Callable[[], object]) -> socket.socket:
        on_start()
        return server.connect(deadline, on_start)

    engine = AttachedEngine(DEFAULT, attach, client="test")
    (notice,) = engine.start(NEVER)
    assert isinstance(notice, Notice)
    assert "axchat stop" in notice.text
    assert text_of(list(engine.generate(asked()))) == "fine"
    server.close()
