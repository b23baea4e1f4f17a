"""Sizes for people: in units of 1024, as ``ls -h``, ``df -h`` and the card's own tools count. Pure."""


def size_shown(amount: int | None) -> str:
    """Bytes, to a tenth below a hundred: ``277 B``, ``1.6 GiB``, ``112 MiB``; ``?`` where it is not known."""
    if amount is None:
        return "?"
    unit, parts = "B", float(amount)
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if parts < 1024:
            break
        unit, parts = larger, parts / 1024
    return f"{amount} B" if unit == "B" else f"{parts:.1f} {unit}" if parts < 100 else f"{parts:.0f} {unit}"
