"""Why a runner gave no answer, from all that it said: pure."""

import re
import shlex
from dataclasses import dataclass, field, replace

from axchat.axcl import codes
from axchat.console.events import Fault, FaultKind
from axchat.console.grammar import RUNTIME
from axchat.console.items import runtime_log
from axchat.errors import (
    AxchatError,
    DeviceFailed,
    ModelError,
    NoDevice,
    RunnerFailed,
    TokenizerFault,
    UsageError,
)

LOADED = "LLM init ok"
"""The last log line of a load, in every dialect."""

_HARMLESS = frozenset({"I", "N", "D", "T"})
_KEPT_LINES = 40
_KEPT_STDERR_BYTES = 16384
_SIGNALS = {
    132: "SIGILL",
    134: "SIGABRT",
    135: "SIGBUS",
    136: "SIGFPE",
    137: "SIGKILL",
    139: "SIGSEGV",
    143: "SIGTERM",
}
_SEGV, _ABORT = 139, 134
_JOB_REPORT = re.compile(
    r": line \d+: +\d+ (Segmentation fault|Aborted|Killed|Terminated|Illegal instruction|Bus error)"
)
_LONGEST_QUOTE = 200


@dataclass
class Evidence:
    """What a script said and did besides its answer.

    Attributes:
        tokenizer: the tokenizer address that the script names.
        model: the path of the model, for hints.
        faults: in the order they were printed; the first is the cause, the rest usually follow from it.
        has_text: whether any answer text came.
        lines: what it said on its console, the newest ones.
        stderr: the end of its standard error.
        is_loaded: whether it said that its model is loaded, in this turn or before.
    """

    tokenizer: str | None = None
    model: str = "DIR"
    faults: list[Fault] = field(default_factory=list)
    has_text: bool = False
    lines: list[str] = field(default_factory=list)
    stderr: bytes = b""
    is_loaded: bool = False
    _unfinished: bytes = b""
    _newest: str = ""

    def of_next_turn(self) -> "Evidence":
        """An empty one for another turn of the same runner: what went wrong before is not its reason."""
        return Evidence(self.tokenizer, self.model, is_loaded=self.is_loaded)

    def add_line(self, line: str, level: str = "") -> None:
        """Keep a console line; only the newest are kept.

        Args:
            line: its message.
            level: of a log line. Once the model is loaded, harmless ones are no reason for an end.
        """
        self.lines = [*self.lines[-_KEPT_LINES:], line]
        if line == LOADED:
            self.is_loaded, self._newest = True, ""
        elif not (self.is_loaded and level in _HARMLESS):
            self._newest = line

    def add_stderr(self, data: bytes) -> list[str]:
        """Keep the end of standard error; returns what the AXCL library says in whole new lines."""
        self.stderr = (self.stderr + data)[-_KEPT_STDERR_BYTES:]
        self._unfinished = (self._unfinished + data)[-_KEPT_STDERR_BYTES:]
        *lines, self._unfinished = self._unfinished.split(b"\n")
        logs = [runtime_log(found) for line in lines if (found := RUNTIME.match(line + b"\n"))]
        return [log.message for log in logs if log.is_warning]

    @property
    def stderr_lines(self) -> list[str]:
        """Standard error as lines, without the shell's report of how its child ended."""
        lines = self.stderr.decode(errors="replace").splitlines()
        return [line.strip() for line in lines if line.strip() and not _JOB_REPORT.search(line)]

    @property
    def last_line(self) -> str:
        """The newest thing said on either stream that may have to do with an end, or ""."""
        return next(iter([*self.stderr_lines[-1:], self._newest]))[:_LONGEST_QUOTE]


def explain(evidence: Evidence, status: int | None) -> AxchatError:
    """The error for a script that ended without a complete answer.

    Args:
        evidence: what it said.
        status: its exit status; 128 + signal for a signal.
    """
    error = _explained(evidence, status)
    if error.hint is not None:
        error.hint = error.hint.replace("-m DIR", f"-m {shlex.quote(evidence.model)}")
    return error


def _explained(evidence: Evidence, status: int | None) -> AxchatError:
    if evidence.faults and not evidence.has_text:
        # a line of the library often comes before the one that says what it was about
        loads = (fault for fault in evidence.faults if fault.kind is FaultKind.DEVICE_MEMORY)
        return _of_fault(evidence, next(loads, evidence.faults[0]))
    if (error := _of_shell(evidence, status)) is not None:
        return error
    ended = how_it_ended(status)
    if status == _SEGV and evidence.tokenizer and not evidence.has_text:
        # the runner dereferences an empty answer: recorded sessions 20-*, 21-pty-encode-500
        return TokenizerFault(
            f"the runner crashed ({ended}), as it does when its tokenizer at {evidence.tokenizer} "
            "does not answer within a second",
            hint="check that the tokenizer server belongs to this model and answers fast",
        )
    if status == _ABORT and "type_error.316" in evidence.stderr.decode(errors="replace"):
        return RunnerFailed(f"the runner aborted on a prompt that is not UTF-8 ({ended})")
    code = _first_code(evidence)
    if code is not None:
        return codes.error_for(code, context=_context(evidence))
    what = "in the middle of its answer" if evidence.has_text else "before it answered"
    said = f": {evidence.last_line}" if evidence.last_line else ""
    hint = "run: axchat doctor"
    if evidence.is_loaded or evidence.has_text:
        hint = "ask again, which loads it anew; if it ends again: axchat doctor"
    elif not evidence.lines and not said:
        # builds for several devices end like this when axclInit fails (runner-console 2.6)
        said = " and said nothing, as some do when the AXCL runtime does not start"
    return RunnerFailed(f"the runner ended {what} ({ended}){said}", hint=hint, status=status)


def how_it_ended(status: int | None) -> str:
    """An exit status in words: the signal's name for 128 + signal."""
    return _SIGNALS.get(status or 0, f"exit status {status}")


def _of_fault(evidence: Evidence, fault: Fault) -> AxchatError:
    facts: dict[str, object] = {
        "lines": [f.message for f in evidence.faults],
        "stderr": evidence.stderr_lines[-5:],
    }
    code = fault.code if fault.code is not None else _first_code(evidence)
    if fault.kind in {FaultKind.DEVICE, FaultKind.NPU, FaultKind.DEVICE_MEMORY} and code is not None:
        error: AxchatError = codes.error_for(code, context=_context(evidence))
        if fault.kind is FaultKind.DEVICE_MEMORY and type(error) is DeviceFailed:
            # the code says what failed in general, the line says that it was a load
            decoded = codes.decode(code)
            error = _named(evidence, replace(fault, message=f"{fault.message}, {decoded.hex} {decoded.name}"))
    else:
        error = _named(evidence, fault)
    error.facts |= facts
    return error


def _named(evidence: Evidence, fault: Fault) -> AxchatError:
    match fault.kind:
        case FaultKind.NO_DEVICE:
            return NoDevice(f"the runner found no card: {fault.message}", hint="run: axchat doctor")
        case FaultKind.MODEL_FILE:
            detail = evidence.faults[-1].message
            if fault.message.startswith("init "):
                # a file that cannot be read has a line of its own before this one
                return DeviceFailed(
                    f"the card or its runtime did not take the model; the runner does not say why: {detail}",
                    hint="run: axchat doctor",
                )
            cause = "" if detail == fault.message else f" ({fault.message})"
            return ModelError(
                f"the runner could not load the model: {detail}{cause}", hint="run: axchat doctor -m DIR"
            )
        case FaultKind.TOKENIZER:
            at = f" at {evidence.tokenizer}" if evidence.tokenizer else ""
            return TokenizerFault(
                f"the tokenizer server{at} answers badly: {fault.message}", hint="run: axchat doctor -m DIR"
            )
        case FaultKind.DEVICE_MEMORY:
            return DeviceFailed(
                f"the card could not load the model ({fault.message}): its memory is full, the file was made "
                "for another version, or it needs a restart",
                hint="run: axchat doctor",
            )
        case _:
            return DeviceFailed(f"the card failed: {fault.message}", hint="run: axchat doctor")


def _of_shell(evidence: Evidence, status: int | None) -> AxchatError | None:
    """What the shell, the loader or the runner's option parser said on standard error."""
    text = "\n".join(evidence.stderr_lines)
    if found := re.search(r"error while loading shared libraries: (\S+):", text):
        return RunnerFailed(
            f"the runner needs the library {found[1]}",
            hint="install the AXCL driver package, or: sudo ldconfig" if "axcl" in found[1] else None,
        )
    if re.search(r"version `GLIBC\w*_[\d.]+' not found", text):
        return RunnerFailed(
            "the runner was built for a newer system (glibc or libstdc++)", hint="upgrade the system"
        )
    if "Exec format error" in text:
        return ModelError("the runner is for another processor", hint="download the files for this machine")
    if status == 126 or (status == 127 and "not found" in text.lower()):
        return ModelError(f"the script cannot start its runner: {evidence.last_line}")
    if found := re.search(
        r"^(undefined (?:short )?option|option needs value|option value is invalid|need option): .*",
        text,
        re.MULTILINE,
    ):
        return UsageError(f"the runner refuses the script's options: {found[0]}")
    return None


def _context(evidence: Evidence) -> str:
    return "\n".join([*evidence.lines, *evidence.stderr_lines])


def _first_code(evidence: Evidence) -> int | None:
    """The first code in the log, standard error first: it is nearer to the cause."""
    found = codes.find_codes("\n".join([*evidence.stderr_lines, *evidence.lines]))
    return found[0] if found else None
