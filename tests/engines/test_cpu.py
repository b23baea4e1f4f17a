"""The CPU engine: its faults with a child that misbehaves, its work with the real model."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.engines.base import Request, refuse_unsupported
from axchat.engines.cpu import CpuEngine, worker_environment
from axchat.engines.cpu_checks import Machine
from axchat.errors import (
    ContextOverflow,
    EngineUnavailable,
    ModelError,
    RunnerFailed,
    RunnerTimeout,
    UsageError,
)
from axchat.events import Event, Finished, FinishReason, LoadProgress, TextDelta, Usage
from axchat.messages import Message, Role, Sampling

CHILD = Path(__file__).parents[1] / "support" / "cpu_child.py"
ABLE = Machine("x86_64", frozenset({"avx2"}), has_package=True)
# Far above what a busy machine needs.
PATIENCE_S = 60.0


LONG_WINDED = "Write a very long story about a fox who travels the world."
"""Answered greedily with more than 400 tokens: still under way when a test stops it."""


def asked(text: str, deadline: Deadline = NEVER, **sampling: object) -> Request:
    """A request of one user message."""
    return Request((Message(Role.USER, text),), Sampling(**sampling), deadline)  # type: ignore[arg-type]


def text_of(events: list[Event]) -> str:
    """The answer's text."""
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def finished(events: list[Event]) -> Finished:
    """The one end of the answer, which is its last event."""
    assert [isinstance(e, Finished) for e in events].count(True) == 1
    assert isinstance(events[-1], Finished)
    return events[-1]


def started(engine: CpuEngine) -> CpuEngine:
    """The engine, after it was loaded."""
    list(engine.start(Deadline(PATIENCE_S)))
    return engine


def is_gone(pid: int, timeout_s: float = PATIENCE_S) -> bool:
    """Wait for the end of a process that need not be our child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout_s)[0])
    finally:
        os.close(handle)


# --- a child that misbehaves ---------------------------------------------------------------------------


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A file that passes the check of its first bytes."""
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + bytes(20))
    return path


@pytest.fixture
def misbehaving(gguf: Path) -> Callable[[str], CpuEngine]:
    """An engine whose child behaves as a mode of ``support/cpu_child.py`` says."""
    return lambda mode: CpuEngine(gguf, machine=lambda: ABLE, worker=[sys.executable, str(CHILD), mode])


def test_it_says_what_it_can(gguf: Path) -> None:
    """Name, model and capabilities are known before the start; every sampling value is honoured."""
    engine = CpuEngine(gguf)
    assert (engine.name, engine.model) == ("cpu", "m.gguf")
    everything = Sampling(1, 0.5, 0.9, 40, 7, ("x",))
    refuse_unsupported(engine, Request((Message(Role.SYSTEM, "s"), Message(Role.USER, "u")), everything))
    assert engine.capabilities.exact_counts


def test_nothing_is_started_on_a_machine_that_cannot(gguf: Path) -> None:
    """A missing package or instruction set is found before there is a child."""
    engine = CpuEngine(gguf, machine=lambda: Machine("x86_64", frozenset({"sse2"}), has_package=True))
    with pytest.raises(EngineUnavailable, match="AVX2"):
        list(engine.start(NEVER))
    assert engine.pid is None


def test_nothing_is_started_for_a_missing_file(tmp_path: Path) -> None:
    """A missing file is found before there is a child."""
    engine = CpuEngine(tmp_path / "no.gguf", machine=lambda: ABLE)
    with pytest.raises(ModelError, match="no such model file"):
        list(engine.start(NEVER))
    assert engine.pid is None


@pytest.mark.parametrize("how", ["SIGILL", "SIGKILL", "SIGSEGV", "3"])
def test_a_death_while_loading(misbehaving: Callable[[str], CpuEngine], how: str) -> None:
    """The signal and the last log line are named, and nothing is left."""
    engine = misbehaving(f"die:{how}")
    with pytest.raises(RunnerFailed, match=how) as caught:
        list(engine.start(NEVER))
    assert "the sky fell" in caught.value.message
    assert engine.pid is None


def test_a_load_that_takes_too_long(misbehaving: Callable[[str], CpuEngine]) -> None:
    """The deadline of the start holds, and the child is ended with it."""
    engine = misbehaving("silent")
    events = engine.start(Deadline(0.3))
    assert next(events) == LoadProgress(0, 1, "loading m.gguf")
    pid = engine.pid
    with pytest.raises(RunnerTimeout, match="was not loaded in the time allowed"):
        next(events)
    assert pid is not None
    assert is_gone(pid)


def test_a_start_that_is_given_up(misbehaving: Callable[[str], CpuEngine]) -> None:
    """Closing the iterator of the start ends the child."""
    engine = misbehaving("silent")
    events = engine.start(NEVER)
    next(events)
    pid = engine.pid
    events.close()  # type: ignore[attr-defined]
    assert pid is not None
    assert is_gone(pid)
    assert engine.pid is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('{"error": "import", "message": "libgomp.so.1: cannot open shared object file"}', EngineUnavailable),
        ('{"error": "load", "message": "bad"}', ModelError),
        ('{"port": null}', RunnerFailed),
        ("Traceback", RunnerFailed),
    ],
)
def test_a_refusal_to_load(misbehaving: Callable[[str], CpuEngine], said: str, kind: type[Exception]) -> None:
    """What the child says instead of a port becomes the error it means."""
    engine = misbehaving(f"say:{said}")
    with pytest.raises(kind):
        list(engine.start(NEVER))
    assert engine.pid is None


def test_a_death_while_answering(misbehaving: Callable[[str], CpuEngine]) -> None:
    """What was said stays; the error names the signal and what is lost; a new start works."""
    with closing(started(misbehaving("answer-then-die:SIGSEGV"))) as engine:
        for _ in range(2):
            events = engine.generate(asked("hi"))
            assert next(events) == TextDelta("Hello")
            with pytest.raises(RunnerFailed, match="SIGSEGV; 5 characters of the answer arrived"):
                next(events)
            started(engine)


def test_a_death_before_the_answer(misbehaving: Callable[[str], CpuEngine]) -> None:
    """A child that dies on the request is named, so is one that is dead already; a start brings another."""
    with closing(started(misbehaving("accept-then-die:SIGILL"))) as engine:
        assert not engine.is_lost
        for _ in range(2):
            with pytest.raises(RunnerFailed, match=r"SIGILL; the answer is lost") as caught:
                list(engine.generate(asked("hi")))
            assert "AVX2" in (caught.value.hint or "")
            assert engine.is_lost
        assert not started(engine).is_lost


def test_a_request_that_is_refused(misbehaving: Callable[[str], CpuEngine]) -> None:
    """An error of the server is its own words, and the child goes on."""
    with closing(started(misbehaving("refuse"))) as engine:
        with pytest.raises(RunnerFailed, match=r"failed \(500\): broken"):
            list(engine.generate(asked("hi")))
        assert engine.pid is not None


def test_the_deadline_of_a_request(misbehaving: Callable[[str], CpuEngine]) -> None:
    """An answer that stands still ends with the request's deadline."""
    with closing(started(misbehaving("hold"))) as engine:
        events = engine.generate(asked("hi", Deadline(0.5)))
        assert next(events) == TextDelta("Hello")
        with pytest.raises(RunnerTimeout):
            next(events)


def test_cancel_before_the_first_token(misbehaving: Callable[[str], CpuEngine]) -> None:
    """A generation that is cancelled before its first event was asked for says nothing."""
    with closing(started(misbehaving("hold"))) as engine:
        engine.cancel()
        events = engine.generate(asked("hi"))
        engine.cancel()
        assert list(events) == [Finished(FinishReason.CANCELLED)]


def test_a_cancelled_answer_has_exact_counts(misbehaving: Callable[[str], CpuEngine]) -> None:
    """What was said before the cancel is counted, what arrived with it and was not said is not."""
    with closing(started(misbehaving("hold-two"))) as engine:
        events = engine.generate(asked("hi"))
        assert next(events) == TextDelta("Hello")
        engine.cancel()
        assert list(events) == [Finished(FinishReason.CANCELLED, Usage(3, 1))]


def test_without_start_there_is_no_answer(gguf: Path) -> None:
    """An engine that was not started says so; cancel and close are harmless."""
    engine = CpuEngine(gguf)
    engine.cancel()
    engine.close()
    with pytest.raises(RunnerFailed, match="not started"):
        engine.generate(asked("hi"))


def test_the_child_gets_a_listed_environment() -> None:
    """Keys and proxies stay here; waiting threads are told to sleep unless the user says otherwise."""
    own = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "3",
        "HF_TOKEN": "s",
        "HTTP_PROXY": "p",
        "PIP_X": "y",
    }
    assert worker_environment(own) == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "3",
        "OMP_WAIT_POLICY": "passive",
    }
    assert worker_environment({"OMP_WAIT_POLICY": "active"}) == {"OMP_WAIT_POLICY": "active"}


# --- the real model ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[CpuEngine]:
    """The real engine with the small model, loaded once for this module."""
    with closing(started(CpuEngine(small_model, context=512))) as engine:
        yield engine


@pytest.mark.model
def test_a_load_is_told(small_model: Path) -> None:
    """A load begins and ends with progress; afterwards there is one child, and none after close."""
    with closing(CpuEngine(small_model, context=256)) as engine:
        first, *_, last = engine.start(Deadline(PATIENCE_S))
        assert isinstance(first, LoadProgress)
        assert isinstance(last, LoadProgress)
        assert (first.done, last.done) == (0, last.total)
        pid = engine.pid
    engine.close()
    assert pid is not None
    assert is_gone(pid)


@pytest.mark.model
def test_the_size_and_the_counts_are_llama_cpps(engine: CpuEngine) -> None:
    """The context is as loaded; a count is the prompt's of the same request, whatever stands in it."""
    assert engine.capabilities.context_tokens == 512
    assert not engine.capabilities.think
    messages = (Message(Role.SYSTEM, "be brief"), Message(Role.USER, "深圳 <|im_end|> \udcff\n 🫠"))
    request = Request(messages, Sampling(max_tokens=1), Deadline(PATIENCE_S))
    counted = engine.count(request)
    assert counted is not None
    assert counted == finished(list(engine.generate(request))).usage.prompt_tokens


THINKING = "{{ messages[0]['content'] }}{% if enable_thinking %} yes yes yes yes{% endif %}"


@pytest.mark.model
def test_a_template_with_a_switch_for_thinking_is_told(small_model: Path, tmp_path: Path) -> None:
    """The model's file says that there is a switch; both ways reach llama.cpp's template, and the count."""
    file = tmp_path / "thinking.gguf"
    shutil.copyfile(small_model, file)
    with file.open("r+b") as opened:
        key = b"tokenizer.chat_template"
        head = opened.read(4 * 1024 * 1024)
        at = head.index(key) + len(key) + 4  # the value's type
        length = int.from_bytes(head[at : at + 8], "little")
        opened.seek(at + 8)
        opened.write(THINKING.encode() + b"{#" + b" " * (length - len(THINKING) - 4) + b"#}")
    with closing(started(CpuEngine(file, context=256))) as engine:
        assert engine.capabilities.think
        tokens = {}
        for think in (True, False):
            request = replace(asked("hello", Deadline(PATIENCE_S), max_tokens=1), think=think)
            tokens[think] = engine.count(request)
            assert tokens[think] == finished(list(engine.generate(request))).usage.prompt_tokens
    file.unlink()
    assert tokens == {True: 5, False: 1}


@pytest.mark.model
def test_text_streams_and_stops_at_the_limit(engine: CpuEngine) -> None:
    """The answer comes in several pieces, and its counts are exact."""
    events = list(engine.generate(asked("Tell me a story about the sea.", max_tokens=12)))
    assert len(events) > 3
    assert text_of(events).strip()
    end = finished(events)
    assert end.reason is FinishReason.LENGTH
    assert end.usage.completion_tokens == 12
    assert end.usage.prompt_tokens is not None
    assert end.usage.prompt_tokens > 12
    assert end.timings.prefill_s is not None
    assert end.timings.decode_s is not None
    assert end.timings.tokens_per_s == pytest.approx(12 / end.timings.decode_s, rel=0.2)
    assert end.timings.decode_tokens == 11
    assert sum(event.tokens or 0 for event in events if isinstance(event, TextDelta)) == 12


@pytest.mark.model
def test_a_seed_reproduces(engine: CpuEngine) -> None:
    """The same seed gives the same answer, with and without a cached prefix; another seed another."""

    def answer(seed: int) -> str:
        request = asked(
            "Write a poem on rain.", seed=seed, temperature=1.5, top_p=1.0, top_k=0, max_tokens=12
        )
        return text_of(list(engine.generate(request)))

    first = answer(7)
    list(engine.generate(asked("Something else", max_tokens=1)))
    assert answer(7) == first
    assert len({first, answer(8), answer(9)}) > 1


@pytest.mark.model
def test_a_model_has_its_usual_sampling(small_model: Path) -> None:
    """What a request does not choose is the model's usual value, not llama.cpp's; what it chooses stays."""
    engine = started(CpuEngine(small_model, usual=Sampling(temperature=0.0, max_tokens=6)))
    try:
        plain = [list(engine.generate(asked("Write a poem on rain."))) for _ in range(2)]
        longer = list(engine.generate(asked("Write a poem on rain.", max_tokens=9)))
    finally:
        engine.close()
    assert [finished(events).usage.completion_tokens for events in (*plain, longer)] == [6, 6, 9]
    assert text_of(plain[0]) == text_of(plain[1])
    assert text_of(longer).startswith(text_of(plain[0]))


@pytest.mark.model
def test_a_stop_word_stops(engine: CpuEngine) -> None:
    """Generation ends at a stop word, which is not part of the answer."""
    request = asked("Tell me a story about the sea.", stop=(" ",), max_tokens=40, temperature=0.0)
    events = list(engine.generate(request))
    assert finished(events).reason is FinishReason.STOP
    assert " " not in text_of(events)


PERSON: dict[str, object] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "colour": {"enum": ["red", "green"]},
    },
    "required": ["name", "age", "colour"],
    "additionalProperties": False,
}


def asked_for(schema: dict[str, object], **sampling: object) -> Request:
    """A request whose answer keeps to a schema."""
    request = asked("Tell me about somebody.", Deadline(PATIENCE_S), **sampling)
    return replace(request, schema=schema)


@pytest.mark.model
def test_an_answer_keeps_to_its_schema(engine: CpuEngine) -> None:
    """Whatever the model would say, the answer parses and has what the schema asks for, and no more."""
    for seed in range(3):
        events = list(engine.generate(asked_for(PERSON, seed=seed, temperature=1.2, max_tokens=200)))
        said = json.loads(text_of(events))
        assert finished(events).reason is FinishReason.STOP
        assert set(said) == {"name", "age", "colour"}
        assert isinstance(said["name"], str)
        assert len(said["name"]) <= 12
        assert type(said["age"]) is int
        assert 0 <= said["age"] <= 120
        assert said["colour"] in {"red", "green"}


@pytest.mark.model
def test_an_empty_schema_gives_an_object(engine: CpuEngine) -> None:
    """``{}`` begins an object at once; the model may talk on until its limit."""
    events = list(engine.generate(asked_for({}, max_tokens=12, temperature=0.0)))
    assert text_of(events).startswith("{")


@pytest.mark.model
def test_a_stop_word_may_cut_an_answer_with_a_schema(engine: CpuEngine) -> None:
    """What is cut at a word that was asked for is no fault of the server's."""
    events = list(engine.generate(asked_for(PERSON, stop=("age",), max_tokens=200, temperature=0.0)))
    assert finished(events).reason is FinishReason.STOP
    assert text_of(events).startswith("{")


@pytest.mark.model
@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nonsense"}, "Invalid type: nonsense"),
        ({"not": {"type": "string"}}, "Unimplemented keys"),
        ({"$ref": "#/nowhere"}, "'/nowhere' does not exist"),
        ({"type": "string", "pattern": "^[$"}, "regex parse error: .* unclosed character class"),
        ({"type": "integer", "minimum": 5, "maximum": 1}, ""),
    ],
)
def test_a_schema_that_cannot_be_kept_is_refused(
    engine: CpuEngine, schema: dict[str, object], reason: str
) -> None:
    """llama.cpp would answer without it; the error has its reason, and the next answer is whole."""
    with pytest.raises(UsageError, match=f"cannot keep to this schema: .*{reason}"):
        list(engine.generate(asked_for(schema, max_tokens=40)))
    assert json.loads(text_of(list(engine.generate(asked_for(PERSON, max_tokens=400, seed=1)))))


@pytest.mark.model
@pytest.mark.parametrize("seed", range(4))
def test_white_space_between_two_values_has_an_end(engine: CpuEngine, seed: int) -> None:
    """The small model would say newlines until its limit, and the object would never be whole."""
    text = text_of(list(engine.generate(asked_for(PERSON, max_tokens=400, temperature=1.5, seed=seed))))
    assert not re.search(r"\s{41}", text)  # 20 after one token and 20 before the next
    assert json.loads(text)


@pytest.mark.model
def test_a_second_request_uses_the_prefix_again(engine: CpuEngine) -> None:
    """The next turn of a conversation processes only what is new."""
    question = Message(Role.USER, "Name a colour. " * 5)
    events = list(engine.generate(Request((question,), Sampling(max_tokens=4))))
    before = finished(events).usage.prompt_tokens
    turns = (question, Message(Role.ASSISTANT, text_of(events)), Message(Role.USER, "Another."))
    cached = finished(list(engine.generate(Request(turns, Sampling(max_tokens=2))))).usage.cached_tokens
    assert before is not None
    assert cached is not None
    assert cached >= before - 1


@pytest.mark.model
def test_a_prompt_that_does_not_fit(engine: CpuEngine) -> None:
    """A prompt larger than the context is refused with both numbers; the engine goes on."""
    with pytest.raises(ContextOverflow, match="the context holds 512") as caught:
        list(engine.generate(asked("dog " * 600)))
    assert "AXCHAT_CPU_CONTEXT" in (caught.value.hint or "")
    assert finished(list(engine.generate(asked("Hi", max_tokens=1)))).usage.completion_tokens == 1


@pytest.mark.model
def test_an_answer_without_limit_ends_with_the_context(small_model: Path) -> None:
    """Without max_tokens a full context ends the answer, and says so; nothing is shifted out."""
    with closing(started(CpuEngine(small_model, context=256))) as engine:
        # Two hundred tokens of prompt, which the model only goes on with.
        end = finished(list(engine.generate(asked("la la la " * 60, Deadline(PATIENCE_S), temperature=0.0))))
    assert end.reason is FinishReason.LENGTH
    assert end.usage.prompt_tokens is not None
    assert end.usage.completion_tokens == 256 - end.usage.prompt_tokens


def cpu_s(pid: int) -> float:
    """CPU time of all threads that a process has had, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost_s(engine: CpuEngine, answering: Callable[[], object]) -> float:
    """CPU time that the child takes meanwhile, in seconds; another request is answered at its end."""
    assert engine.pid is not None
    before = cpu_s(engine.pid)
    answering()
    assert finished(list(engine.generate(asked("Hi", max_tokens=1)))).usage.completion_tokens == 1
    return cpu_s(engine.pid) - before


@pytest.mark.model
def test_cancel_from_another_thread(engine: CpuEngine) -> None:
    """It ends the generation too: of 480 tokens that have room the child makes less than half."""
    half_s = cost_s(
        engine, lambda: list(engine.generate(asked(LONG_WINDED, temperature=0.0, max_tokens=240)))
    )
    events = engine.generate(asked(LONG_WINDED, temperature=0.0))
    said: list[Event] = []

    def cancelled() -> None:
        said.append(next(events))
        canceller = threading.Thread(target=engine.cancel)
        canceller.start()
        said.extend(events)
        canceller.join()

    assert cost_s(engine, cancelled) < half_s
    end = finished(said)
    assert end.reason is FinishReason.CANCELLED
    assert end.usage.completion_tokens is not None
    assert end.usage.completion_tokens >= len(said) - 1


@pytest.mark.model
def test_leaving_early_stops_the_generation(engine: CpuEngine) -> None:
    """Closing the iterator is enough: of 480 tokens that have room the child makes less than half."""
    half_s = cost_s(
        engine, lambda: list(engine.generate(asked(LONG_WINDED, temperature=0.0, max_tokens=240)))
    )
    events = engine.generate(asked(LONG_WINDED, temperature=0.0))

    def left() -> None:
        next(events)
        events.close()

    assert cost_s(engine, left) < half_s


@pytest.mark.model
def test_cancel_from_a_signal_handler(engine: CpuEngine) -> None:
    """The handler of a signal may cancel while the main thread waits for a token."""
    before = signal.signal(signal.SIGUSR1, lambda *_: engine.cancel())
    try:
        events = engine.generate(asked(LONG_WINDED, temperature=0.0))
        said: list[Event] = [next(events)]
        threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1)).start()
        said += list(events)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert finished(said).reason is FinishReason.CANCELLED


@pytest.mark.model
def test_text_that_is_not_utf8_is_accepted(engine: CpuEngine) -> None:
    """A prompt with a stray byte is answered."""
    assert finished(list(engine.generate(asked("a\udcffb 🙂", max_tokens=1)))).usage.completion_tokens == 1


PARENT = """
import sys, time
from pathlib import Path
from axchat.deadline import NEVER
from axchat.engines.base import Request
from axchat.engines.cpu import CpuEngine
from axchat.messages import Message, Role
engine = CpuEngine(Path(sys.argv[1]))
for _ in engine.start(NEVER):
    print(engine.pid, flush=True)
    if sys.argv[2] == "loading":
        time.sleep(600)
message = Message(Role.USER, "Write a very long story about a fox who travels the world.")
for _ in engine.generate(Request((message,))):
    print(engine.pid, flush=True)
"""


@pytest.mark.model
@pytest.mark.parametrize("when", ["loading", "generating"])
def test_kill_9_of_the_parent_leaves_nothing(small_model: Path, when: str) -> None:
    """The child ends with its parent, although nobody could tell it to."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(small_model), when], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
        for _ in range({"loading": 0, "generating": 4}[when]):
            assert int(parent.stdout.readline()) == pid
        assert not is_gone(pid, 0)
        parent.kill()
        parent.wait()
    assert is_gone(pid, 10)
