"""Names that look like a mistyped one."""

from axchat.nearest import nearest_names


def test_the_likeliest_comes_first() -> None:
    """One unless more are asked for, and none where nothing is alike enough."""
    known = ["qwen3-4b", "qwen3-0.6b", "smollm2"]
    assert nearest_names("qwen3-0.6", known) == ["qwen3-0.6b"]
    assert nearest_names("qwen3-0.6", known, 3) == ["qwen3-0.6b", "qwen3-4b"]
    assert nearest_names("zzz", known, 3) == []


def test_the_case_does_not_matter() -> None:
    """The name is given as it is known."""
    assert nearest_names("QWEN", ["Qwen3", "gemma"]) == ["Qwen3"]


def test_how_alike_names_have_to_be() -> None:
    """Half the letters are alike enough for one, too little for another."""
    assert nearest_names("abcd", ["abxy"], alike=0.5) == ["abxy"]
    assert nearest_names("abcd", ["abxy"], alike=0.8) == []
