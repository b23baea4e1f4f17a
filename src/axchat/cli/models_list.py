"""``axchat models list``: what is here; ``known``: what the vendor publishes."""

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.model_rows import (
    CardMemory,
    ModelRow,
    card_memory,
    held_against,
    held_path,
    here,
    holder_status,
    named_models,
    rows_of,
)
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.models.catalogue import KNOWN
from axchat.models.sizes import size_shown
from axchat.models.vendor_catalogue import VendorModel, by_name, matching
from axchat.ui.models import draw, tabbed
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.doctor.probes import Probes

COLUMNS = ("name", "runner", "quantisation", "size", "fits", "use", "path")
_NARROWER = (
    COLUMNS,
    ("name", "runner", "quantisation", "size", "fits", "use"),
    ("name", "runner", "size", "fits", "use"),
    ("name", "size", "use"),
    ("name", "use"),
    ("name",),
)

KNOWN_COLUMNS = ("name", "runner", "quantisation", "download", "needs", "context", "tok/s", "trouble")
_KNOWN_NARROWER = (
    KNOWN_COLUMNS,
    ("name", "runner", "quantisation", "needs", "context", "tok/s", "trouble"),
    ("name", "runner", "needs", "context", "tok/s"),
    ("name", "needs", "tok/s"),
    ("name",),
)


def list_models(json: options.Json = False) -> None:
    """List the models that are here, and those to be fetched."""
    tell_here(AppContext(), json=json)


def tell_here(context: AppContext, *, json: bool, probes: "Probes | None" = None) -> None:
    """See ``list_models``; ``probes`` stand for this machine's card."""
    loaded = settings_of(context)
    status = holder_status(context, loaded)
    rows = rows_of(here(named_models(), loaded, held_path(status)))
    card = None
    if any(row.fit is not None for row in rows):  # axcl-smi takes a second, and only they need it
        card = card_memory(context, loaded, status, probes)
        rows = held_against(rows, card)
    present = {row.name for row in rows}
    vendor = {known.name for row in rows if (known := matching(row.local)) is not None}
    elsewhere = [name for name in KNOWN if name not in present] + [it for it in by_name() if it not in vendor]
    if json:
        say(context, json_module.dumps(_document(rows, elsewhere, card), ensure_ascii=False, indent=2))
        return
    cells = [_cells(row) for row in rows]
    if context.stdout_is_terminal and context.stdout is not None and cells:
        draw(_NARROWER, cells, context.stdout)
    elif cells:
        say(context, tabbed(cells))
    _tell(context, rows, elsewhere)


def known_models(
    name: Annotated[str | None, typer.Argument(help="One of them: everything, with its sources.")] = None,
    json: options.Json = False,
) -> None:
    """Show what is published of the vendor's models. Size, card memory, limits, speed, trouble."""
    from axchat.cli.models_show import tell_known, vendor_named

    context = AppContext()
    if name is not None:
        tell_known(context, vendor_named(name), json=json)
        return
    models = list(by_name().values())
    if json:
        from axchat.models.vendor_data import GENERAL

        document = {
            "models": [model.as_json() for model in models],
            "troubles": [trouble.as_json() for trouble in GENERAL],
        }
        say(context, json_module.dumps(document, ensure_ascii=False, indent=2))
        return
    cells = [_known_cells(model) for model in models]
    if context.stdout_is_terminal and context.stdout is not None:
        draw(_KNOWN_NARROWER, cells, context.stdout)
    else:
        say(context, tabbed(cells))
    reporter = Reporter(context.stderr, is_terminal=False)
    reporter.line(
        "needs: card memory of a published load, or at least the weights (>); sources: --json, or a name"
    )


def _cells(row: ModelRow) -> tuple[str, ...]:
    local = row.local
    use = [word for word, holds in (("default", row.is_default), ("loaded", row.is_loaded)) if holds]
    runner = local.dialect or (local.kind if local.kind != "none" else "?")
    return (
        "/".join((row.name, *row.aliases)),
        f"{runner} ({local.engine})" if local.engine else runner,
        local.quantisation.value if local.quantisation else "?",
        size_shown(local.size_bytes),
        "-" if row.fit is None else row.fit.verdict.value,
        ", ".join(use),
        str(local.path),
    )


def _known_cells(model: VendorModel) -> tuple[str, ...]:
    needs = f"{model.cmm_mib.value} MiB" if model.cmm_mib else "?"
    if model.cmm_mib is None and model.weights_mib is not None:
        needs = f">{model.weights_mib.value} MiB"
    return (
        model.name,
        model.era,
        model.quantisation.value if model.quantisation else "?",
        model.download.value if model.download else "?",
        needs,
        str(model.context.value) if model.context else "?",
        f"{model.speeds[0].tokens_s:g}" if model.speeds else "?",
        ", ".join(trouble.id for trouble in model.troubles),
    )


def _document(rows: list[ModelRow], elsewhere: list[str], card: CardMemory | None) -> dict[str, object]:
    return {
        "models": [row_as_json(row) for row in rows],
        "not_here": elsewhere,
        "card_free_mib": card.free_mib if card else None,
    }


def row_as_json(row: ModelRow) -> dict[str, object]:
    """A row, ready for JSON; what is not known is null."""
    local = row.local
    return {
        "name": row.name,
        "aliases": list(row.aliases),
        "path": str(local.path),
        "kind": local.kind,
        "runner": local.dialect,
        "engine": local.engine,
        "quantisation": local.quantisation.as_json() if local.quantisation else None,
        "size_bytes": local.size_bytes,
        "fit": row.fit.as_json() if row.fit else None,
        "is_default": row.is_default,
        "is_loaded": row.is_loaded,
        "problems": [
            {"id": problem.id, "text": problem.text, "hint": problem.hint} for problem in local.problems
        ],
        "troubles": [trouble.as_json() for trouble in row.troubles],
    }


def _tell(context: AppContext, rows: list[ModelRow], elsewhere: list[str]) -> None:
    reporter = Reporter(context.stderr, is_terminal=False)
    if not rows:
        reporter.line(
            "no model is here; axchat models add DIR names one, axchat models pull smollm2 fetches one"
        )
    for row in rows:
        if row.local.problems:
            more = f" (and {count} more)" if (count := len(row.local.problems) - 1) else ""
            reporter.line(f"{row.name}: {row.local.problems[0].text}{more}; axchat models show {row.name}")
        for trouble in row.troubles:
            reporter.line(f"{row.name}: {trouble.text}")
    to_fetch = [name for name in elsewhere if name in KNOWN]
    vendor = len(elsewhere) - len(to_fetch)
    told = [f"{name} (axchat models pull {name})" for name in to_fetch]
    told += [f"{vendor} of the vendor's (axchat models known)"] if vendor else []
    if told:
        reporter.line(f"known, but not here: {', '.join(told)}")
