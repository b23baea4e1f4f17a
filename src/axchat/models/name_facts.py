"""What the names of a model's files say of it. Pure.

Names as the vendor gives them: ``qwen2.5-1.5b-gptq-int4-ax650/qwen2_p128_l%d_together.axmodel``,
``Qwen3.5-4B-AX650-GPTQ-Int4-C128-P1152-CTX2047``. The numbers are what the model was compiled with: tokens of
the prompt that are taken at once, the longest prompt, the length of the context.
"""

import re
from collections.abc import Sequence

from axchat.models.stated import Stated

_QUANTISATION = re.compile(
    r"(?<![a-z0-9])(w[48]a(?:8|16)|(?:gptq|awq)[-_]int[48]|int[48]|[fb]f?16|i?q[1-8]_[0-9a-z_]+)(?![a-z0-9])",
    re.IGNORECASE,
)
_CHUNK = re.compile(r"_p(\d{1,5})_l%d|(?<![a-z0-9])C(\d{1,5})(?=[-_]P\d)", re.IGNORECASE)
_PREFILL = re.compile(r"(?<![a-z0-9])C\d{1,5}[-_]P(\d{1,6})(?![0-9])", re.IGNORECASE)
_CONTEXT = re.compile(r"(?<![a-z0-9])CTX(\d{2,7})(?![0-9])", re.IGNORECASE)
_OTHER_CHIP = re.compile(r"(?<![a-z0-9])(ax(?:6[123]\d[a-z]?|8860|8910))(?![0-9])", re.IGNORECASE)

Named = tuple[str, str]
"""What has the name, such as ``layers``, and the name."""


def quantisation(names: Sequence[Named]) -> Stated[str] | None:
    """The first quantisation that a name has; the vendor writes ``int8`` for w8a16, ``int4`` for w4a16."""
    for it in names:
        if match := _QUANTISATION.search(it[1]):
            is_ggufs = match[1].lower().startswith(("q", "iq"))
            return Stated(match[1].upper() if is_ggufs else match[1].lower(), _by(it))
    return None


def chunk(names: Sequence[Named]) -> Stated[int] | None:
    """How many tokens of the prompt are taken at once."""
    return _number(_CHUNK, names)


def longest_prefill(names: Sequence[Named]) -> Stated[int] | None:
    """The longest prompt, tokens."""
    return _number(_PREFILL, names)


def context(names: Sequence[Named]) -> Stated[int] | None:
    """Prompt and answer together, tokens."""
    return _number(_CONTEXT, names)


def other_chip(names: Sequence[Named]) -> Stated[str] | None:
    """A chip in a name that an AXCL card is not; AX650 and AX8850 are the same NPU."""
    found = ((it, _OTHER_CHIP.search(it[1])) for it in names)
    return next((Stated(match[1].upper(), _by(it)) for it, match in found if match), None)


def _number(pattern: re.Pattern[str], names: Sequence[Named]) -> Stated[int] | None:
    for it in names:
        if match := pattern.search(it[1]):
            return Stated(int(next(group for group in match.groups() if group)), _by(it))
    return None


def _by(named: Named) -> str:
    return f"name of the {named[0]}: {named[1]}"
