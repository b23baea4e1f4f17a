"""How wide a text is on a terminal: an ideograph takes two columns, a combining mark none."""


def width_of(text: str) -> int:
    """Columns."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # a table of widths that most lines do not need

    return cell_len(text)


def cut(text: str, columns: int) -> str:
    """The beginning that fits into so many columns; a character that does not fit wholly is left out."""
    if text.isascii():
        return text[:columns]
    end = len(text)
    while width_of(text[:end]) > columns:
        end -= 1
    return text[:end]


def to_the_left(text: str, columns: int) -> str:
    """With blanks behind it, as wide as that."""
    return text + " " * (columns - width_of(text))


def to_the_right(text: str, columns: int) -> str:
    """With blanks before it, as wide as that."""
    return " " * (columns - width_of(text)) + text
