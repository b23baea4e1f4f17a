"""Decodes AXCL error codes and turns them into axchat's errors."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from axchat.axcl import card_names, names
from axchat.errors import DeviceBusy, DeviceError, DeviceFailed, DevicePermission, NoDevice

# `{0x80300186}`, `0x8030010B`; runners also print `{0x       0}`, which is no code.
_HEX = r"(?<![0-9A-Za-z])0[xX][0-9a-fA-F]{8}(?![0-9A-Za-z])"
# pyaxengine prints the signed value: "Failed to initialize axcl runtime. -2144337653."
_NEGATIVE = r"(?<![0-9A-Za-z_.-])-[12][0-9]{9}(?![0-9A-Za-z_]|\.[0-9])"
_CODE = re.compile(f"{_HEX}|{_NEGATIVE}")
_ERRNO = re.compile(r"errno:? ?([0-9]{1,5})\b")
_NO_DEVICE = frozenset({0x80300181, 0x80300182, 0x80300184, 0x80300185})
_EACCES, _EBUSY = 13, 16  # Linux numbers: they come from a log line, not from this machine


@dataclass(frozen=True, slots=True)
class AxclCode:
    """One decoded code.

    Attributes:
        code: unsigned, as the vendor's headers write it.
        name: as in the vendor's headers where they name it, otherwise put together the same way.
        part: who reports it: ``runtime DEVICE``, ``card SYS``; "" when unknown.
        is_known: the tables name it.
        meaning: lower-case, one line; says so when the code is unknown.
        causes: known causes, most likely first; may be empty.
        action: the next command or step.
    """

    code: int
    name: str
    meaning: str
    causes: tuple[str, ...]
    action: str
    part: str = ""
    is_known: bool = True

    @property
    def signed(self) -> int:
        """The same code as programs print it that keep it in 32 bits with a sign."""
        return self.code - 2**32 if 2**31 <= self.code < 2**32 else self.code

    @property
    def hex(self) -> str:
        """The code as people search for it, ``0x80300186``."""
        return f"0x{self.code:08x}"


def decode(code: int) -> AxclCode:
    """What a code means; takes the signed form (-2144337530) too and never raises.

    Facts: axcl-runtime V3.10.2 headers; causes as seen with the vendor's programs.
    """
    unsigned = code & 0xFFFFFFFF if -(2**31) <= code < 2**32 else code & 0xFFFFFFFFFFFFFFFF
    if unsigned == 0:
        return AxclCode(0, "AXCL_SUCC", "success", (), "nothing to do")
    named = _named(unsigned)
    causes, action = _experience(unsigned)
    known = names.KNOWN.get(unsigned)
    meaning = known.meaning if known else named.meaning
    return AxclCode(unsigned, named.name, meaning, causes, action, named.part, named.is_known)


class _Named(NamedTuple):
    name: str
    meaning: str
    part: str
    is_known: bool


def _named(code: int) -> _Named:
    layer, module, part_number, error = code >> 24, code >> 16 & 0xFF, code >> 8 & 0xFF, code & 0xFF
    if card_names.is_ax8860(code):
        name, meaning = card_names.AX8860.get(code, ("UNKNOWN", f"unknown code 0x{code:08x}"))
        is_known = code in card_names.AX8860
        return _Named(name, f"{meaning} (an AX8860, another product with its own driver)", "AX8860", is_known)
    if layer not in names.LAYERS or (module != names.AXCL_MODULE and layer != names.RUNTIME):
        return _Named("UNKNOWN", "unknown code: not in the range of AXCL's error codes", "", False)
    if module != names.AXCL_MODULE:
        name, meaning, is_known = card_names.card_error(module, part_number, error)
        return _Named(name, meaning, f"card {card_names.MODULES.get(module, f'0x{module:02x}')}", is_known)
    return _named_by_axcl(layer, part_number, error)


def _named_by_axcl(layer: int, part_number: int, error: int) -> _Named:
    part = names.PARTS[layer].get(part_number)
    prefix = "AXCL_ERR" if layer == names.RUNTIME else f"AXCL_ERR_{names.LAYERS[layer].upper()}"
    part_name = part.name if part else f"0x{part_number:02X}"
    found = (part.errors.get(error) if part else None) or names.COMMON.get(error)
    where = f"{names.LAYERS[layer]} {part_name}"
    if found is None:
        text = f"unknown error 0x{error:02x} in the {part_name} part of AXCL's {names.LAYERS[layer]} layer"
        return _Named(f"{prefix}_{part_name}_0x{error:02X}", text, where, False)
    text = f"AXCL's {names.LAYERS[layer]} layer, {part_name}" + ("" if part else " (an unknown part)")
    return _Named(f"{prefix}_{part_name}_{found[0]}", f"{found[1]} ({text})", where, part is not None)


def _experience(code: int) -> tuple[tuple[str, ...], str]:
    """Causes, likeliest first, and what to do: of the code itself, else of its kind of error."""
    known = names.KNOWN.get(code)
    if known is not None:
        return known.causes, known.action
    layer, module, error = code >> 24, code >> 16 & 0xFF, code & 0xFF
    if card_names.is_ax8860(code):
        return ("the program was built for the AX8860's SDK (axhelix)",), "use a program built for AXCL"
    if layer in names.LAYERS and module == names.AXCL_MODULE:
        return names.USUAL.get(error, ((), "run: axchat doctor"))
    if layer == names.RUNTIME and error in (0x18, 0x19):
        return names.KNOWN[names.CMM_NO_MEMORY].causes, names.KNOWN[names.CMM_NO_MEMORY].action
    if layer == names.RUNTIME and module in card_names.MODULES:
        return (), "the card's own log says more: axcl-smi log -d 0 -o DIR"
    return (), "run: axchat doctor"


def find_codes(text: str) -> list[int]:
    """The error codes in a piece of log, unsigned, in order and without duplicates.

    Takes ``0x8030010b`` in either case and AXCL's negative decimals; ``{0x       0}``, addresses and
    plain return values such as 0xffffffff are no codes.
    """
    found: dict[int, None] = {}
    for match in _CODE.finditer(text):
        number = int(match[0], 0)
        if number >= -(2**31) and _looks_like_code(number & 0xFFFFFFFF):
            found[number & 0xFFFFFFFF] = None
    return list(found)


def _looks_like_code(code: int) -> bool:
    layer, module = code >> 24, code >> 16 & 0xFF
    if module == names.AXCL_MODULE or card_names.is_ax8860(code):
        return layer in names.LAYERS
    # 0x80 and 0xff only mark ends of ranges; an address such as 0x80ff1234 is no code.
    return layer == names.RUNTIME and 0 < module < 0x80 and module in card_names.MODULES


def error_for(code: int, *, context: str = "") -> DeviceError:
    """The error to raise for a code, with code and name in its message.

    ``context`` is the log around the code: for DEVICE_OPEN it holds the errno that tells a missing
    node from a closed one, and whether the card failed its handshake.
    """
    decoded = decode(code)
    kind = _class_for(decoded.code, context)
    # Only common and private errors carry their part in brackets; the name after it says the same.
    meaning = decoded.meaning.split(" (AXCL's ")[0]
    message = f"{meaning} ({decoded.hex} {decoded.name})"
    if decoded.code == names.PORT_ALLOCATE:
        message += '; "Operation not permitted" beside it is the driver\'s -1, not a permission problem'
    return kind(
        message,
        hint=decoded.action,
        code=decoded.hex,
        name=decoded.name,
        meaning=decoded.meaning,
        causes=list(decoded.causes),
    )


def _class_for(code: int, context: str) -> type[DeviceError]:
    if code in _NO_DEVICE:
        return NoDevice
    if code == names.DEVICE_OPEN:
        return _class_for_open(context)
    is_axcl = code >> 24 in names.LAYERS and code >> 16 & 0xFF == names.AXCL_MODULE
    if code == names.CMM_NO_MEMORY or (is_axcl and code & 0xFF in (names.BUSY, names.NO_MEMORY)):
        return DeviceBusy
    return DeviceFailed


def _class_for_open(context: str) -> type[DeviceError]:
    errnos = {int(number) for number in _ERRNO.findall(context)}
    if _EACCES in errnos:
        return DevicePermission
    if _EBUSY in errnos:
        return DeviceBusy
    # The node opened, but the card behind it did not answer (simulated driver, V3.10.2 libraries).
    return DeviceFailed if "handshake" in context else NoDevice
