"""Which GGUF of a repository is meant. Pure: decides by names.

Names as makers write them: ``NAME-Q4_K_M.gguf``, ``Q4_K_M/NAME-Q4_K_M-00001-of-00002.gguf`` for one in parts,
``mmproj-*.gguf`` for the part of a vision model that reads pictures (llama.cpp, docs/multimodal.md).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from axchat.models.hub_files import HubFile, total

_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)", re.IGNORECASE)
_QUANT = re.compile(
    r"(?:^|[-._/])((?:UD-)?(?:(?:IQ|TQ|Q)\d(?:_[A-Z0-9]+)*|BF16|F16|F32|MXFP4(?:_MOE)?))(?=[-._/]|$)",
    re.IGNORECASE,
)
_NOT_ALONE = ("mmproj", "imatrix")


@dataclass(frozen=True, slots=True)
class GgufModel:
    """One model, in one file or several parts.

    Attributes:
        quant: its quantisation as its name says, such as ``Q4_K_M``; "" when it does not.
        files: in order; the first is the one to open.
    """

    quant: str
    files: tuple[HubFile, ...]

    @property
    def path(self) -> str:
        """The file to open."""
        return self.files[0].path

    @property
    def pattern(self) -> str:
        """A glob that names this model's files and no other's."""
        escaped = re.sub(r"([*?[])", r"[\1]", self.path)
        return _PART.sub("-*", escaped) if len(self.files) > 1 else escaped

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return total(self.files)


def models_in(files: Iterable[HubFile]) -> list[GgufModel]:
    """The models, the smallest first; what cannot run alone is left out."""
    groups: dict[str, list[HubFile]] = {}
    for file in files:
        low = file.path.lower()
        if low.endswith(".gguf") and not any(word in low for word in _NOT_ALONE):
            groups.setdefault(_PART.sub("", file.path), []).append(file)
    found = [
        GgufModel(quant_of(name), tuple(sorted(parts, key=lambda file: file.path)))
        for name, parts in groups.items()
    ]
    return sorted(found, key=lambda model: (model.size, model.path))


def quant_of(path: str) -> str:
    """The quantisation that a path names, upper-case; "" when it names none."""
    named = _QUANT.findall(path.removesuffix(".gguf"))
    return str(named[-1]).upper() if named else ""


def called(models: Sequence[GgufModel], name: str) -> list[GgufModel]:
    """Those that a quantisation, a file name or a path names."""
    wanted = name.casefold()
    return [
        model
        for model in models
        if model.quant.casefold() == wanted
        or any(wanted in (file.path.casefold(), file.name.casefold()) for file in model.files)
    ]
