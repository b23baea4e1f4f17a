"""Keys as people type them, and what is near to a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.config.keys import Target, target_named, unknown
from axchat.config.models import matching, names_of
from axchat.config.schema import options
from axchat.errors import UsageError

_OWN = [option for option in options() if option.per_model]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from(_OWN))
def test_a_key_is_typed_as_it_is_shown(name: str, option: object) -> None:
    """Whatever the model is called: quotes, dots, control characters."""
    target = Target(option, name)  # type: ignore[arg-type]

    assert target_named(target.key) == target


@pytest.mark.parametrize(
    ("typed", "key", "model"),
    [
        ("cpu.threads", "cpu.threads", None),
        ("models.Qwen2.5-1.5B.cpu.threads", "cpu.threads", "Qwen2.5-1.5B"),
        ("models.a.openai.model", "openai.model", "a"),
        ("models.a.engine.engine", "engine", "a.engine"),
        ("models.'a b'.engine", "engine", "a b"),
        ('models."a\\"b".engine', "engine", 'a"b'),
        ("models./models/Q.engine", "engine", "/models/Q"),
    ],
)
def test_what_is_before_the_key_is_the_name(typed: str, key: str, model: str | None) -> None:
    """The longest key that fits counts; quotes may be there."""
    target = target_named(typed)

    assert (target.option.key, target.model) == (key, model)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("modle", "unknown setting modle; did you mean model?"),
        ("models", "unknown setting models; known for one model are engine, "),
        ("models.a", "unknown setting models.a; known for one model are engine, system, device, "),
        ("models..engine", "unknown setting models..engine; known for one model are engine, "),
        ('models."".engine', 'unknown setting models."".engine; known for one model are engine, '),
        ("models.a.holder", "unknown setting models.a.holder; holder is never of one model: set it for all"),
        ("models.a.b.engin", 'unknown setting models.a.b.engin; did you mean models."a.b".engine?'),
        ("models.'a.b'.engin", "unknown setting models.'a.b'.engin; did you mean models.\"a.b\".engine?"),
        ('models."\\q".engine', '"\\q" is no name in quotes: '),
        ('models."a"x"b".engine', '"a"x"b" is no name in quotes: '),
    ],
)
def test_a_wrong_key_is_told_with_what_is_meant(typed: str, message: str) -> None:
    """The status is that of usage."""
    with pytest.raises(UsageError) as caught:
        target_named(typed)

    assert caught.value.message.startswith(message)


def test_an_old_name_is_near_too() -> None:
    """A typing error in a name that still works."""
    assert unknown(("cpu", "corse"), ["cpu.cores"]) == "unknown setting cpu.corse; did you mean cpu.cores?"


@pytest.mark.parametrize(
    ("typed", "path", "names"),
    [
        ("smollm2", "/home/me/smollm2", ("smollm2",)),
        ("/m/Q2.5/", "/m/Q2.5", ("/m/Q2.5/", "Q2.5")),
        (".", "/m/Q2.5", (".", "Q2.5")),
        ("run.sh", "/m/Q2.5/run.sh", ("run.sh", "Q2.5")),
        ("/m/q.Q4.GGUF", "/m/q.Q4.GGUF", ("/m/q.Q4.GGUF", "q.Q4.GGUF", "q.Q4")),
        ("org/Q", "/w/org/Q", ("org/Q", "Q")),
        ("/", "/", ("/",)),
    ],
)
def test_the_names_of_a_model(typed: str, path: str, names: tuple[str, ...]) -> None:
    """What was typed, then the last part of its path; a run script is of its directory."""
    assert names_of(typed, path) == names


def test_further_names_come_behind_the_typed_one() -> None:
    """None twice; of the tables that are there, the nearest name's is the last, and wins."""
    names = names_of("alias", "/m/dir", ("named", "alias", "other"))

    assert names == ("alias", "named", "other", "dir")
    assert matching(names, ["dir", "x", "alias", "named"]) == ("dir", "named", "alias")
