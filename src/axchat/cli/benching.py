"""A bench of several models, one after the other, and where its report goes."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import axchat
from axchat.bench import saved
from axchat.bench.document import as_document
from axchat.bench.heat import HeatReader
from axchat.bench.measure import Progress, Watch, measure
from axchat.bench.plan import Plan
from axchat.bench.report import ModelRun, Report, Result
from axchat.cli.context import AppContext
from axchat.cli.opening import How, opened
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.config.load import Loaded
from axchat.doctor.child import Stop
from axchat.doctor.host_facts import card_facts, host_facts, read_card_heat, read_cpu_heat
from axchat.doctor.probes import Probes, RealProbes
from axchat.engines.base import Engine
from axchat.errors import AxchatError, UsageError
from axchat.modeldir.files import Kind
from axchat.modeldir.read import look_at
from axchat.ui.bench import as_text, show_report
from axchat.ui.bench_formats import as_csv, as_json, as_json_line, as_markdown
from axchat.ui.bench_host import host_lines
from axchat.ui.bench_progress import progress_line
from axchat.ui.render_cost import render_s
from axchat.ui.stderr import Reporter

WITHOUT_A_CARD = frozenset({"cpu", "openai", "scripted"})
"""Engines whose speed no card decides."""


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    MD = "md"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


class Benching:
    """One ``axchat bench``.

    Args:
        context: the process's surroundings.
        plan: what is measured, of each model.
        asked: settings that were given on the command line.
        how: the engines are wanted.
        output: what is printed.
        save: under which name it is kept.
        plot: the SVG file it is drawn into.
        overwrite: whether it replaces what has its name.
        probes_of: the machine's probes; they are given what ends a program of theirs that runs, or None.
    """

    def __init__(
        self,
        context: AppContext,
        plan: Plan,
        asked: Mapping[str, object],
        how: How,
        output: Format,
        *,
        save: str | None,
        plot: Path | None,
        overwrite: bool,
        probes_of: Callable[[Stop | None], Probes] | None = None,
    ) -> None:
        if save is not None:
            saved.file_for(save, overwrite=overwrite)
        if plot is not None:
            refuse_plot(plot)
        if context.stdout is None:
            raise UsageError("standard output is closed; there is nowhere to put the report")
        self._context = context
        self._plan = plan
        self._asked = asked
        self._how = how
        self._output = output
        self._save = save
        self._plot = plot
        self._overwrite = overwrite
        self._began = context.clock()
        self._probes_of = probes_of or (
            lambda stop: RealProbes(context.env, None if stop is None else stop.descriptor)
        )
        self._probes = self._probes_of(None)
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._report = Report(axchat.__version__, at, host_facts(self._probes))
        self._failures: list[AxchatError] = []
        self._refusals: list[AxchatError] = []
        seed = plan.sampling.seed
        self._seed = os.urandom(8).hex() if seed is None else str(seed)

    def run(self, models: Sequence[str | None]) -> bool:
        """Measure, print, keep; False where somebody stopped it.

        Raises:
            AxchatError: what kept something from being measured, after the report of the rest.
        """
        is_whole = True
        try:
            for model in models:
                is_whole = self._measure(model) and is_whole
                if not is_whole:
                    break
        except KeyboardInterrupt:
            if not self._report.runs:
                raise
            is_whole = False
        self._report = replace(self._report, is_complete=is_whole and not self._failures)
        if self._report.runs:
            self._print()
            self._keep()
        self._raise()
        return is_whole

    def _measure(self, model: str | None) -> bool:
        """One model; False where somebody stopped it."""
        context = self._context
        loaded = settings_of(context, {**self._asked, "model": model}, is_quiet=self._how.is_quiet)
        timeout_s = loaded.settings.timeout_s
        try:
            with opened(context, loaded, self._how) as (engine, reporter), self._heat(engine, loaded) as heat:
                run = measure(
                    engine,
                    self._plan,
                    self._watch(engine, reporter),
                    seed=self._seed,
                    load_timeout_s=timeout_s,
                    answer_timeout_s=timeout_s,
                )
                reporter.clear()
        except AxchatError as error:  # it did not start; the other models may
            self._failures.append(error)
            return True
        self._report = replace(self._report, runs=(*self._report.runs, replace(run, heat=heat.found)))
        if engine.name not in WITHOUT_A_CARD:
            self._note_heat(heat)
        if run.error is not None:
            self._failures.append(run.error)
        if not run.plan.is_default or not any(result.samples for result in run.results):
            self._refusals += [r.error for r in run.results if r.error not in {None, run.error}]
        return run.is_complete or run.error is not None

    def _heat(self, engine: Engine, loaded: Loaded) -> HeatReader:
        """Of the card that this model is on, else of the processor; tells of the card first."""
        device, stop = loaded.settings.device or 0, Stop()
        probes = self._probes_of(stop)
        has_card = engine.name not in WITHOUT_A_CARD

        def read() -> tuple[float | None, float | None]:
            found = read_card_heat(probes, device) if has_card else read_cpu_heat(probes)
            return found.celsius, found.mhz

        if has_card and "card" not in self._report.host:
            self._report.host["card"] = card_facts(self._probes, device)
        return HeatReader(read, self._context.clock, self._began, stop=stop)

    def _note_heat(self, heat: HeatReader) -> None:
        """How hot the card is afterwards."""
        card = self._report.host.get("card")
        degrees = [celsius for _, celsius, _ in heat.found if celsius is not None]
        if isinstance(card, dict) and degrees:
            card["temperature_after_c"] = degrees[-1]

    def _watch(self, engine: Engine, reporter: Reporter) -> Watch:
        def on_progress(progress: Progress) -> None:
            if progress.event is not None:
                reporter.show(progress.event, model=engine.model)
            elif progress.test is not None:
                reporter.end_load(engine.model)
                reporter.step(progress_line(progress))

        def on_result(result: Result) -> None:
            if self._output is Format.JSONL:
                is_reloaded = not engine.capabilities.stays_loaded
                run = ModelRun(engine.name, engine.model, self._plan, is_reloaded)
                reporter.clear()
                say(self._context, as_json_line(self._report, run, result))

        return Watch(
            clock=self._context.clock,
            began=self._began,
            sleep=time.sleep,
            on_progress=on_progress,
            on_result=on_result,
            draw=render_s,
        )

    def _print(self) -> None:
        context, report = self._context, self._report
        if self._output is Format.JSON:
            say(context, as_json(report))
        elif self._output is Format.CSV:
            say(context, as_csv(report))
        elif self._output is Format.MD:
            say(context, as_markdown(report))
        elif self._output is Format.TABLE and context.stdout_is_terminal and context.stdout is not None:
            show_report(report, context.stdout, is_terminal=True, notes=self._notes())
        elif self._output is Format.TABLE:
            say(context, as_text(report, self._notes()))

    def _notes(self) -> list[str]:
        return host_lines(self._report.host)

    def _keep(self) -> None:
        """Where --save and --plot want it."""
        document = as_document(self._report)
        if self._save is not None:
            saved.save(document, self._save, overwrite=self._overwrite)
        if self._plot is not None:
            draw(self._plot, [(self._save or "this", document)])

    def _raise(self) -> None:
        """Tell of what failed; the first decides the exit status."""
        found = [*self._failures, *self._refusals]
        if not found:
            return
        reporter = Reporter(self._context.stderr, is_terminal=False)
        for error in self._failures[1:]:
            reporter.error(error)
        raise found[0]


def refuse_plot(file: Path) -> None:
    """Say before anything is measured that a plot cannot go there; an older one is replaced.

    Raises:
        UsageError: so it is.
    """
    if not os.path.isdir(file.absolute().parent):  # noqa: PTH112  it never raises
        raise UsageError(f"there is no folder for {file}", hint="make it, or name another file")
    fact = look_at(file)
    if fact.kind is Kind.DIRECTORY:
        raise UsageError(f"{file} is a directory", hint="name a file in it")
    if fact.kind is Kind.UNREADABLE:
        raise UsageError(f"{file} cannot be written: {fact.error}", hint="name another file")
    if fact.kind is Kind.FILE and fact.size and b"<svg" not in fact.head:
        raise UsageError(f"{file} is there already and is no plot", hint="name another file")
    if not os.access(file if fact.kind is not Kind.MISSING else file.absolute().parent, os.W_OK):
        raise UsageError(f"{file} cannot be written: permission denied", hint="name another file")


def draw(file: Path, reports: Sequence[tuple[str, dict[str, object]]]) -> None:
    """Draw reports, each with its name, into one SVG file.

    Raises:
        UsageError: the file cannot be written.
    """
    from axchat.bench.plot import plot

    try:
        file.write_text(plot(reports), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", hint="name another file") from error
