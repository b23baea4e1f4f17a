"""The vendor's model repositories that something is known of: values with their sources, and what goes wrong.

The values themselves are in ``vendor_data``. What nobody published is None and told as unknown.
"""

from dataclasses import dataclass, field
from functools import cache

from axchat.models.local import Local
from axchat.models.name_facts import other_chip
from axchat.models.stated import Stated


@dataclass(frozen=True, slots=True)
class Speed:
    """A published decode speed: tokens a second, on which machine, and who says so."""

    tokens_s: float
    where: str
    source: str

    def as_json(self) -> dict[str, object]:
        """The same, ready for JSON."""
        return {"tokens_s": self.tokens_s, "where": self.where, "source": self.source}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is known to go wrong.

    Attributes:
        id: stable name.
        text: what, in a line.
        advice: what to do, or None.
        source: who says so.
    """

    id: str
    text: str
    source: str
    advice: str | None = None

    def as_json(self) -> dict[str, object]:
        """The same, ready for JSON."""
        return {"id": self.id, "text": self.text, "advice": self.advice, "source": self.source}


@dataclass(frozen=True, slots=True)
class VendorModel:
    """A repository of compiled models for AX650N and AX8850 cards.

    Attributes:
        name: what axchat calls it; lower-case, of the repository's.
        repository: on huggingface.co.
        era: the runner it is made for: ``legacy``, ``context`` or ``axllm``.
        era_source: who says so.
        tokenizer: what serves its tokenizer.
        quantisation: of the weights, with 16-bit activations.
        download: of the files that are needed, as published; text, for the units differ.
        weights_mib: of the ``*.axmodel`` files.
        cmm_mib: card memory that a load took, KV and I/O buffers included.
        chunk: tokens of the prompt that are taken at once.
        prefill: longest prompt, tokens.
        context: prompt and answer together, tokens.
        speeds: published.
        troubles: of this model.
    """

    name: str
    repository: str
    era: str
    era_source: str
    tokenizer: Stated[str] | None = None
    quantisation: Stated[str] | None = None
    download: Stated[str] | None = None
    weights_mib: Stated[int] | None = None
    cmm_mib: Stated[int] | None = None
    chunk: Stated[int] | None = None
    prefill: Stated[int] | None = None
    context: Stated[int] | None = None
    speeds: tuple[Speed, ...] = ()
    troubles: tuple[Trouble, ...] = field(default=())

    def facts(self) -> tuple[tuple[str, Stated[str] | Stated[int] | None], ...]:
        """Name and value of everything that may be known, in the order in which it is told."""
        return (
            ("runner", Stated(self.era, self.era_source)),
            ("tokenizer", self.tokenizer),
            ("quantisation", self.quantisation),
            ("download", self.download),
            ("weights_mib", self.weights_mib),
            ("cmm_mib", self.cmm_mib),
            ("prefill_chunk_tokens", self.chunk),
            ("prefill_tokens", self.prefill),
            ("context_tokens", self.context),
        )

    def as_json(self) -> dict[str, object]:
        """Everything, ready for JSON; what is not known is null."""
        return {
            "name": self.name,
            "repository": self.repository,
            **{name: value.as_json() if value else None for name, value in self.facts()},
            "speeds": [speed.as_json() for speed in self.speeds],
            "troubles": [trouble.as_json() for trouble in self.troubles],
        }


@cache
def by_name() -> dict[str, VendorModel]:
    """The catalogue, by axchat's name."""
    from axchat.models.vendor_data import MODELS

    return {model.name: model for model in MODELS}


def matching(local: Local) -> VendorModel | None:
    """The entry that a model here goes by: its repository in config.json, or its directory's name."""
    folder = local.path.parent if local.path.suffix == ".sh" else local.path
    cached = folder.parent.parent.name.rpartition("--")[2] if folder.parent.name == "snapshots" else ""
    names = {it.lower() for it in (local.model_name, folder.absolute().name, cached) if it}
    known = by_name().values()
    return next((it for it in known if {it.repository.lower(), it.name} & names), None)


def troubles(local: Local) -> tuple[Trouble, ...]:
    """What is known to go wrong with a model that is here, on an AXCL card."""
    if not local.is_for_the_card:
        return ()
    from axchat.models import vendor_data as data

    model = matching(local)
    found = {trouble.id: trouble for trouble in (model.troubles if model else ())}
    tokenizer = (local.tokenizer or "").rpartition(", ")[2].lower()
    if tokenizer.startswith("gemma4"):
        found[data.GEMMA_4.id] = data.GEMMA_4
    if tokenizer == "llama" and local.kind == "axllm":
        found[data.LLAMA_3.id] = data.LLAMA_3
    chip = other_chip([("model", local.model_name or ""), ("directory", local.path.name)])
    if chip is not None:
        found[data.OTHER_CHIP.id] = data.OTHER_CHIP
    if local.devices and "," in local.devices:
        found[data.SEVERAL_CARDS.id] = data.SEVERAL_CARDS
    return tuple(found.values())
