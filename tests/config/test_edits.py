"""One key of a file's text is changed or taken out, and every other byte stays."""

import contextlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.config.edits import with_setting, without_setting
from axchat.config.parsing import parsed
from axchat.errors import ConfigError

COMMENTED = """\
# mine
engine = 'cpu'   # no card here

[cpu]
threads = 2 # of 4

# the vendor's tokenizer
[tokenizer]
start=true
"""


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("", "engine", "cpu", 'engine = "cpu"\n'),
        ("", "cpu.threads", 4, "[cpu]\nthreads = 4\n"),
        ("", "timeout_s", 300.0, "timeout_s = 300\n"),
        ("", "timeout_s", 0.5, "timeout_s = 0.5\n"),
        ("", "holder", False, "holder = false\n"),
        ("# only this", "holder", True, "# only this\nholder = true\n"),
        ("timeout_s = 300  # long\n# end\n", "timeout_s", 5.0, "timeout_s = 5  # long\n# end\n"),
        ("[cpu]\nthreads = 2", "engine", "cpu", 'engine = "cpu"\n\n[cpu]\nthreads = 2'),
        ("[cpu]\nthreads = 2", "cpu.context", 64, "[cpu]\nthreads = 2\ncontext = 64\n"),
        ("[cpu]\n# threads = 2\n", "cpu.threads", 4, "[cpu]\nthreads = 4\n# threads = 2\n"),
        ("cpu.threads = 2\n", "cpu.context", 64, "cpu.threads = 2\ncpu.context = 64\n"),
        ("cpu = {threads = 2}\n", "cpu.threads", 3, "cpu = {threads = 3}\n"),
        ("engine = 'a'\r\n# b\r\n", "engine", "cpu", 'engine = "cpu"\r\n# b\r\n'),
        ("a = 1\n\n# of cpu\n[cpu]\n", "model", "m", 'a = 1\nmodel = "m"\n\n# of cpu\n[cpu]\n'),
        ("# head\n\n# of cpu\n[cpu]\n", "model", "m", '# head\nmodel = "m"\n\n# of cpu\n[cpu]\n'),
        ("# head\n[cpu]\n", "model", "m", '# head\nmodel = "m"\n\n[cpu]\n'),
        ("a = 1\n# of b\n[b.c]\nd = 1\n", "model", "m", 'a = 1\nmodel = "m"\n# of b\n[b.c]\nd = 1\n'),
        ("\ufeff# head\n[cpu]\n", "model", "m", '\ufeff# head\nmodel = "m"\n\n[cpu]\n'),
        ("cpu = {}\n", "cpu.threads", 3, "cpu = {threads = 3}\n"),
        ("cpu = {threads = 2} # c\n", "cpu.context", 64, "cpu = {threads = 2,context = 64} # c\n"),
        ("[cpu]\r\na = 1\r\n[b]\r\n", "cpu.threads", 3, "[cpu]\r\na = 1\r\nthreads = 3\r\n[b]\r\n"),
        (COMMENTED, "engine", "script", COMMENTED.replace("'cpu'", '"script"')),
        (COMMENTED, "cpu.threads", 3, COMMENTED.replace("threads = 2", "threads = 3")),
        (COMMENTED, "cpu.context", 64, COMMENTED.replace("# of 4\n", "# of 4\ncontext = 64\n")),
        (COMMENTED, "model", "m", COMMENTED.replace("card here\n", 'card here\nmodel = "m"\n')),
    ],
)
def test_comments_and_order_stay(before: str, key: str, value: object, after: str) -> None:
    """Only the value changes; a new one stands with those of its table, before the next one's comments."""
    assert with_setting(before, "f", tuple(key.split(".")), value) == after


@pytest.mark.parametrize("before", ["cpu = 5\n", "[[cpu]]\na = 1\n", "[cpu.threads]\na = 1\n"])
def test_what_stands_in_its_place_is_not_overwritten(before: str) -> None:
    """A value where a table belongs, or a table where the value belongs, is the user's to mend."""
    with pytest.raises(ConfigError, match=r"^f: something else stands where cpu\.threads belongs$"):
        with_setting(before, "f", ("cpu", "threads"), 4)


@pytest.mark.parametrize(
    ("before", "own", "after"),
    [
        ("", "engine", '[models."Q 2.5"]\nengine = 3\n'),
        ("# of cpu\n[cpu]\n", "engine", '# of cpu\n[cpu]\n\n[models."Q 2.5"]\nengine = 3\n'),
        ("[models.a]\n", "cpu.threads", '[models.a]\n\n[models."Q 2.5"]\ncpu.threads = 3\n'),
        ("[models.'Q 2.5']\n", "cpu.threads", "[models.'Q 2.5']\ncpu.threads = 3\n"),
        (
            "[models.'Q 2.5'.cpu]\ncontext = 64\n",
            "cpu.threads",
            "[models.'Q 2.5'.cpu]\ncontext = 64\nthreads = 3\n",
        ),
        ("[models]\n'Q 2.5' = {}\n", "cpu.threads", "[models]\n'Q 2.5' = {cpu = {threads = 3}}\n"),
        ("models = {a = {engine = 1}}\n", "x", 'models = {a = {engine = 1},"Q 2.5" = {x = 3}}\n'),
    ],
)
def test_a_models_own_setting_comes_into_its_table(before: str, own: str, after: str) -> None:
    """Its name is quoted where TOML wants that; a new table comes last."""
    assert with_setting(before, "f", ("models", "Q 2.5", *own.split(".")), 3) == after


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("engine = 'cpu'\n", "engine", ""),
        ("# a\nengine = 'cpu' # b\n# c\n", "engine", "# a\n# c\n"),
        ("a = 1\n\n[cpu]\nthreads = 1\n\n[d]\nx = 1\n", "cpu.threads", "a = 1\n\n[d]\nx = 1\n"),
        ("a = 1\n\n[cpu]\nthreads = 1\n", "cpu.threads", "a = 1\n"),
        ("[cpu]\nthreads = 1\ncontext = 2", "cpu.context", "[cpu]\nthreads = 1\n"),
        ("[cpu]\n# why\nthreads = 1\n", "cpu.threads", "[cpu]\n# why\n"),
        ("[cpu] # mine\nthreads = 1\n", "cpu.threads", "[cpu] # mine\n"),
        ("cpu.threads = 1\ncpu.context = 2\n", "cpu.threads", "cpu.context = 2\n"),
        ("cpu = {threads = 1, context = 2}\n", "cpu.threads", "cpu = { context = 2}\n"),
        ("cpu = {threads = 1, context = 2}\n", "cpu.context", "cpu = {threads = 1 }\n"),
        ("a = 1\ncpu = {threads = 1} # c\n", "cpu.threads", "a = 1\n"),
        ("a = 1\r\n[cpu]\r\nthreads = 1\r\n", "cpu.threads", "a = 1\r\n"),
        ('system = """\n[cpu]\nthreads = 1\n"""\nmodel = "m"\n', "system", 'model = "m"\n'),
        ("[models.a]\nengine = 1\n\n[models.b]\nx = 1\n", "models.a.engine", "[models.b]\nx = 1\n"),
        (COMMENTED, "cpu.threads", COMMENTED.replace("[cpu]\nthreads = 2 # of 4\n\n", "")),
    ],
)
def test_what_is_taken_out_leaves_the_rest(before: str, key: str, after: str) -> None:
    """Its line goes, and an empty table with it; comments in lines of their own stay where they are."""
    assert without_setting(before, "f", tuple(key.split("."))) == after


def test_a_file_whose_order_would_change_is_not_changed() -> None:
    """An array of tables in two places is no setting, and would be put together."""
    with pytest.raises(ConfigError, match=r"^f: cannot be changed with its order kept$"):
        with_setting("[[a]]\n[cpu]\n[[a]]\n", "f", ("model",), "m")


def test_a_comment_that_would_be_lost_stands_in_the_way() -> None:
    """Tomlkit takes it away with the last key of a table that stands behind its own sub-table."""
    text = '[models.a.cpu]\ncontext = 1\n[models.a]\nmodel = "m"\n# mine\n'
    with pytest.raises(ConfigError, match="cannot be taken out alone"):
        without_setting(text, "f", ("models", "a", "model"))
    left = without_setting(text, "f", ("models", "a", "cpu", "context"))
    assert left == '[models.a]\nmodel = "m"\n# mine\n'


def test_what_looks_like_a_comment_goes_with_its_text() -> None:
    """A system prompt may have headings."""
    text = 'system = """\n# Rules\n# More\n"""\n# mine\n'
    assert without_setting(text, "f", ("system",)) == "# mine\n"
    assert with_setting(text, "f", ("system",), "x") == 'system = "x"\n# mine\n'


def test_what_is_no_setting_alone_is_not_taken_out() -> None:
    """An array of tables has no line of its own."""
    with pytest.raises(ConfigError, match=r"^f: a cannot be taken out alone$"):
        without_setting("[[a]]\nb = 1\n", "f", ("a",))


_PIECES = [
    "# 1\n",
    "\n",
    "[cpu]\n",
    "[cpu.x]\n",
    "[tokenizer]\n",
    "[[list]]\n",
    "threads = 2 # 2\n",
    "a.b = 1\n",
    "cpu = {threads = 1}\n",
    "models.a.model = 1\n",
    "[models.a]\n",
    "[models.b.cpu]\n",
    "model = 1\n",
    "timeout_s = nan\n",
]


_KEYS = ["model", "cpu.threads", "cpu.context", "models.a.model", "models.a.cpu.threads"]


@given(st.lists(st.sampled_from(_PIECES), max_size=8), st.sampled_from(_KEYS))
def test_no_line_is_lost_or_moved(pieces: list[str], key: str) -> None:
    """Whatever the file looks like, it is refused, or its lines are there in their order."""
    text, path = "".join(pieces), tuple(key.split("."))
    with contextlib.suppress(ConfigError):  # no TOML, or something else in that place
        changed = with_setting(text, "f", path, 64)
        kept = [line for line in text.splitlines() if line.startswith(("#", "[", "a.b", "timeout"))]
        lines = iter(changed.splitlines())
        assert all(line in lines for line in kept)
        assert repr(sorted(parsed(changed, "f").items())) == repr(
            sorted((parsed(text, "f") | {path: 64}).items())
        )


@given(st.lists(st.sampled_from(_PIECES), max_size=8))
def test_only_the_line_itself_and_empty_headers_are_taken_out(pieces: list[str]) -> None:
    """Comments in lines of their own and all other values stay, in their order."""
    text = "".join(pieces)
    with contextlib.suppress(ConfigError):  # no TOML
        for path in parsed(text, "f"):
            with contextlib.suppress(ConfigError):  # an array of tables
                left = without_setting(text, "f", path)
                assert [it for it in left.splitlines() if it.startswith("#")] == [
                    it for it in text.splitlines() if it.startswith("#")
                ]
                expected = parsed(text, "f")
                del expected[path]
                assert repr(sorted(parsed(left, "f").items())) == repr(sorted(expected.items()))


@given(st.text())
def test_any_text_is_read_as_it_was_set(text: str) -> None:
    """Quotes, control characters and lines are escaped."""
    assert tomllib.loads(with_setting(COMMENTED, "f", ("system",), text))["system"] == text
