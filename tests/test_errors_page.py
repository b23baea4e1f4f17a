"""The page of errors is the tree of errors."""

from support.error_docs import KNOWN, PAGE, errors, page


def test_the_page_is_what_the_tree_says() -> None:
    """``python -m support.error_docs`` in ``tests/`` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_error_has_an_id_of_its_own_and_is_explained() -> None:
    """No two classes share one, and none is explained that is not there."""
    ids = [kind.id for kind in errors()]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(KNOWN)
