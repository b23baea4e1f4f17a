"""Which files of a repository are fetched, and what has to be asked first. Pure: names and sizes in."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from axchat.errors import ModelChoice, ModelError
from axchat.models import gguf_files, vendor_files
from axchat.models.hub_files import HubFile, Listing, total
from axchat.models.sizes import size_shown

OTHER_MODEL = "another model of the repository"
EXCLUDED = "excluded"
_ABOUT = ("license", "licence", "notice", "readme")
_SHOWN = 30  # choices in one message


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said about the files.

    Attributes:
        include: glob patterns over paths: take these, too; of several models, take this one.
        exclude: glob patterns: leave these out, whatever else says.
        named: a quantisation, or one file, of a GGUF repository.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    named: str | None = None

    def takes(self, path: str) -> bool:
        """Whether an ``include`` names it."""
        return any(_fits(path, pattern) for pattern in self.include)

    def drops(self, path: str) -> bool:
        """Whether an ``exclude`` names it."""
        return any(_fits(path, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is fetched.

    Attributes:
        files: in the order of the repository.
        left_out: why, in a few words, to the files that are not.
        model: what to open when all are here: "" for the directory, else a path in it.
        pattern: a glob that chooses the same GGUF again; "" where nothing was chosen by name.
    """

    files: tuple[HubFile, ...]
    left_out: dict[str, tuple[HubFile, ...]]
    model: str = ""
    pattern: str = ""


def select(listing: Listing, arch: str | None, wishes: Wishes) -> Selection:
    """The files that this host needs of a repository.

    Args:
        listing: what the repository has.
        arch: ``axcl_aarch64`` or ``axcl_x86``; None when the vendor has no runner for this host.
        wishes: what the user said.

    Raises:
        ModelChoice: several models fit; lists them with their sizes.
        ModelError: nothing in it can run here.
    """
    if vendor_files.is_vendors(listing.files):
        if wishes.named:
            raise ModelChoice(
                f"{listing.repo} has no GGUF files to choose {wishes.named} from",
                hint="choose a folder of it: --include 'FOLDER/*'",
            )
        return _of_vendor(listing, arch, wishes)
    models = gguf_files.models_in(listing.files)
    if models:
        return _of_gguf(listing, models, wishes)
    chosen = [file for file in listing.files if wishes.takes(file.path) and not wishes.drops(file.path)]
    if not chosen:
        raise ModelError(
            f"{listing.repo} has nothing that axchat can run: no .axmodel and no .gguf file",
            hint="look for the model in AXERA-TECH's repositories, or for a GGUF of it; "
            "--include '*' fetches all the same",
        )
    return _selection(listing, {file.path: "" for file in chosen}, "")


def _of_vendor(listing: Listing, arch: str | None, wishes: Wishes) -> Selection:
    if not wishes.include:
        _refuse_other_chips(listing)
    if arch is None and not wishes.include:
        raise ModelError(
            "the vendor has no runner for this machine",
            hint="fetch for another: --arch aarch64 or --arch x86_64; --include '*' fetches everything",
        )
    reasons = {
        file.path: "" if wishes.takes(file.path) else vendor_files.why_not(file.path, arch or "")
        for file in listing.files
    }
    reasons |= {file.path: EXCLUDED for file in listing.files if wishes.drops(file.path)}
    models = vendor_files.variants(file for file in listing.files if not reasons[file.path])
    if len(models) > 1:
        for root in _not_chosen(listing, models, wishes):
            reasons |= {file.path: OTHER_MODEL for file in models[root]}
    chosen = [file for file in listing.files if not reasons[file.path]]
    if not wishes.include:
        _refuse_without_start(listing, chosen, arch or "")
    return _selection(listing, reasons, _folder_to_open(chosen))


def _not_chosen(listing: Listing, models: dict[str, list[HubFile]], wishes: Wishes) -> list[str]:
    """The folders of the models that were not meant.

    Raises:
        ModelChoice: none was named, or only some of what is in it.
    """
    named = {root for root, files in models.items() if any(wishes.takes(file.path) for file in files)}
    if named:
        return [root for root in models if root not in named]
    lines = [
        f"{size_shown(total(files)):>9}  --include {shlex.quote(f'{root}/*' if root else '*.axmodel')}"
        for root, files in models.items()
    ]
    raise _choice(listing, lines, "--include")


def _refuse_other_chips(listing: Listing) -> None:
    chips = vendor_files.chips_in(listing.repo)
    if chips and not chips & vendor_files.OUR_CHIPS:
        raise ModelError(
            f"{listing.repo} is for the {', '.join(sorted(chips)).upper()}, "
            "not for the AX650N or AX8850 of an AXCL card",
            hint="look for the same model without that name; --include '*' fetches it all the same",
        )


def _refuse_without_start(listing: Listing, chosen: Sequence[HubFile], arch: str) -> None:
    scripts = [file.path for file in listing.files if file.name.startswith("run_")]
    for_cards = [path for path in scripts if "axcl" in path]
    if any(vendor_files.starts(file) for file in chosen):
        needs_program = any(file.name.startswith("run_") for file in chosen)
        if not needs_program or any(vendor_files.is_program(file.name) for file in chosen):
            return
    there = ", ".join(for_cards or scripts)[:300]
    raise ModelError(
        f"{listing.repo} has nothing that starts its model with a card in a host with {_machine(arch)}",
        hint=(f"its run scripts: {there}; " if there else "it has no run_*.sh and no config.json; ")
        + "for another host: --arch; --include '*' fetches everything",
    )


def _machine(arch: str) -> str:
    return arch.removeprefix("axcl_")


def _folder_to_open(chosen: Iterable[HubFile]) -> str:
    """Where the run script or config.json is: the top if one is there, else the only folder that has one."""
    folders = {file.folder for file in chosen if vendor_files.starts(file)}
    return "" if "" in folders or len(folders) != 1 else folders.pop()


def _of_gguf(listing: Listing, models: list[gguf_files.GgufModel], wishes: Wishes) -> Selection:
    fits = gguf_files.called(models, wishes.named) if wishes.named else models
    if wishes.named and not fits:
        raise _choice(listing, _gguf_lines(models), "--file", f"no {wishes.named} in {listing.repo}")
    if wishes.include and not wishes.named:
        fits = [model for model in models if any(wishes.takes(file.path) for file in model.files)] or fits
    fits = [model for model in fits if not any(wishes.drops(file.path) for file in model.files)]
    if not fits:
        raise ModelError(f"nothing is left of {listing.repo} to fetch", hint="see --include and --exclude")
    several_wanted = bool(wishes.include) and not wishes.named
    if len(fits) > 1 and not several_wanted:
        raise _choice(listing, _gguf_lines(fits), "--file")
    parts = {file.path for model in fits for file in model.files}
    every = {file.path for model in models for file in model.files}
    reasons = {}
    for file in listing.files:
        wanted = file.path in parts or wishes.takes(file.path) or _is_about(file)
        why_not = OTHER_MODEL if file.path in every else vendor_files.FURNITURE
        reasons[file.path] = EXCLUDED if wishes.drops(file.path) else "" if wanted else why_not
    return _selection(listing, reasons, fits[0].path, fits[0].pattern if wishes.named else "")


def _gguf_lines(models: Iterable[gguf_files.GgufModel]) -> list[str]:
    return [
        f"{size_shown(model.size):>9}  {f'{model.quant}  ' if model.quant else ''}{model.path}"
        for model in models
    ]


def _choice(listing: Listing, lines: list[str], option: str, why: str = "") -> ModelChoice:
    shown = lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else [])
    how = f"{listing.repo}:QUANT, or --file NAME" if option == "--file" else f"{listing.repo} {option} ..."
    message = why or f"{listing.repo} holds {len(lines)} models for this machine"
    return ModelChoice(
        message, hint=f"choose one: axchat models pull {how}", problems=[message, *shown], choices=lines
    )


def _is_about(file: HubFile) -> bool:
    return "/" not in file.path and PurePosixPath(file.path).stem.lower() in _ABOUT


def _selection(listing: Listing, reasons: dict[str, str], model: str, pattern: str = "") -> Selection:
    left: dict[str, list[HubFile]] = {}
    for file in listing.files:
        if why := reasons.get(file.path, OTHER_MODEL):
            left.setdefault(why, []).append(file)
    files = tuple(file for file in listing.files if reasons.get(file.path, OTHER_MODEL) == "")
    if not files:
        raise ModelError(f"nothing is left of {listing.repo} to fetch", hint="see --include and --exclude")
    return Selection(files, {why: tuple(those) for why, those in sorted(left.items())}, model, pattern)


def _fits(path: str, pattern: str) -> bool:
    """Whether a glob names the path; ``*`` also crosses slashes, a folder names all in it."""
    return fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/")
