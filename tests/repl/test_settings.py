import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.engines.base import Capabilities
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.repl.settings import (
    SETTINGS,
    as_written,
    changed,
    listing,
    read_stops,
    setting_of,
    without_unable,
)

ABLE = Capabilities(sampling=frozenset(setting.name for setting in SETTINGS))


def set_to(name: str, text: str, able: Capabilities = ABLE) -> Sampling:
    """What one value makes of sampling without any."""
    return changed(Sampling(), setting_of(name), text, able, "session")


@pytest.mark.parametrize(
    ("name", "text", "sampling"),
    [
        ("temperature", "0.7", Sampling(temperature=0.7)),
        ("Temperature", "0", Sampling(temperature=0.0)),
        ("top-p", "1", Sampling(top_p=1.0)),
        ("top_k", "40", Sampling(top_k=40)),
        ("top_k", "0", Sampling(top_k=0)),
        ("max_tokens", "128", Sampling(max_tokens=128)),
        ("seed", "4294967294", Sampling(seed=4294967294)),
        ("stop", 'END "a b" "\\n"', Sampling(stop=("END", "a b", "\n"))),
        ("stop", 'a"b', Sampling(stop=('a"b',))),
    ],
)
def test_a_value_is_set(name: str, text: str, sampling: Sampling) -> None:
    """Each value is read as what it is; its name may have a dash and capitals."""
    assert set_to(name, text) == sampling


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperature", "-0.1"),
        ("temperature", "hot"),
        ("temperature", "nan"),
        ("temperature", "inf"),
        ("temperature", "0.7 0.8"),
        ("top_p", "1.1"),
        ("top_k", "-1"),
        ("top_k", "1.5"),
        ("top_k", "²"),
        ("max_tokens", "0"),
        ("max_tokens", "9" * 5000),
        ("seed", "4294967295"),
        ("stop", '"open'),
        ("stop", '""'),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(name: str, text: str) -> None:
    """The line names the setting and what it may be."""
    with pytest.raises(UsageError) as refused:
        set_to(name, text)
    assert f"{name} is {setting_of(name).wanted}" in refused.value.message
    assert "\n" not in refused.value.message


def test_an_unknown_setting_names_those_there_are() -> None:
    """A misspelt name is no setting."""
    with pytest.raises(UsageError, match="no setting heat") as refused:
        setting_of("heat")
    assert "temperature" in str(refused.value.hint)
    assert "think" in str(refused.value.hint)


def test_what_the_engine_would_ignore_is_refused() -> None:
    """The engine is named, and what it can set."""
    able = Capabilities(sampling=frozenset({"max_tokens"}))
    with pytest.raises(UsageError, match="the session engine cannot set seed") as refused:
        set_to("seed", "1", able)
    assert refused.value.hint == "settings it has: max_tokens"


@pytest.mark.parametrize("word", ["off", "auto", "DEFAULT"])
def test_a_value_is_taken_back(word: str) -> None:
    """It is left to the model again, also one that the engine could not set."""
    sampling = Sampling(seed=1, top_k=2)
    assert changed(sampling, setting_of("seed"), word, Capabilities(), "x") == Sampling(top_k=2)


def test_the_list_says_whose_each_value_is() -> None:
    """Set here, left to the model, or not this engine's; and what a change costs."""
    able = Capabilities(sampling=frozenset({"temperature", "top_p"}), reloads=frozenset({"top_p"}))
    lines = listing(Sampling(temperature=0.5), able, "session")
    assert lines[0].split() == ["temperature", "0.5", "(0", "is", "greedy)"]
    assert "left to the model" in lines[1]
    assert "loads the model again" in lines[1]
    assert "the session engine cannot set it" in lines[2]


def test_another_engine_gets_what_it_can() -> None:
    """Values it would ignore are left to it."""
    sampling = Sampling(seed=1, temperature=0.5)
    assert without_unable(sampling, Capabilities(sampling=frozenset({"seed"}))) == Sampling(seed=1)


@given(st.lists(st.text(min_size=1), min_size=1).map(tuple))
def test_stops_are_read_as_they_are_written(stops: tuple[str, ...]) -> None:
    """What the list shows can be typed again."""
    assert read_stops(as_written(stops)) == stops


def test_stops_are_written_in_one_line() -> None:
    """What would break the line or end the quotes is escaped."""
    assert as_written(('a"b\\', "\n\t\r")) == r'"a\"b\\" "\n\t\r"'


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No stop is empty, whatever is typed."""
    stops = read_stops(text)
    assert stops is None or (stops and all(stops))
