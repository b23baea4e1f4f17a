"""Small ELF programs that ask the loader for what a test wants."""

import struct
from collections.abc import Mapping, Sequence

_HEADER, _SEGMENT = 64, 56


def elf_program(
    machine: int,
    libraries: Sequence[str],
    versions: Mapping[str, Sequence[str]] | None = None,
    search: str = "",
    order: str = "<",
    interpreter: str = "/lib/ld-linux-aarch64.so.1",
) -> bytes:
    """A 64-bit program with an interpreter and a dynamic section, loaded at address 0x10000."""
    base, strings, places = 0x10000, bytearray(b"\0"), dict[str, int]()

    def place(text: str) -> int:
        if text not in places:
            places[text] = len(strings)
            strings.extend(text.encode() + b"\0")
        return places[text]

    needed = [place(name) for name in libraries]
    path = place(search) if search else 0
    table = b""
    items = list((versions or {}).items())
    for number, (library, names) in enumerate(items):
        last = number == len(items) - 1
        length = 16 + 16 * len(names)
        table += struct.pack(order + "HHIII", 1, len(names), place(library), 16, 0 if last else length)
        for at, name in enumerate(names):
            after = 0 if at == len(names) - 1 else 16
            table += struct.pack(order + "IHHII", 0, 0, 2 + at, place(name), after)
    start = _HEADER + 3 * _SEGMENT
    loader = interpreter.encode() + b"\0"
    at_strings = start + len(loader)
    at_table = at_strings + len(strings)
    at_dynamic = at_table + len(table)
    entries = [(1, offset) for offset in needed] + [(5, base + at_strings)]
    entries += [(29, path)] if path else []
    entries += [(0x6FFFFFFE, base + at_table), (0x6FFFFFFF, len(items))] if items else []
    dynamic = b"".join(struct.pack(order + "QQ", *entry) for entry in [*entries, (0, 0)])
    size = at_dynamic + len(dynamic)

    def segment(kind: int, offset: int, length: int) -> bytes:
        return struct.pack(
            order + "IIQQQQQQ", kind, 5, offset, base + offset, base + offset, length, length, 8
        )

    ident = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + b"\x01" + bytes(9)
    header = ident + struct.pack(
        order + "HHIQQQIHHHHHH", 3, machine, 1, 0, _HEADER, 0, 0, _HEADER, _SEGMENT, 3, 64, 0, 0
    )
    segments = segment(1, 0, size) + segment(3, start, len(loader)) + segment(2, at_dynamic, len(dynamic))
    return header + segments + loader + bytes(strings) + table + dynamic
