"""What the lines that a vendor's HTTP server logs say about its end: evidence for ``runner_faults``. Pure."""

import re
from collections.abc import Sequence

from axchat.console.events import Fault, FaultKind, RunnerLog, RuntimeLog
from axchat.console.faults import code_in, fault_of_runner, fault_of_runtime
from axchat.engines.runner_faults import Evidence, explain
from axchat.errors import AxchatError, RunnerFailed

_ERROR = re.compile(
    r"(?:\d\d:\d\d:\d\d\.\d{3} ERR (?P<function>\S+?):(?P<line>\d+) \| "
    r"|\[E\]\[ *(?P<old_function>[\w~]*)\]\[ *(?P<old_line>\d+)\]: )(?P<message>.*)"
)
"""An error in axllm's form or in the older runners'; it may follow a progress bar or an answer."""

_RUNTIME = re.compile(
    r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[\d+\]\[(?P<level>[WEC])\]"
    r"\[(?P<module>[^\]]*)\]\[(?P<function>[^\]]*)\](?:\[[^\]]*\])?:? ?(?P<message>.*)"
)

_NOISE = re.compile(r"AXCL device \d+ not inited")
"""Ends every run of axllm, also a clean one (recorded session axllm-s01)."""

_PORT_TAKEN = re.compile(r"Port (\d+) is unavailable: (.*)")

# Causes that axllm means otherwise than the older runners, or alone names (runner-console I 5.6, III 4).
_AXLLM_FAULTS: tuple[tuple[str, FaultKind], ...] = (
    (
        r"create_tokenizer\(.*\) failed|tokenizer\.init\(.*\) failed|can't load toke?n[zi]+er",
        FaultKind.MODEL_FILE,
    ),
)


def evidence_of(lines: Sequence[tuple[bool, str]], *, tokenizer: str | None = None) -> Evidence:
    """The evidence in a server's log.

    Args:
        lines: whether each stands on standard error, and its text without colours.
        tokenizer: the tokenizer's address, when the server needs one.
    """
    evidence = Evidence(tokenizer=tokenizer)
    for is_stderr, text in lines:
        if _NOISE.search(text):
            continue
        if is_stderr:
            evidence.add_stderr(text.encode() + b"\n")
        else:
            evidence.add_line(text)
        if (fault := fault_in(text)) is not None:
            evidence.faults.append(fault)
    return evidence


def fault_in(text: str) -> Fault | None:
    """The fault that a log line names, or None."""
    if _NOISE.search(text):
        return None
    if (found := _RUNTIME.search(text)) is not None:
        return fault_of_runtime(
            RuntimeLog(found["level"], found["module"], found["function"], found["message"])
        )
    if (found := _ERROR.search(text)) is None:
        return None
    function = found["function"] or found["old_function"] or ""
    line = int(found["line"] or found["old_line"])
    message = found["message"]
    # axllm's tokenizer is a file of the model; with older runners the same words mean a server
    for pattern, kind in _AXLLM_FAULTS:
        if re.search(pattern, message):
            return Fault(kind, message.strip(), code_in(message))
    return fault_of_runner(RunnerLog("E", function, line, message))


def explain_end(
    lines: Sequence[tuple[bool, str]],
    status: int | None,
    *,
    tokenizer: str | None = None,
    has_text: bool = False,
) -> AxchatError:
    """The error for a server that ended: its exit status (128 + signal) and its log say why."""
    for _, text in lines:
        if (taken := _PORT_TAKEN.search(text)) is not None:
            return RunnerFailed(
                f"port {taken[1]} cannot be used: {taken[2]}", hint="try again, or free the port"
            )
    evidence = evidence_of(lines, tokenizer=tokenizer)
    evidence.has_text = has_text
    return explain(evidence, status)
