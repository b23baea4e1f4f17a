import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from axchat.chat.code_blocks import code_blocks
from axchat.chat.text_files import MAX_TEXT_BYTES, labelled, read_text
from axchat.errors import PromptRefused, UsageError

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def test_a_text_is_read_exactly(tmp_path: Path) -> None:
    """Line ends, a byte order mark and a missing last newline stay."""
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeff深圳\r\n\tend".encode())

    assert read_text(path, image_hint="") == "\ufeff深圳\r\n\tend"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"caf\xe9", "is not UTF-8 (byte 3)"),
        (b"ab\0c", "is binary, not a text (NUL at byte 2)"),
        (PNG, "is an image, not a text"),
        (b"x" * (MAX_TEXT_BYTES + 1), f"is too large: {MAX_TEXT_BYTES + 1} bytes"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / "a"
    path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        read_text(path, image_hint="use --image")

    assert f"{path} {said}" in caught.value.message
    assert (caught.value.hint == "use --image") is (content == PNG)


def test_a_text_that_begins_like_an_image_is_a_text(tmp_path: Path) -> None:
    """BM and GIF8 are letters, too."""
    path = tmp_path / "a"
    path.write_text("BM is short for benchmark")

    assert read_text(path, image_hint="") == "BM is short for benchmark"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """Its size is enough: this one would not fit into memory."""
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(UsageError, match="1099511627776 bytes; at most 4194304"):
        read_text(path, image_hint="")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A directory, a pipe without a writer, a device, nothing, and a name that no file can have."""
    os.mkfifo(tmp_path / "fifo")
    for path, said in [
        (tmp_path, "is a directory, not a file"),
        (tmp_path / "fifo", "is a pipe, not a file"),
        (Path("/dev/zero"), "is a device, not a file"),
        (tmp_path / "none", "cannot be read: No such file"),
        (Path("a\0b"), "embedded null"),
    ]:
        with pytest.raises(UsageError) as caught:
            read_text(path, image_hint="")
        assert said in caught.value.message


def test_not_utf8_is_a_refused_prompt(tmp_path: Path) -> None:
    """Programs tell it apart from other usage errors."""
    (tmp_path / "a").write_bytes(b"\xff")

    with pytest.raises(PromptRefused):
        read_text(tmp_path / "a", image_hint="")


@example("````")
@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), min_size=1))
def test_a_labelled_text_stays_as_it_is(content: str) -> None:
    """Whatever fences are in it, the fence around it is the longer one."""
    (block,) = code_blocks(labelled("a.md", content))

    assert block.code == content.removesuffix("\n")


def test_a_name_cannot_end_its_line() -> None:
    """A file's name is one line, whatever characters it has."""
    assert labelled("a\n```\x1b[2J", "x") == "a?```?[2J:\n```\nx\n```"
