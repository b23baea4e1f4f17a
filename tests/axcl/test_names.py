"""The tables behind the decoder."""

from axchat.axcl import names


def test_every_part_number_fits_its_byte() -> None:
    """Part and error numbers are bytes, and private errors of a part have names of their own."""
    for parts in names.PARTS.values():
        for number, part in parts.items():
            assert 0 <= number <= 0xFF
            assert len({name for name, _ in part.errors.values()}) == len(part.errors)
            assert all(0 < error <= 0xFF for error in part.errors)


def test_no_advice_weakens_the_machine() -> None:
    """No action tells anybody to open rights or to work as root."""
    for known in names.KNOWN.values():
        assert "chmod" not in known.action
        assert "sudo" not in known.action
