"""``axchat models fit``: what the card has room for, before a load finds out."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.model_rows import (
    CardMemory,
    ModelRow,
    card_memory,
    fit_of,
    held_path,
    here,
    holder_status,
    named_models,
    rows_of,
)
from axchat.cli.models_show import row_named, vendor_named
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.config.load import Loaded
from axchat.errors import ModelError
from axchat.modeldir.fit import CARDS_MIB, Fit, Verdict, idle_mib, judge
from axchat.models.vendor_catalogue import Trouble, VendorModel, by_name
from axchat.ui.models import draw, tabbed
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.doctor.probes import Probes

Judged = tuple[str, dict[str, Fit], tuple[Trouble, ...]]
"""Name, judgement by what it was held against, known trouble."""


def fit(
    name: Annotated[
        str | None,
        typer.Argument(help="A name, path, or entry of models known; without it, all.", metavar="NAME|DIR"),
    ] = None,
    free: Annotated[
        int | None,
        typer.Option("--free", help="Judge for so much free card memory, MiB.", metavar="MIB", min=0),
    ] = None,
    json: options.Json = False,
) -> None:
    """Say what fits into the card's free memory.

    Exits with 4 when the one that was named does not fit.
    """
    tell_fit(AppContext(), name, free, json=json)


def tell_fit(
    context: AppContext, name: str | None, free: int | None, *, json: bool, probes: "Probes | None" = None
) -> None:
    """See ``fit``; ``probes`` stand for this machine's card."""
    loaded = settings_of(context)
    status = None if free is not None else holder_status(context, loaded)
    card = CardMemory(free, "--free") if free is not None else card_memory(context, loaded, status, probes)
    against = _against(card)
    held = held_path(status)
    judged = [_judge(name, loaded, against, held)] if name is not None else _all(loaded, against, held)
    if json:
        say(context, json_module.dumps(_document(judged, card), ensure_ascii=False, indent=2))
    elif judged:
        _show(context, judged, against)
        _explain(context, judged, card, is_one=name is not None)
    else:
        Reporter(context.stderr, is_terminal=False).line("nothing to judge")
    if name is not None and all(it.verdict is Verdict.NO for it in judged[0][1].values()):
        raise typer.Exit(ModelError.exit_status)


def _against(card: CardMemory | None) -> dict[str, int]:
    """What to hold models against: the card, or idle cards of each size."""
    if card is None:
        return {size: idle_mib(total) for size, total in CARDS_MIB.items()}
    held = {} if card.after_mib is None else {f"without {card.held}": card.after_mib}
    return {"now": card.free_mib, **held}


def _all(loaded: Loaded, against: dict[str, int], held: Path | None) -> list[Judged]:
    rows = rows_of(here(named_models(), loaded, held))
    present = [_of_row(row, against) for row in rows if row.fit is not None]
    return present + [
        _of_vendor(model, against) for model in by_name().values() if model.cmm_mib or model.weights_mib
    ]


def _judge(name: str, loaded: Loaded, against: dict[str, int], held: Path | None) -> Judged:
    is_here = name in named_models().names() or "/" in name
    if not is_here and name.lower() in by_name():
        return _of_vendor(vendor_named(name), against)
    row = row_named(name, loaded, held)
    if row.fit is None:
        raise ModelError(
            f"{name} does not run on the card", hint=f"it is for the {row.local.engine or 'unknown'} engine"
        )
    return _of_row(row, against)


def _of_row(row: ModelRow, against: dict[str, int]) -> Judged:
    judged = {key: fit_of(row.local, mib, is_loaded=row.is_loaded) for key, mib in against.items()}
    return row.name, {key: it for key, it in judged.items() if it is not None}, row.troubles


def _of_vendor(model: VendorModel, against: dict[str, int]) -> Judged:
    weights = model.weights_mib.value if model.weights_mib else None
    published = model.cmm_mib.value if model.cmm_mib else None
    return model.name, {key: judge(weights, mib, published) for key, mib in against.items()}, model.troubles


def _show(context: AppContext, judged: list[Judged], against: dict[str, int]) -> None:
    columns = ("name", "needs", *against)
    rows = []
    for name, fits, _ in judged:
        needed = next(iter(fits.values())).needed_mib
        rows.append((name, f"{needed} MiB" if needed else "?", *(fits[key].verdict.value for key in against)))
    if context.stdout_is_terminal and context.stdout is not None:
        draw((columns, ("name", *against), ("name",)), rows, context.stdout)
    else:
        say(context, tabbed(rows))


def _explain(context: AppContext, judged: list[Judged], card: CardMemory | None, *, is_one: bool) -> None:
    reporter = Reporter(context.stderr, is_terminal=False)
    if card is None:
        cards = ", ".join(f"{size} ({idle_mib(total)} MiB)" for size, total in CARDS_MIB.items())
        reporter.line(f"no card answers, so this is for idle cards of {cards}; --free MIB for another number")
    else:
        reporter.line(f"free: {card.free_mib} MiB ({card.source})")
        if card.held:
            reporter.line(f"the holder has {card.held} on the card and unloads it before another")
    for name, fits, troubles in judged:
        if is_one:
            for key, it in fits.items():
                reporter.line(f"{key}: {it.verdict.value}: {it.sum}")
        for trouble in troubles:
            reporter.line(f"{name}: {trouble.text} ({trouble.source})")


def _document(judged: list[Judged], card: CardMemory | None) -> dict[str, object]:
    return {
        "free_mib": card.free_mib if card else None,
        "source": card.source if card else None,
        "models": [
            {
                "name": name,
                "fits": {key: it.as_json() for key, it in fits.items()},
                "troubles": [trouble.as_json() for trouble in troubles],
            }
            for name, fits, troubles in judged
        ],
    }
