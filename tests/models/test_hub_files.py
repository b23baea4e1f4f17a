"""Lists of files that a server sends, hostile ones first."""

import pytest

from axchat.errors import ModelError
from axchat.models.hub_files import MAX_FILES, HubFile, check_names, total


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a//b",
        "a/",
        "./a",
        "",
        "a\\b",
        "a\x1b[2Jb",
        "a\nb",
        "a\u202egpj.exe",
        "a\x00b",
        "\ud800",
        "x" * 201,
        "/".join(["y" * 100] * 11),
        ".axchat-model.json",
        "sub/.axchat-pull.lock",
        ".git/config",
    ],
)
def test_a_hostile_name_is_refused(name: str) -> None:
    """A name that leaves the directory, that a terminal obeys, or that is axchat's own ends the pull."""
    with pytest.raises(ModelError, match="a file whose name") as caught:
        check_names(["fine.json", name])
    assert caught.value.message.isprintable()


def test_a_name_that_is_there_twice_is_refused() -> None:
    """One path has one content."""
    with pytest.raises(ModelError, match="twice"):
        check_names(["a", "b", "a"])


def test_names_of_people_are_fine() -> None:
    """Spaces, dots and any language are names like others."""
    check_names([".gitattributes", "a b/c..d", "模型/分词器.json", "~x", "-rf"])


def test_an_endless_list_is_refused() -> None:
    """A list beyond every model ends early."""
    with pytest.raises(ModelError, match=f"more than {MAX_FILES} files"):
        check_names(f"{number}" for number in range(10**9))


def test_the_parts_of_a_path() -> None:
    """Folder and name are the two ends of the path, and sizes add up."""
    file = HubFile("a/b/c.bin", 3)
    assert (file.folder, file.name) == ("a/b", "c.bin")
    assert HubFile("c.bin", 3).folder == ""
    assert total([file, file]) == 6
