import io
import os
from pathlib import Path

import pytest

from axchat.errors import AxchatError
from axchat.ui.answer import AnswerWriter, OutputClosed


def written(*deltas: str, is_terminal: bool = False) -> bytes:
    """What a whole answer in these deltas puts on the stream."""
    stream = io.BytesIO()
    writer = AnswerWriter(stream, is_terminal=is_terminal)
    for delta in deltas:
        writer.write(delta)
    writer.finish()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("deltas", "data"),
    [
        (("a", "b"), b"ab\n"),
        (("a\n",), b"a\n"),
        (("a\n\n",), b"a\n\n"),
        ((), b""),
        (("",), b""),
        (("\x1b[31mred\r\n",), b"\x1b[31mred\r\n"),
        (("你", "好"), "你好\n".encode()),
        (("\udce4\udcbd", "\udca0"), "你\n".encode()),
        (("\udcff",), b"\xff\n"),
        (("a\ud83db\udfff",), "a\ufffdb\ufffd\n".encode()),
    ],
)
def test_a_pipe_gets_the_exact_bytes(deltas: tuple[str, ...], data: bytes) -> None:
    """Every byte the model said arrives, with one newline added only where the last is missing."""
    assert written(*deltas) == data


@pytest.mark.parametrize(
    ("deltas", "data"),
    [
        (("a", "b"), b"ab\n"),
        (("a\n",), b"a\n"),
        ((), b""),
        (("\x1b[31", "mred\r", "\n"), b"red\n"),
        (("\x1b]0;never ends",), b"0;never ends\n"),
        (("\udcff",), "\ufffd\n".encode()),
        (("\x1b[31m",), b""),
    ],
)
def test_a_terminal_gets_filtered_text_that_ends_its_line(deltas: tuple[str, ...], data: bytes) -> None:
    """Nothing a terminal obeys is written, and the last line ends exactly once."""
    assert written(*deltas, is_terminal=True) == data


def test_every_delta_is_on_the_stream_at_once(tmp_path: Path) -> None:
    """A delta is readable by others as soon as ``write`` returned."""
    path = tmp_path / "out"
    with path.open("wb") as stream:
        writer = AnswerWriter(stream, is_terminal=False)
        writer.write("now")
        assert path.read_bytes() == b"now"


def test_a_second_answer_starts_afresh() -> None:
    """After ``finish`` the writer takes the next answer, and an empty one adds nothing."""
    stream = io.BytesIO()
    writer = AnswerWriter(stream, is_terminal=True)
    writer.write("one")
    writer.finish()
    writer.finish()
    assert stream.getvalue() == b"one\n"


def test_mid_line_is_known() -> None:
    """The writer knows whether the cursor stands behind text."""
    writer = AnswerWriter(io.BytesIO(), is_terminal=True)
    seen = [writer.is_mid_line]
    for delta in ("a", "\n", "\x1b[0m"):
        writer.write(delta)
        seen.append(writer.is_mid_line)
    assert seen == [False, True, False, False]


def test_a_reader_that_left_is_reported() -> None:
    """Writing to a pipe without a reader raises OutputClosed."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream, pytest.raises(OutputClosed):
        AnswerWriter(stream, is_terminal=False).write("a")


def test_a_closed_stream_is_reported() -> None:
    """Writing to a stream that this process closed raises OutputClosed."""
    stream = io.BytesIO()
    stream.close()
    with pytest.raises(OutputClosed):
        AnswerWriter(stream, is_terminal=False).write("a")


def test_a_full_disk_is_an_error_with_its_cause() -> None:
    """An answer that cannot be stored is not mistaken for a reader that left."""
    with (
        Path("/dev/full").open("wb", buffering=0) as stream,
        pytest.raises(AxchatError, match="No space left"),
    ):
        AnswerWriter(stream, is_terminal=False).write("a")


@pytest.mark.parametrize("answer", ["a", "a\n", "a\n\n", "", "\udcff"])
def test_an_answer_that_stands_alone_gets_no_newline(answer: str) -> None:
    """Without ``ends_line`` the bytes are the model's and no others."""
    stream = io.BytesIO()
    writer = AnswerWriter(stream, is_terminal=False, ends_line=False)
    writer.write(answer)
    writer.finish()
    assert stream.getvalue() == answer.encode("utf-8", "surrogateescape")
