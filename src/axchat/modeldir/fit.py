"""Whether a model fits into a card's free memory (CMM). Pure; all sizes in MiB.

The card gets the layers, the post model and, of a vision model, its encoder: the ``*.axmodel`` files. The
embedding stays in the host's memory. Beside the weights the engine allocates KV and I/O buffers, about 30 %
of them and more with a longer context, and the vendor's guard keeps 128 MiB free (AXERA-TECH/ax-llm,
docs/configuration.md, ``mem_guard_*``). What published loads took is in ``vendor_data``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

OVERHEAD = 0.3
"""KV and I/O buffers, as a part of the weights."""

FLOOR_MIB = 128
"""What ``axllm`` keeps free (``mem_guard_floor_mb``): it refuses a load that would leave less."""

IDLE_MIB = 18
"""What an idle card has in use (axcl-smi on 4, 8 and 16 GB cards)."""

CARDS_MIB = {"4 GB": 2944, "8 GB": 7040, "16 GB": 15232}
"""Total CMM as axcl-smi tells it, by a card's size; of two values seen on 4 GB cards (3072) the smaller."""


class Verdict(StrEnum):
    """``tight``: the weights fit, but not with the buffers that have to be expected."""

    FITS = "fits"
    TIGHT = "tight"
    NO = "does not fit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fit:
    """A judgement with its sum.

    Attributes:
        verdict: see ``Verdict``.
        weights_mib: of the files that go to the card; None where it is not known.
        published_mib: what a published load took; None where there is none.
        free_mib: what it was held against; None where it is not known.
        is_loaded: it is on the card, so it fits; what is free is what it left.
    """

    verdict: Verdict
    weights_mib: int | None = None
    published_mib: int | None = None
    free_mib: int | None = None
    is_loaded: bool = False

    @property
    def needed_mib(self) -> int | None:
        """What has to be expected: the larger of the estimate and what was published."""
        known = [it for it in (estimate(self.weights_mib), self.published_mib) if it is not None]
        return max(known, default=None)

    @property
    def sum(self) -> str:
        """How it was calculated, in a line."""
        if self.is_loaded:
            left = "" if self.free_mib is None else f"; {self.free_mib} MiB are left beside it"
            return f"it is loaded{left}"
        if self.needed_mib is None:
            return "the size of the weights is not known"
        parts = []
        if self.weights_mib is not None:
            parts.append(
                f"weights {self.weights_mib} + {OVERHEAD * 100:.0f} % = {estimate(self.weights_mib)} MiB"
            )
        if self.published_mib is not None:
            parts.append(f"published {self.published_mib} MiB")
        free = "free: not known" if self.free_mib is None else f"free {self.free_mib} MiB"
        return f"{'; '.join(parts)}; {FLOOR_MIB} MiB are kept; {free}"

    def as_json(self) -> dict[str, object]:
        """The same, ready for JSON."""
        return {
            "verdict": self.verdict.value,
            "needed_mib": self.needed_mib,
            "weights_mib": self.weights_mib,
            "published_mib": self.published_mib,
            "kept_mib": FLOOR_MIB,
            "free_mib": self.free_mib,
            "is_loaded": self.is_loaded,
        }


def idle_mib(total_mib: int) -> int:
    """What an idle card of this size has free."""
    return total_mib - IDLE_MIB


def estimate(weights_mib: int | None) -> int | None:
    """Weights and the buffers beside them."""
    return None if weights_mib is None else round(weights_mib * (1 + OVERHEAD))


def loaded(fit: Fit) -> Fit:
    """The judgement of what is on the card already."""
    return replace(fit, verdict=Verdict.FITS, is_loaded=True)


def judge(weights_mib: int | None, free_mib: int | None, published_mib: int | None = None) -> Fit:
    """Hold a model against what is free.

    Args:
        weights_mib: of the ``*.axmodel`` files; None where they are not known.
        free_mib: CMM left on the card; None where it is not known.
        published_mib: what a published load of this model took, if one is known.
    """
    fit = Fit(Verdict.UNKNOWN, weights_mib, published_mib, free_mib)
    needed = fit.needed_mib
    if needed is None or free_mib is None:
        return fit
    if needed + FLOOR_MIB <= free_mib:
        verdict = Verdict.FITS
    elif (weights_mib if weights_mib is not None else needed) + FLOOR_MIB <= free_mib:
        verdict = Verdict.TIGHT
    else:
        verdict = Verdict.NO
    return Fit(verdict, weights_mib, published_mib, free_mib)
