"""Explains error codes that somebody pasted. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from axchat.axcl.codes import AxclCode, decode, find_codes
from axchat.errors import UsageError

_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{8})")
_SHORT_HEX = re.compile(r"0[xX]0*([0-9a-fA-F]{1,8})")
_DECIMAL = re.compile(r"-?[0-9]{1,10}")
_ERRNO_ONE = re.compile(r"errno: ?1\b|Operation not permitted")
_AROUND = "{}[]()<>\"'`.,;:="
_LINE = 200  # characters of a piece of text that an error message repeats


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code and where it stood; ``source`` is the text given, cut at 200 characters."""

    source: str
    code: AxclCode


def explain(texts: Sequence[str]) -> list[Explanation]:
    """What the codes in some texts mean, in order, each once.

    A text is a code alone (``0x80300186``, ``80300186``, ``{0x80300186}``, ``-2144337530``, ``2150629766``)
    or anything with codes in it, such as a pasted log. A number that stands alone is explained even when it
    is no known code; in a log only what can be a code counts.

    Raises:
        UsageError: a text holds no code.
    """
    found: dict[int, Explanation] = {}
    for text in texts:
        pairs = _codes_in(text)
        if not pairs:
            raise UsageError(
                f"no AXCL error code in {_cut(text)!r}",
                hint="give it as the log shows it: 0x80300186, {0x80300186}, -2144337530, or the whole line",
            )
        for code, line in pairs:
            found.setdefault(code, Explanation(_cut(line), decode(code)))
    return list(found.values())


def as_text(explanations: Sequence[Explanation]) -> str:
    """The explanations for people, one paragraph each."""
    return "\n\n".join(_paragraph(each) for each in explanations)


def as_json(explanation: Explanation) -> dict[str, object]:
    """One explanation as JSON-ready values."""
    code = explanation.code
    return {
        "code": code.hex,
        "signed": code.signed,
        "name": code.name,
        "known": code.is_known,
        "part": code.part,
        "meaning": code.meaning,
        "causes": list(code.causes),
        "action": code.action,
        "source": explanation.source,
    }


def _codes_in(text: str) -> list[tuple[int, str]]:
    """Codes, each with the line that holds it."""
    alone = _alone(text)
    if alone is not None:
        return [(alone, text)]
    found: list[tuple[int, str]] = []
    for line in text.splitlines():
        codes = find_codes(line)
        alone = _alone(line)
        if not codes and alone and decode(alone).is_known:
            codes = [alone]
        found += [(code, line) for code in codes]
    return found


def _alone(text: str) -> int | None:
    """The code when the text is nothing else."""
    alone = text.strip().strip(_AROUND).strip()
    for pattern in (_HEX, _SHORT_HEX):
        if (match := pattern.fullmatch(alone)) and not _is_decimal_code(alone):
            return int(match[1], 16)
    if _DECIMAL.fullmatch(alone) and -(2**31) <= int(alone) < 2**32:
        return int(alone) & 0xFFFFFFFF
    return None


def _is_decimal_code(alone: str) -> bool:
    """Eight digits are a code's hexadecimal form only when they begin like one."""
    return alone.isdecimal() and not alone.startswith("8")


def _paragraph(explanation: Explanation) -> str:
    code = explanation.code
    head = f"{code.hex} ({code.signed})" if code.signed != code.code else code.hex
    lines = [f"{head}  {code.name}", f"  {code.meaning}"]
    if code.part:
        lines.append(f"  reported by: {code.part}")
    if code.causes:
        lines.append("  usual causes, the likeliest first:")
        lines += [f"    {number}. {cause}" for number, cause in enumerate(code.causes, 1)]
    if code.code:
        lines.append(f"  -> {code.action}")
    if _ERRNO_ONE.search(explanation.source) and not any("errno: 1" in cause for cause in code.causes):
        lines.append('  "errno: 1 Operation not permitted" is the driver\'s plain -1: no rights are missing')
    return "\n".join(lines)


def _cut(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _LINE else f"{short[:_LINE]}..."
