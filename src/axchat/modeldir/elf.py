"""What an ELF program needs of the system: its loader, libraries and their versions. Pure.

Layout as in elf(5); both 64-bit orders, nothing else. Anything out of place ends the reading.
"""

import re
import struct
from dataclasses import dataclass

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _RPATH, _RUNPATH, _VERSIONS, _VERSIONS_COUNT = 1, 5, 15, 29, 0x6FFFFFFE, 0x6FFFFFFF
_MAX_ENTRIES = 4096  # a program has some hundred entries of each kind


@dataclass(frozen=True, slots=True)
class ElfNeeds:
    """What the loader will look for.

    Attributes:
        interpreter: the loader, "" for a static program.
        libraries: names as in DT_NEEDED.
        versions: version names by library, such as {"libc.so.6": ("GLIBC_2.34",)}.
        search: folders that the program names itself, ``$ORIGIN`` untouched.
    """

    interpreter: str = ""
    libraries: tuple[str, ...] = ()
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search: tuple[str, ...] = ()

    def newest(self, prefix: str) -> str | None:
        """The highest version with a prefix, ``2.34`` for ``GLIBC_``; None when none is asked for."""
        found = [
            text.removeprefix(prefix)
            for _, names in self.versions
            for text in names
            if re.fullmatch(re.escape(prefix) + r"[0-9]+(\.[0-9]+)*", text)
        ]
        return max(found, key=as_numbers, default=None)


def as_numbers(version: str) -> tuple[int, ...]:
    """``(2, 34)`` of ``2.34``."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def elf_needs(content: bytes) -> ElfNeeds | None:
    """What a whole program file needs; None for a file that is no readable 64-bit ELF."""
    if content[:5] != b"\x7fELF\x02" or len(content) < 64:
        return None
    try:
        return _read(content, ">" if content[5] == 2 else "<")
    except (struct.error, ValueError, OverflowError):  # places outside the file, names that are no text
        return None


def _read(content: bytes, order: str) -> ElfNeeds:
    (offset,) = struct.unpack_from(order + "Q", content, 32)
    size, count = struct.unpack_from(order + "HH", content, 54)
    segments = [
        struct.unpack_from(order + "IIQQQQ", content, offset + i * size)
        for i in range(min(count, _MAX_ENTRIES))
    ]
    loads = [(address, start, length) for kind, _, start, address, _, length in segments if kind == _LOAD]
    interpreter = next((_text(content, s[2]) for s in segments if s[0] == _INTERPRETER), "")
    dynamic = next((s for s in segments if s[0] == _DYNAMIC), None)
    if dynamic is None:
        return ElfNeeds(interpreter)
    entries = _entries(content, order, dynamic[2], dynamic[5])
    strings = _place(loads, next((value for tag, value in entries if tag == _STRINGS), 0))

    def texts(*tags: int) -> tuple[str, ...]:
        return tuple(_text(content, strings + value) for tag, value in entries if tag in tags)

    values = dict(entries)
    versions: list[tuple[str, tuple[str, ...]]] = []
    if _VERSIONS in values:
        at = _place(loads, values[_VERSIONS])
        versions = _versions(content, order, at, min(values.get(_VERSIONS_COUNT, 0), _MAX_ENTRIES), strings)
    search = tuple(folder for text in texts(_RPATH, _RUNPATH) for folder in text.split(":") if folder)
    return ElfNeeds(interpreter, texts(_NEEDED), tuple(versions), search)


def _entries(content: bytes, order: str, start: int, length: int) -> list[tuple[int, int]]:
    found = []
    for index in range(min(length // 16, _MAX_ENTRIES)):
        tag, value = struct.unpack_from(order + "QQ", content, start + 16 * index)
        if tag == 0:
            break
        found.append((tag, value))
    return found


def _place(loads: list[tuple[int, int, int]], address: int) -> int:
    """The offset in the file of an address in memory."""
    for base, start, length in loads:
        if base <= address < base + length:
            return address - base + start
    raise ValueError("an address outside the file")


def _versions(
    content: bytes, order: str, at: int, count: int, strings: int
) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for _ in range(count):
        _, names, library, first, following = struct.unpack_from(order + "HHIII", content, at)
        texts = []
        place = at + first
        for _ in range(min(names, _MAX_ENTRIES)):
            _, _, _, name, after = struct.unpack_from(order + "IHHII", content, place)
            texts.append(_text(content, strings + name))
            place += after
        found.append((_text(content, strings + library), tuple(texts)))
        at += following
    return found


def _text(content: bytes, at: int) -> str:
    end = content.index(b"\0", at, at + 4096)
    return content[at:end].decode()
