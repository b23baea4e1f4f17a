"""Elements of an SVG, as text; pure. Whatever text goes in, valid XML comes out."""

from collections.abc import Iterable, Sequence

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"""Okabe and Ito's, which colour-blind people tell apart; without yellow, which white paper swallows."""

DASHES = ("none", "7 3", "2 3", "8 3 2 3")
"""When the colours begin again, lines are dashed."""

INK, FAINT, GRID, PAPER = "#222222", "#666666", "#e4e4e4", "#ffffff"

CHARACTER = 0.56
"""Width of a usual character, in font sizes; a legend needs no more exactness."""


def colour(index: int) -> str:
    """Of the series with this number."""
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> str:
    """Of the series with this number."""
    return DASHES[index // len(COLOURS) % len(DASHES)]


def number(value: float) -> str:
    """A coordinate, to a tenth of a point."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # adding 0 makes of -0.0 a plain one


def escaped(text: str) -> str:
    """A text for XML: nothing in it is markup, a blank stands for each run of what cannot be seen."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text)
    plain = " ".join(seen.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def cut(text: str, width: float, size: float) -> str:
    """As much of a text as fits into this many points."""
    most = max(1, int(width / (CHARACTER * size)))
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * most]).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def tag(name: str, inner: str = "", /, **attributes: float | str) -> str:
    """An element; ``inner`` is XML already. Attributes are named with ``_`` for ``-``."""
    told = "".join(
        f' {key.strip("_").replace("_", "-")}="{escaped(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>"


def words(
    x: float, y: float, text: str, *, size: float = 12, anchor: str = "start", **attributes: float | str
) -> str:
    """A line of text; ``anchor`` is the part of it that is at x: start, middle or end."""
    attributes = {"fill": INK, **attributes}
    return tag("text", escaped(text), x=x, y=y, font_size=size, text_anchor=anchor, **attributes)


def line(points: Sequence[tuple[float, float]], **attributes: float | str) -> str:
    """A line through these points; nothing for fewer than two."""
    if len(points) < 2:
        return ""
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return tag("path", d=path, fill="none", **attributes)


def dots(points: Iterable[tuple[float, float]], width: float, **attributes: float | str) -> str:
    """A round dot at each of these points, as one element."""
    path = "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
    if not path:
        return ""
    return tag("path", d=path, fill="none", stroke_width=width, stroke_linecap="round", **attributes)


def marker(index: int, x: float, y: float, fill: str) -> str:
    """The sign of a series at a point: round, square, triangle or diamond."""
    signs = ("m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "m-4-4h8v8h-8z", "m0-5l5 9h-10z", "m0-5l5 5l-5 5l-5-5z")
    return tag("path", d=f"M{number(x)} {number(y)}{signs[index % len(signs)]}", fill=fill)
