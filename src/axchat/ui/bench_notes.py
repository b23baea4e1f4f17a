"""What stands under a bench's tables: what each figure includes, and what is missing and why; pure."""

from collections.abc import Sequence

from axchat.bench.figures import figures, load_figures, slowed
from axchat.bench.report import ModelRun
from axchat.bench.split import BESIDE, PARTS, split
from axchat.ui.escapes import for_terminal


def footnotes(run: ModelRun) -> list[str]:
    """What each figure that is shown includes, and what is missing and why."""
    seen: dict[str, dict[str, list[str]]] = {}
    for figure in load_figures(run):
        if figure.values:
            seen.setdefault(figure.title, {})[figure.includes] = []
    for result in run.results:
        for figure in figures(run, result):
            if figure.values:
                seen.setdefault(figure.title, {}).setdefault(figure.includes, []).append(result.test.name)
    lines = [
        f"{title}{_of(tests) if len(told) > 1 else ''}: {includes}"
        for title, told in seen.items()
        for includes, tests in told.items()
    ]
    if any(result.samples for result in run.results):
        lines += [
            f"{name.removesuffix('_s').replace('callbacks', 'call-backs')}: {told}"
            for name, told in PARTS.items()
            if name != "load_s" and _is_told(run, name)
        ]
        lines += [f"render: {BESIDE['render_s']}"] if _is_told(run, "render_s") else []
    return lines + missing(run)


def _of(tests: Sequence[str]) -> str:
    return f" ({', '.join(tests)})"


def _is_told(run: ModelRun, part: str) -> bool:
    return any(getattr(split(result.samples), part, None) is not None for result in run.results)


def missing(run: ModelRun) -> list[str]:
    """What is not there, or is less than it seems, and why."""
    lines = []
    for result in run.results:
        if result.error is not None:
            lines.append(for_terminal(f"{result.test.name}: not measured: {result.error.message}"))
            lines += [f"  -> {for_terminal(result.error.hint)}"] if result.error.hint else []
        if (sentence := slowed(run, result)) is not None:
            lines.append(f"{result.test.name}: {sentence}")
        short = [s for s in result.samples if s.finish == "stop" and result.test.n_gen not in {None, 1}]
        if short:
            lines.append(
                f"{result.test.name}: {len(short)} of {len(result.samples)} answers ended before the limit, "
                "where the model ended them"
            )
    if not any(result.samples for result in run.results):
        lines.append("no repetition was finished")
    elif not run.loads:
        lines.append("load: unknown; it was loaded before, or the engine does not tell")
    return lines
