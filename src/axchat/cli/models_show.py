"""``axchat models show``: all that is known of one model, without loading it."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.model_names import is_there, no_such
from axchat.cli.model_rows import (
    ModelRow,
    card_memory,
    held_against,
    held_path,
    here,
    holder_status,
    named_models,
    row_of,
)
from axchat.cli.models_list import row_as_json
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.config.schema import options as options_of_settings
from axchat.errors import ModelError
from axchat.models.catalogue import KNOWN
from axchat.models.sizes import size_shown
from axchat.models.store import find
from axchat.models.vendor_catalogue import Trouble, VendorModel, by_name, matching
from axchat.nearest import nearest_names
from axchat.ui.models import pairs

Line = tuple[str, str]

_PUBLISHED = {
    "weights_mib": ("weights", " MiB"),
    "cmm_mib": ("card memory", " MiB"),
    "prefill_chunk_tokens": ("prompt at once", " tokens"),
    "prefill_tokens": ("longest prompt", " tokens"),
    "context_tokens": ("context", " tokens"),
}
"""What a fact of the catalogue is called for people, and its unit."""


def show(
    name: Annotated[str, typer.Argument(help="A name, model directory, run script or GGUF file.")],
    json: options.Json = False,
) -> None:
    """Show what is known of a model. Runner, files, limits, card memory, what is wrong with it."""
    context = AppContext()
    loaded = settings_of(context)
    status = holder_status(context, loaded)
    row = row_named(name, loaded, held_path(status))
    if row.fit is not None:
        [row] = held_against([row], card_memory(context, loaded, status))
    known = matching(row.local)
    own = _own_settings(loaded, row)
    if json:
        document = row_as_json(row) | {
            "runner_program": row.local.runner,
            "scripts": list(row.local.scripts),
            "model_name": row.local.model_name,
            "tokenizer": row.local.tokenizer,
            "layers": row.local.layers,
            "weights_bytes": row.local.weights_bytes,
            "devices": row.local.devices,
            "prefill_chunk_tokens": row.local.chunk.as_json() if row.local.chunk else None,
            "prefill_tokens": row.local.prefill.as_json() if row.local.prefill else None,
            "context_tokens": row.local.context.as_json() if row.local.context else None,
            "published": known.as_json() if known else None,
            "settings": {key: {"value": value, "origin": origin} for key, value, origin in own},
        }
        say(context, json_module.dumps(document, ensure_ascii=False, indent=2))
        return
    settings = [("setting", f"{key} = {value}   # {origin}") for key, value, origin in own]
    published = _known_lines(known, "published") if known else []
    say(context, pairs([*_lines(row), *settings, *published]))


def row_named(name: str, loaded: Loaded, held: Path | None) -> ModelRow:
    """The row of a named model or of a path; nothing is held against the card yet.

    ``held`` is what the holder has loaded.

    Raises:
        ModelError: there is none.
    """
    names = named_models()
    path, called = names.path_of(name), names.aliases.get(name, name)
    if path is None and name in KNOWN:
        path = find(KNOWN[name], paths.data_dir())
        if path is None:
            raise ModelError(
                f"the model {name} is not on this machine", hint=f"axchat models pull {name} fetches it"
            )
    if path is None:
        path = paths.expanded(name).absolute()
        given = next((it for it, at in names.models.items() if at == path), None)
        called = given or called
        if not name or not is_there(path):
            raise no_such(name)
    return row_of(called, path, here(names, loaded, held))


def _own_settings(loaded: Loaded, row: ModelRow) -> list[tuple[str, object, str]]:
    """Key, value and origin of what is set for this model alone."""
    mine = loaded.for_model(row.name, str(row.local.path))
    return [
        (option.key, getattr(mine.settings, option.name), mine.origins[option.name])
        for option in options_of_settings()
        if option.name in mine.own
    ]


def vendor_named(name: str) -> VendorModel:
    """The entry of the catalogue, by axchat's name or the repository's.

    Raises:
        ModelError: there is none.
    """
    for model in by_name().values():
        if name.lower() in {model.name, model.repository.lower()}:
            return model
    close = nearest_names(name, by_name(), 3)
    hint = f"did you mean {' or '.join(close)}?" if close else "axchat models known lists them"
    raise ModelError(f"nothing is known of a model {name!r}", hint=hint)


def tell_known(context: AppContext, model: VendorModel, *, json: bool) -> None:
    """Print an entry of the catalogue with its sources."""
    if json:
        say(context, json_module.dumps(model.as_json(), ensure_ascii=False, indent=2))
    else:
        say(context, pairs(_known_lines(model, "name")))


def _lines(row: ModelRow) -> list[Line]:
    local = row.local
    unknown = "unknown"
    lines = [
        ("name", ", ".join((row.name, *row.aliases))),
        ("path", str(local.path)),
        (
            "kind",
            {"script": "vendor directory with run scripts", "axllm": "axllm directory"}.get(
                local.kind, local.kind
            ),
        ),
        ("engine", local.engine or unknown),
    ]
    if local.kind == "none":
        return [*lines, *_wrong(row)]
    lines += [
        ("runner", f"{local.dialect or unknown}" + (f", {local.runner}" if local.runner else "")),
        *(("scripts", script) if n == 0 else ("", script) for n, script in enumerate(local.scripts)),
        ("tokenizer", local.tokenizer or unknown),
        ("layers", str(local.layers or unknown)),
        ("quantisation", local.quantisation.text if local.quantisation else unknown),
        ("prompt at once", local.chunk.text if local.chunk else unknown),
        ("longest prompt", local.prefill.text if local.prefill else f"{unknown} until it is loaded"),
        ("context", local.context.text if local.context else f"{unknown} until it is loaded"),
        ("files", size_shown(local.size_bytes)),
    ]
    if local.is_for_the_card:
        lines.append(("card memory", size_shown(local.weights_bytes) + " of weights"))
        if row.fit is not None:
            lines.append(("", f"{row.fit.verdict.value}: {row.fit.sum}"))
        lines.append(("cards", local.devices or "the first"))
    used = [word for word, holds in (("the default", row.is_default), ("loaded", row.is_loaded)) if holds]
    return [*lines, ("use", ", ".join(used) or "-"), *_wrong(row)]


def _wrong(row: ModelRow) -> list[Line]:
    lines: list[Line] = []
    for problem in row.local.problems:
        lines.append(("problem", f"{problem.text} [{problem.id}]"))
        lines += [("", problem.hint)] if problem.hint else []
    return lines + _trouble_lines(row.troubles)


def _trouble_lines(troubles: tuple[Trouble, ...]) -> list[Line]:
    lines: list[Line] = []
    for trouble in troubles:
        lines.append(("known trouble", f"{trouble.text} [{trouble.id}]"))
        lines += [("", trouble.advice)] if trouble.advice else []
        lines.append(("", f"source: {trouble.source}"))
    return lines


def _known_lines(model: VendorModel, title: str) -> list[Line]:
    """Values with the numbers of their sources, and the sources."""
    sources: dict[str, int] = {}

    def cited(text: str, source: str) -> str:
        return f"{text} [{sources.setdefault(source, len(sources) + 1)}]"

    lines = [(title, model.name), ("repository", model.repository)]
    for name, value in model.facts():
        label, unit = _PUBLISHED.get(name, (name, ""))
        how = f" ({value.derived})" if value and value.derived else ""
        lines.append((label, cited(f"{value.value}{unit}{how}", value.source) if value else "unknown"))
    lines += [("speed", cited(f"{it.tokens_s:g} tokens/s, {it.where}", it.source)) for it in model.speeds]
    if title != "published":
        lines += _trouble_lines(model.troubles)
    return [*lines, *((f"[{number}]", source) for source, number in sources.items())]
