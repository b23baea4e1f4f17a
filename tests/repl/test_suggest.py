import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.repl.builtins import TABLE
from axchat.repl.suggest import MAX_SUGGESTIONS, Entry, Sources, suggest

FOLDERS = {
    "": [
        Entry("notes.txt", is_folder=False),
        Entry("my notes.txt", is_folder=False),
        Entry("src", is_folder=True),
        Entry(".hidden", is_folder=False),
        Entry("photo.JPG", is_folder=False),
        Entry("new\nline", is_folder=False),
        Entry(" blank", is_folder=False),
    ],
    "src/": [Entry("main.py", is_folder=False), Entry("sub", is_folder=True)],
    "~/": [Entry("cat.png", is_folder=False)],
}
SOURCES = Sources(
    commands=TABLE.commands,
    models=lambda: ["qwen3-1.7b", "smollm2", "deepseek-qwen"],
    titles=lambda: ["Why the sky is blue", "blue cheese", "bad\x1btitle"],
    entries=lambda folder: FOLDERS.get(folder, []),
)


def texts(typed: str) -> list[str]:
    """What the input line would hold, for each suggestion at its end."""
    return [typed[: len(typed) + one.start] + one.text for one in suggest(typed, len(typed), SOURCES)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/qu", ["/quit"]),
        ("  /QU", ["  /quit"]),
        ("/ret", ["/retry"]),
        ("/exi", ["/exit"]),
        ("/sys", ["/system "]),
        ("/nope", []),
        ("/quit ", []),
        ("/nope a", []),
        ("/help ref", []),
        ("/help /se", ["/help /sessions", "/help /search", "/help /set"]),
        ("/help quit", ["/help quit"]),
        ("/model qwen", ["/model qwen3-1.7b", "/model deepseek-qwen"]),
        ("/model ./", []),
        ("/model ~/c", ["/model ~/cat.png"]),
        ("/set t", ["/set temperature ", "/set top_p ", "/set top_k ", "/set think "]),
        ("/set temp", ["/set temperature "]),
        ("/set temperature 0", ["/set temperature 0", "/set temperature 0.7"]),
        ("/set temperature o", ["/set temperature off"]),
        ("/set top-k 4", ["/set top-k 40"]),
        ("/set think ", ["/set think on", "/set think off", "/set think auto"]),
        ("/set heat ", []),
        ("/system o", ["/system off"]),
        ("/think h", ["/think hide"]),
        ("/copy ", ["/copy code"]),
        ("/history a", ["/history all"]),
        ("/file n", ["/file notes.txt"]),
        ("/file c", ["/file clear"]),
        ("/file my", ["/file my notes.txt"]),
        ("/file my no", ["/file my notes.txt"]),
        ("/file 'my", ["/file 'my notes.txt'"]),
        ('/file "n', ['/file "notes.txt"']),
        ("/file s", ["/file src/"]),
        ("/file src/", ["/file src/main.py", "/file src/sub/"]),
        ("/file src/m", ["/file src/main.py"]),
        ("/file .", ["/file .hidden"]),
        ("/file ~", ["/file ~/"]),
        ("/file ~/", ["/file ~/cat.png"]),
        ("/file zzz", []),
        ("/image ", ["/image clear", "/image photo.JPG", "/image src/"]),
        ("/image n", []),
        ("/load blue", ["/load blue cheese", "/load Why the sky is blue"]),
        (
            "/export ",
            [f"/export {word}" for word in ("md", "json", "my notes.txt", "notes.txt", "photo.JPG", "src/")],
        ),
        ("/export md n", ["/export md notes.txt"]),
        ("/export js", ["/export json"]),
    ],
)
def test_what_is_suggested(typed: str, expected: list[str]) -> None:
    """Names, then arguments by their kind."""
    assert texts(typed) == expected


@pytest.mark.parametrize(
    "text", ["", "hello", "what is /etc/ho", "/etc/ho", "//fi", "/file a\nb", "a\n/fi", "/file n\n"]
)
def test_nothing_is_suggested_in_a_message(text: str) -> None:
    """Prose, paths at the beginning of a message, and texts of several lines are left alone."""
    if text == "/file n\n":
        assert suggest(text, len("/file n"), SOURCES)  # a newline at the end is no second line
    else:
        assert suggest(text, len(text), SOURCES) == []


def test_only_what_is_before_the_cursor_counts() -> None:
    """The rest of the line stays as it is."""
    assert [one.text for one in suggest("/qux", 3, SOURCES)] == ["/quit"]


def test_a_command_tells_what_it_does() -> None:
    """The summary stands beside its name."""
    assert suggest("/quit", 5, SOURCES)[0].note == "end the chat"


def test_suggestions_are_bounded() -> None:
    """A folder of thousands is no menu of thousands."""
    many = Sources(TABLE.commands, entries=lambda _: [Entry(f"f{n}", is_folder=False) for n in range(5000)])
    assert len(suggest("/file f", 7, many)) == MAX_SUGGESTIONS


@given(st.text(), st.integers(min_value=0))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    """Nothing that can be typed is an error, and no suggestion replaces more than there is."""
    cursor = min(cursor, len(text))
    for one in suggest(text, cursor, SOURCES):
        assert 0 <= -one.start <= cursor
