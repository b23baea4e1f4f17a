"""The models of this machine with what is known of each: for ``axchat models list``, ``show`` and ``fit``."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axchat.cli import holding
from axchat.cli.compose import SMALL_MODEL
from axchat.cli.context import AppContext
from axchat.cli.model_names import is_known
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.errors import HolderFailed
from axchat.modeldir.fit import IDLE_MIB, Fit, judge
from axchat.modeldir.fit import loaded as on_the_card
from axchat.models.catalogue import KNOWN
from axchat.models.local import Local, look
from axchat.models.registry import Registry
from axchat.models.registry import load as load_names
from axchat.models.store import find
from axchat.models.vendor_catalogue import Trouble, matching, troubles
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.doctor.probes import Probes


@dataclass(frozen=True, slots=True)
class CardMemory:
    """What is free on the card, in MiB, and who says so.

    Attributes:
        free_mib: now.
        source: who says so.
        held: the model that the holder has on it, which it unloads before another; else None.
        after_mib: what can be free at most without that model; None where nothing is held.
    """

    free_mib: int
    source: str
    held: str | None = None
    after_mib: int | None = None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that is here.

    Attributes:
        name: as it was added, or as it is fetched.
        aliases: its other names.
        local: see ``models.local``.
        fit: on the card; None where it does not run on one.
        is_default: whether it is taken where none is named.
        is_loaded: whether the holder has it loaded.
        troubles: known ones.
    """

    name: str
    aliases: tuple[str, ...]
    local: Local
    fit: Fit | None = None
    is_default: bool = False
    is_loaded: bool = False
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """What rows are made from.

    Attributes:
        names: given on this machine.
        default: what the settings name, or the small model.
        default_path: where that is; None for one to fetch.
        held: the path of what the holder has loaded.
    """

    names: Registry
    default: str
    default_path: Path | None
    held: Path | None


def here(names: Registry, loaded: Loaded, held: Path | None) -> Here:
    """See ``Here``."""
    default = loaded.settings.model or SMALL_MODEL
    path = None if is_known(default) else names.path_of(default) or paths.expanded(default)
    return Here(names, default, path, held)


def rows_of(around: Here) -> list[ModelRow]:
    """A row for each model that is here: the named ones, then those that were fetched."""
    found = [row_of(name, path, around) for name, path in sorted(around.names.models.items())]
    for name, model in KNOWN.items():
        if (file := find(model, paths.data_dir())) is not None:
            found.append(row_of(name, file, around))
    return found


def row_of(name: str, path: Path, around: Here) -> ModelRow:
    """What is known of one model; nothing is held against the card yet."""
    local = look(path, platform.machine())
    is_default = name == around.default or (
        around.default_path is not None and _same(around.default_path, path)
    )
    return ModelRow(
        name,
        around.names.aliases_of(name),
        local,
        fit_of(local, None),
        is_default=is_default,
        is_loaded=around.held is not None and _same(around.held, path),
        troubles=troubles(local),
    )


def held_against(rows: Sequence[ModelRow], card: CardMemory | None) -> list[ModelRow]:
    """The rows with what fits into the card's free memory."""
    free = None if card is None else card.free_mib
    return [replace(row, fit=fit_of(row.local, free, is_loaded=row.is_loaded)) for row in rows]


def fit_of(local: Local, free_mib: int | None, *, is_loaded: bool = False) -> Fit | None:
    """Whether it fits; None for what the card does not run."""
    if not local.is_for_the_card:
        return None
    known = matching(local)
    published = known.cmm_mib.value if known is not None and known.cmm_mib is not None else None
    fit = judge(local.weights_mib, free_mib, published)
    return on_the_card(fit) if is_loaded else fit


def named_models() -> Registry:
    """The names of this machine.

    Raises:
        ModelError: they cannot be read.
    """
    return load_names(paths.data_dir())


def holder_status(context: AppContext, loaded: Loaded) -> Mapping[str, Any] | None:
    """What the holder says, if one lives; it is not started, and one that is silent is told."""
    try:
        status: Mapping[str, Any] | None = holding.ask(
            holding.place(loaded.settings, context.env), "GET", "/status"
        )
    except HolderFailed as error:
        Reporter(context.stderr, is_terminal=False).line(f"what is loaded is not known: {error.message}")
        return None
    return status


def held_path(status: Mapping[str, Any] | None) -> Path | None:
    """The path of what the holder has loaded."""
    spec = status and status["spec"]
    return Path(spec["path"]) if spec and spec["path"] else None


def card_memory(
    context: AppContext, loaded: Loaded, status: Mapping[str, Any] | None, probes: "Probes | None" = None
) -> CardMemory | None:
    """What is free on the card; None where none answers. Asks axcl-smi, for 5 s at most.

    ``probes`` stand for this machine.
    """
    from axchat.doctor.host_facts import read_card
    from axchat.doctor.probes import RealProbes

    spec = status and status["spec"]
    held = spec["name"] if spec and spec["engine"] in holding.ON_THE_CARD else None
    card = read_card(probes or RealProbes(context.env), holding.card(loaded.settings))
    if card is not None and card.cmm_total_mib is not None and card.cmm_used_mib is not None:
        free = card.cmm_total_mib - card.cmm_used_mib
        after = card.cmm_total_mib - IDLE_MIB if held else None
        return CardMemory(free, f"axcl-smi, card {card.index}, {card.cmm_total_mib} MiB in all", held, after)
    if held and status and status["remaining_cmm_mib"] is not None:
        return CardMemory(status["remaining_cmm_mib"], "the holder, after its load", held)
    return None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is gone
        return one == other
