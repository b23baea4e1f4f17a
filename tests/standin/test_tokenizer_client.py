"""What the consoles do about bad answers of a tokenizer, without a bad one (facts: part II section 6)."""

import json
import signal
from pathlib import Path

import pytest

from support.standin_sessions import TEXT, started

CONSOLES = ("axcl-llm", "context")


@pytest.mark.parametrize(
    ("build", "fail", "status", "said"),
    [
        ("axcl-llm", "encode-500-0", -signal.SIGSEGV, b"encode failed, status: 500"),
        ("axcl-llm", "encode-json-0", -signal.SIGSEGV, b"json parse failed"),
        ("axcl-llm", "encode-empty-0", -signal.SIGSEGV, b""),
        ("axcl-llm", "encode-lost-0", -signal.SIGSEGV, b""),
        ("axcl-llm", "encode-uid-0", -signal.SIGABRT, b""),
        ("context", "encode-uid-0", -signal.SIGABRT, b""),
        ("context", "encode-lost-0", -signal.SIGSEGV, b""),
        ("axcl-llm", "decode-lost-1", -signal.SIGSEGV, TEXT[:6].encode()),
        ("context", "decode-lost-1", -signal.SIGSEGV, TEXT[:6].encode()),
    ],
)
def test_a_turn_that_kills(build: str, fail: str, status: int, said: bytes, tmp_path: Path) -> None:
    """An answer that does not come, or an empty list where ids are needed, is a deadly signal."""
    with started(build, tmp_path, fail) as session:
        session.wait_for_marker(1)
        session.run.send(b"go\n")

        assert session.run.finish() == status

    assert said in session.run.printed


@pytest.mark.parametrize(
    ("build", "fail", "status", "said"),
    [
        ("axcl-llm", "bos-500-0", 255, b"get bos_id failed, status: 500"),
        ("axcl-llm", "eos-500-0", 255, b"get eos_id failed, status: 500"),
        ("axcl-llm", "eos-json-0", 255, b"tokenizer.Init(http://"),
        ("multi", "bos-lost-0", -signal.SIGSEGV, b"connect http://"),
        ("context", "uid-500-0", 255, b"get uid failed, status: 500"),
        ("context", "eos-500-0", 255, b"get eos_id failed, status: 500"),
        ("context", "uid-lost-0", -signal.SIGSEGV, b"connect http://"),
        ("context", "reset-json-0", -signal.SIGABRT, b"LLM init ok"),
        ("context", "reset-uid-0", -signal.SIGABRT, b"LLM init ok"),
    ],
)
def test_a_start_that_ends(build: str, fail: str, status: int, said: bytes, tmp_path: Path) -> None:
    """Status 255 behind the reason, or a deadly signal."""
    with started(build, tmp_path, fail) as session:
        assert session.run.finish() == status

    assert said in session.run.printed
    assert session.ready not in session.run.printed


@pytest.mark.parametrize("build", CONSOLES)
@pytest.mark.parametrize("fail", ["decode-500-1", "decode-json-1"])
def test_a_bad_decode_is_printed_in_the_answer_and_asked_again(fail: str, build: str, tmp_path: Path) -> None:
    """Two lines behind the first chunk; nothing of the text is lost."""
    with started(build, tmp_path, fail) as session:
        session.turn(1)
        session.quit()

    before, again, after = session.run.printed.partition(b", try again")
    assert again
    assert before.rpartition(b"\x1b[1;30;31m")[0].endswith(TEXT[:6].encode())
    assert TEXT[6:].encode() in after
    bodies = [request.body for request in session.server.requests if request.path == "/decode"]
    assert bodies[1] == bodies[2]


def test_a_decode_that_fails_twice_loses_its_chunk(tmp_path: Path) -> None:
    """The answer goes on behind it."""
    with started("axcl-llm", tmp_path, "decode-500-1,decode-500-2") as session:
        session.turn(1)
        session.quit()

    assert TEXT[6:12].encode() not in session.run.printed
    assert TEXT[12:].encode() in session.run.printed


def test_an_unknown_failure_of_an_answer_is_refused(tmp_path: Path) -> None:
    """Status 2, as for every other name."""
    with started("axcl-llm", tmp_path, "decode-404-1") as session:
        assert session.run.finish() == 2


def test_an_empty_reply_of_decode_shows_nothing(tmp_path: Path) -> None:
    """What an owner of the tokenizer answers; the last call has all the ids."""
    empty = ",".join(f"decode-empty-{number}" for number in range(4))
    with started("axcl-llm", tmp_path, empty) as session:
        session.turn(1)
        session.quit()

    assert b">> \r\n\r\n\x1b[1;30;35m[N]" in session.run.printed
    last = [r for r in session.server.requests if r.path == "/decode"][-1]
    assert json.loads(last.body)["token_ids"] == session.trace()[0]["answered"]
