"""A model's files looked over: found by name, compared, reported."""

import contextlib
import json
import platform
import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from axchat.cli.context import AppContext
from axchat.cli.model_names import is_there, located, no_such
from axchat.cli.output import say
from axchat.cli.pulling import hub_of
from axchat.config import paths
from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable, UsageError
from axchat.models import manifest as notes
from axchat.models.catalogue import KNOWN, KnownModel
from axchat.models.destination import again, default_folder
from axchat.models.download import Progress
from axchat.models.expected import Expected, from_hf_download, from_hub, from_note
from axchat.models.gguf_files import models_in
from axchat.models.hub import list_files
from axchat.models.hub_files import HubFile, counted, total
from axchat.models.manifest import Manifest
from axchat.models.origin import Origin, origin_of
from axchat.models.reference import parse
from axchat.models.sizes import size_shown
from axchat.models.store import model_path
from axchat.models.verify import (
    Finding,
    check_files,
    check_gguf,
    check_leftovers,
    check_needs,
    check_pointers,
    without_doubles,
)
from axchat.ui.download import download_progress
from axchat.ui.escapes import for_terminal
from axchat.ui.stderr import Reporter


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        path: the directory or file.
        source: what its files were compared with; None when nobody says what they have to be.
        files: how many were compared.
        size: bytes of them, as far as they are known.
        findings: what is wrong.
    """

    path: Path
    source: str | None
    files: int
    size: int
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed behind ``axchat models verify``."""

    name: str
    repo: str | None
    offline: bool
    is_quiet: bool


def verify(asked: Asked, context: AppContext, reporter: Reporter) -> Report:
    """Look over a model.

    Raises:
        UsageError: ``--repo`` or ``HF_ENDPOINT`` makes no sense.
        ModelError: there is no such model, or it cannot be looked at.
    """
    known = KNOWN.get(asked.name.lower())
    if known is not None and not is_there(Path(asked.name)):
        return _of_known(known, asked, context)
    path = path_of(asked.name, paths.data_dir())
    try:
        if path.is_file():
            return _of_file(path, asked, context, reporter)
        return _of_folder(path, asked, context, reporter)
    except OSError as exc:
        raise ModelError(f"cannot read {exc.filename or path}: {(exc.strerror or '').lower()}") from exc


def path_of(name: str, data_dir: Path) -> Path:
    """The directory or GGUF file that a path, a name, or a fetched repository's name means.

    Raises:
        ModelError: nothing is there.
    """
    path = paths.expanded(located(name)).absolute()
    if name and is_there(path) and (path.is_dir() or path.is_file()):
        return path.parent if path.suffix == ".sh" else path
    if "/" not in name and ":" not in name:
        raise no_such(name)
    try:
        repo = parse(name).repo
    except UsageError as exc:
        raise ModelError(f"no such model: {name}", hint="a directory, a name, or ORG/NAME") from exc
    folder = default_folder(repo, data_dir)
    if not folder.is_dir():
        raise ModelError(f"{repo} was not fetched", hint=f"axchat models pull {repo}")
    return folder


def _of_known(model: KnownModel, asked: Asked, context: AppContext) -> Report:
    path = model_path(model, paths.data_dir())
    fetch = f"axchat models pull {model.name}"
    if not path.exists():
        raise ModelError(f"the model {model.name} was not fetched", hint=fetch)
    expected = Expected("what axchat knows of it", (HubFile(path.name, model.size, model.sha256),))
    with _progress(asked, context, model.name) as report:
        found = check_files(path.parent, expected, fetch, report)
    return Report(path, expected.source, 1, model.size, found)


def _of_file(path: Path, asked: Asked, context: AppContext, reporter: Reporter) -> Report:
    """One GGUF, with its further parts; what lies beside it is not looked at."""
    folder = next((it for it in path.parents if (it / notes.NAME).is_file()), path.parent)
    manifest = notes.read(folder)
    own = str(path.relative_to(folder))
    model = next((it for it in models_in(manifest.files) if it.path == own), None) if manifest else None
    files = () if model is None else model.files
    fetch = _fetch_again(folder, manifest, Origin()) if files else None
    if not files:
        reporter.notice("sizes and hashes were not compared: nobody says what they have to be")
        return Report(path, None, 0, 0, check_gguf([path], fetch))
    assert manifest is not None
    expected = Expected(from_note(manifest).source, files)
    with _progress(asked, context, path.name) as report:
        found = check_files(folder, expected, fetch, report)
    return Report(
        path, expected.source, len(files), total(files), without_doubles([*found, *check_gguf([path], fetch)])
    )


def _of_folder(folder: Path, asked: Asked, context: AppContext, reporter: Reporter) -> Report:
    findings: list[Finding] = []
    manifest: Manifest | None = None
    try:
        manifest = notes.read(folder)
    except ModelError as exc:
        findings.append(Finding("note-damaged", notes.NAME, exc.message, exc.hint))
    origin = origin_of(folder, manifest, paths.data_dir() / "models")
    if asked.repo is not None:
        named = parse(asked.repo)
        origin = Origin(named.repo, origin.commit if named.repo == origin.repo else named.revision)
    fetch = _fetch_again(folder, manifest, origin)
    expected = _expected(folder, manifest, origin, asked, context, reporter)
    files: tuple[HubFile, ...] = ()
    if expected is None:
        reporter.notice("sizes and hashes were not compared: nobody says what they have to be")
    else:
        files = expected.files
        with _progress(asked, context, folder.name) as report:
            findings += check_files(folder, expected, fetch, report)
    findings += check_pointers(folder, (file.path for file in files), fetch)
    findings += check_needs(folder, _machine_of(manifest), fetch)
    findings += check_leftovers(folder, fetch)
    size = sum(max(file.size, 0) for file in files)
    return Report(folder, expected.source if expected else None, len(files), size, without_doubles(findings))


def _fetch_again(folder: Path, manifest: Manifest | None, origin: Origin) -> str:
    if manifest is not None:
        return again(manifest, folder, paths.data_dir())
    if (folder / ".git").is_dir():
        return shlex.join(["git", "-C", str(folder), "lfs", "pull"])
    words = ["axchat", "models", "pull", origin.repo or "ORG/NAME"]
    return shlex.join(
        [*words, *(["--revision", origin.commit] if origin.commit else []), "--to", str(folder)]
    )


def _machine_of(manifest: Manifest | None) -> str:
    """The host that the model was fetched for."""
    options = manifest.options if manifest else ()
    return options[options.index("--arch") + 1] if "--arch" in options[:-1] else platform.machine()


def _expected(
    folder: Path,
    manifest: Manifest | None,
    origin: Origin,
    asked: Asked,
    context: AppContext,
    reporter: Reporter,
) -> Expected | None:
    """What the files have to be: from the hub, else from a note; None when nobody says."""
    local = from_note(manifest) if manifest else from_hf_download(folder)
    if asked.offline or origin.repo is None:
        return local
    # Not the server that the note names: the note came with the files, and the token is the user's.
    endpoint, token = hub_of(context)
    try:
        listing = list_files(origin.repo, origin.commit, endpoint=endpoint, token=token)
    except (SourceNotFound, SourceRefused, SourceUnreachable) as exc:
        reporter.notice(f"the hub does not say: {exc.message}")
        return local
    return from_hub(listing, folder, manifest)


def _progress(
    asked: Asked, context: AppContext, title: str
) -> AbstractContextManager[Callable[[Progress], None]]:
    if context.stderr is None or asked.is_quiet or not context.stderr_can_rewrite:
        return contextlib.nullcontext(lambda _: None)
    return download_progress(context.stderr, title, plain=False)


def show(report: Report, context: AppContext, *, as_json: bool) -> None:
    """Write the report to stdout."""
    if as_json:
        say(context, json.dumps(_as_json(report), ensure_ascii=False, indent=2))
        return
    compared = f"{counted(report.files)}, {size_shown(report.size)}, compared with {report.source}"
    lines = [for_terminal(finding.text).replace("\n", " ") for finding in report.findings]
    mends = dict.fromkeys(finding.mend for finding in report.findings if finding.mend)
    lines += [f"  -> {for_terminal(mend)}" for mend in mends]
    if not report.findings:
        lines = [f"whole: {for_terminal(str(report.path))}" + (f" ({compared})" if report.source else "")]
    say(context, "\n".join(lines))


def _as_json(report: Report) -> dict[str, object]:
    return {
        "path": str(report.path),
        "compared_with": report.source,
        "files": report.files,
        "size_bytes": report.size,
        "is_whole": not report.findings,
        "problems": [finding.as_dict() for finding in report.findings],
    }
