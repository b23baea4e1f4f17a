"""What went wrong in llama.cpp's process, in words. Pure: exit status and log lines come in as values."""

import re
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from axchat.engines.cpu_checks import ANOTHER_FILE, INSTALL_HINT, LIBGOMP_HINT
from axchat.errors import AxchatError, EngineUnavailable, ModelError, RunnerFailed
from axchat.process.worker import exit_cause

# "0.00.033.957 E llama_model_load: error loading model: tensor 'x' is not ...": time, level, place, text
_ERROR_LINE = re.compile(r"^[\d.]+ E (?:srv|cmn|slot)?\s*\S+: (?P<text>.*)$")
_WARNING = re.compile(r"^[\d.]+ W ")
_LOAD_ERROR = "error loading model: "
_NO_MEMORY = "insufficient memory"
_DAMAGED = ("not within the file bounds", "failed to read", "corrupted", "failed to load model from")


def reason_in(log: Sequence[str]) -> str | None:
    """The most telling line of llama.cpp's log: the load error, else the first error, else the last line.

    Its warnings tell of no end: each answer has one, of our own settings.
    """
    for line in log:
        if _LOAD_ERROR in line:
            return line.partition(_LOAD_ERROR)[2]
    errors = [found["text"] for line in log if (found := _ERROR_LINE.match(line))]
    return errors[0] if errors else next((x for x in reversed(log) if x and not _WARNING.match(x)), None)


def refused(path: Path, answer: Mapping[str, object], log: Sequence[str]) -> AxchatError:
    """The error for a child that answered that it could not load, in its ``error`` and ``message``."""
    message = str(answer.get("message") or "no reason given")
    kind = answer.get("error")
    if kind == "import" and "libgomp" in message:
        return EngineUnavailable("the cpu engine needs the system library libgomp1", hint=LIBGOMP_HINT)
    if kind == "import":
        return EngineUnavailable(f"xllamacpp cannot be imported: {message}", hint=INSTALL_HINT)
    if kind == "version":
        return EngineUnavailable(
            f"the installed xllamacpp is not the version axchat needs: {message}", hint=INSTALL_HINT
        )
    if kind == "load":
        reason = reason_in(log) or message
        hint = ANOTHER_FILE
        if any(mark in reason for mark in _DAMAGED):
            hint = "the file is incomplete or damaged: download it again"
        elif _NO_MEMORY in reason:
            hint = "use a smaller model, or a smaller cpu.context (AXCHAT_CPU_CONTEXT), which needs less"
        return ModelError(
            f"llama.cpp cannot load {path}: {reason}",
            hint=hint,
            log=list(log),
        )
    return RunnerFailed(f"the cpu engine's child process broke its protocol: {dict(answer)!r}")


def died_loading(path: Path, status: int | None, log: Sequence[str]) -> RunnerFailed:
    """The error for a child that ended without an answer; ``status`` is None when it still runs."""
    cause = "no answer" if status is None else exit_cause(status)
    return RunnerFailed(
        f"llama.cpp died while loading {path}: {cause}{_last_words(log)}",
        hint=_hint(status),
        exit_status_of_child=status,
        log=list(log),
    )


def died_answering(model: str, status: int, said: int, log: Sequence[str]) -> RunnerFailed:
    """The error for a child that ended in an answer of which ``said`` characters had arrived."""
    lost = f"{said} characters of the answer arrived, the rest is lost" if said else "the answer is lost"
    return RunnerFailed(
        f"llama.cpp died while answering with {model}: {exit_cause(status)}; {lost}{_last_words(log)}",
        hint=_hint(status),
        exit_status_of_child=status,
        characters=said,
        log=list(log),
    )


def _last_words(log: Sequence[str]) -> str:
    reason = reason_in(log)
    return f"; its log ends with: {reason}" if reason else ""


def _hint(status: int | None) -> str | None:
    if status == -signal.SIGILL:
        return "the cpu engine needs AVX2 on x86; use another --engine on this CPU"
    if status == -signal.SIGKILL:
        return (
            "if nobody killed it, memory ran out: sudo dmesg | grep -i oom; a smaller cpu.context needs less"
        )
    return "run the command again; if it dies again, try another model file"
