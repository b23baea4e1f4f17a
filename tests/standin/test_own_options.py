"""The stand-in's own options among the vendor's."""

import pytest

from axchat.standin.own_options import BadOwnOption, split_own


def test_they_are_taken_out_wherever_they_stand() -> None:
    """The rest keeps its order; the program's name is argv[0] unless it is given."""
    own, rest = split_own(["main", "--a", "--standin-script", "s", "1", "--standin-old-ending", "--b"])

    assert rest == ["--a", "1", "--b"]
    assert (own.name, own.script, own.trace, own.build, own.old_ending) == ("main", "s", None, None, True)


def test_a_name_replaces_the_programs() -> None:
    """A script that starts the stand-in passes its own."""
    assert split_own(["main", "--standin-name", "./main_axcl_x86"])[0].name == "./main_axcl_x86"


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--standin-bulid", "x"], "unknown option --standin-bulid"), (["--standin-trace"], "needs a value")],
)
def test_a_mistake_is_refused(words: list[str], said: str) -> None:
    """It says which word is wrong."""
    with pytest.raises(BadOwnOption, match=said):
        split_own(["main", *words])
