from axchat.bench.plot_legend import told_apart


def test_labels_hold_what_differs() -> None:
    """What all have in common is told once; the rest in the same order."""
    told = [
        ("before", "qwen", "cpu", "tg64"),
        ("after", "qwen", "cpu", "tg64"),
        ("after", "qwen", "cpu", "tg8"),
    ]
    assert told_apart(told) == ("qwen, cpu", ["before, tg64", "after, tg64", "after, tg8"])


def test_a_single_series_is_called_by_its_test() -> None:
    """There is nothing to tell it from."""
    assert told_apart([("before", "qwen", "cpu", "tg64")]) == ("before, qwen, cpu", ["tg64"])
