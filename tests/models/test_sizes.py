"""How a size is shown."""

from axchat.models.sizes import size_shown


def test_sizes_for_people() -> None:
    """In units of 1024, to a tenth below a hundred."""
    sizes = {0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 512_000: "500 KiB", 1_630_000_000: "1.5 GiB"}
    assert {amount: size_shown(amount) for amount in sizes} == sizes
    assert size_shown(5 * 2**40) == "5.0 TiB"
    assert size_shown(None) == "?"
