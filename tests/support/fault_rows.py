"""The fault table: what goes wrong, where it is injected, and what the user is told. Data only.

Rows follow the failure lists of the vendor's programs: part I 2.6, 2.8 and 3.5, part II 5 to 8 of the facts
on runner consoles; names of failures are the stand-in's (docs/standin.md).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from axchat.errors import (
    AxchatError,
    ContextOverflow,
    DeviceBusy,
    DeviceFailed,
    ModelError,
    NoDevice,
    RunnerFailed,
    RunnerTimeout,
    TokenizerFault,
)
from axchat.process.shutdown import Ended


class When(StrEnum):
    """At which point of a runner's life."""

    START = "start"
    ENCODE = "encode"
    DECODE = "decode"
    ANSWER = "answer"
    IDLE = "idle"
    EXIT = "exit"


class Runner(StrEnum):
    """Which runner, and who is its tokenizer."""

    AXCL_LLM = "axcl-llm"
    PREFILL = "prefill"
    MULTI = "multi"
    CONTEXT = "context"
    AXLLM = "axllm"
    SCRIPT = "script"


ANSWER = "one two three four five six seven eight nine ten"


@dataclass(frozen=True, slots=True)
class Row:
    """One failure.

    Attributes:
        when: where it happens.
        what: it, in words.
        fails: names for the stand-in; "" where something else is done.
        error: what is raised; None when the answer comes all the same.
        says: stands in the error's message, or in a notice where there is no error.
        text: what of the answer comes before the error; None for its beginning, whatever its length.
        runner: who plays it.
        prompt: the question.
        kills: signal that another program sends to the runner after the first words, or while it is idle.
        spoils: what is done to the directory before the start, see ``fault_play``.
        ending: how the runner ended, for failures of the exit.
    """

    when: When
    what: str
    fails: str
    error: type[AxchatError] | None
    says: str
    text: str | None = ""
    runner: Runner = Runner.AXCL_LLM
    prompt: str = "hello"
    kills: str = ""
    spoils: str = ""
    ending: Ended | None = None

    @property
    def id(self) -> str:
        """Names the row in tests and in the table."""
        return "-".join(filter(None, (self.runner, self.fails or self.spoils, self.kills, self.when))).lower()


START, ENCODE, DECODE, AT_ANSWER, IDLE, EXIT = When
_LOAD = "the card could not load the model"
_DIED = "the runner ended in the middle of its answer"
_CRASHED = "the runner ended before it answered (SIGSEGV)"
_ADDRESS = "as it does when its tokenizer at http://127.0.0.1"

_MODEL_FILES = (
    Row(START, "the runner lost its executable bit", "", ModelError, "not executable", spoils="exec-bit"),
    Row(START, "the runner is not there", "", ModelError, "main_axcl", spoils="no-runner"),
    Row(START, "a layer is a git-lfs pointer", "", ModelError, "git-lfs", spoils="lfs-pointer"),
    Row(START, "a layer is not there", "", ModelError, "l1_together.axmodel", spoils="no-layer"),
    Row(START, "the runner is for another processor", "", ModelError, "is built for arm", spoils="wrong-elf"),
    Row(START, "the tokenizer's file is damaged", "", ModelError, "tokenizer.json", spoils="bad-tokenizer"),
)

_CARD = (
    Row(START, "the card refuses a port", "setdevice", DeviceFailed, "0x80300186"),
    Row(START, "no card", "no-device", NoDevice, "found no card"),
    Row(START, "the NPU's engine does not start", "engine-init", DeviceFailed, "0x8030010c"),
    Row(START, "the card's memory is full", "memory-full-1", DeviceBusy, "no memory left"),
    Row(START, "the card does not take a layer", "load-layer-1", DeviceFailed, _LOAD),
    Row(START, "it does not make a layer ready", "create-context-1", DeviceFailed, _LOAD),
    Row(START, "it does not tell a layer's inputs", "io-info-1", DeviceFailed, _LOAD),
    Row(START, "it does not take the last stage", "load-post", DeviceFailed, _LOAD),
    Row(START, "the runtime does not start", "axclinit-11", DeviceFailed, "does not say why"),
    Row(
        START,
        "the runtime does not start",
        "axclinit-11",
        NoDevice,
        "axclInit() failed",
        runner=Runner.PREFILL,
    ),
    Row(
        START,
        "the same, told by the status only",
        "axclinit-11",
        RunnerFailed,
        "status 11",
        runner=Runner.MULTI,
    ),
    Row(
        START, "a worker's card is not usable", "not-inited", DeviceFailed, "not inited", runner=Runner.MULTI
    ),
    Row(START, "the card refuses a port", "setdevice", DeviceFailed, "0x80300186", runner=Runner.MULTI),
    Row(START, "the card does not answer", "hang-setdevice", RunnerTimeout, "said nothing for"),
    Row(START, "a layer's load hangs", "hang-layer-1", RunnerTimeout, "said nothing for"),
)

_START = (
    Row(START, "a layer's file cannot be read", "missing-layer", ModelError, "(read_file)"),
    Row(START, "the last stage's file cannot be read", "missing-post", ModelError, "init post axmodel("),
    Row(START, "the embeddings are not there", "missing-embed", ModelError, "open failed"),
    Row(START, "the embeddings have another size", "embed-size", ModelError, "not equal"),
    Row(START, "the embeddings cannot be mapped", "mmap", ModelError, "(mmap)"),
    Row(START, "the model is inconsistent", "max-token-len", ModelError, "> kv_cache_num"),
    Row(START, "no post_config.json for the runner", "missing-config", None, "", ANSWER),
    Row(START, "free memory cannot be told", "pcie-ids", None, "", ANSWER),
    Row(START, "it hangs after the embeddings", "hang-load", RunnerTimeout, "said nothing for"),
    Row(START, "it says nothing at all", "silent", RunnerTimeout, "said nothing for"),
    Row(START, "it says what no runner says", "garbage", RunnerFailed, "exit status 1"),
    Row(START, "it ends at once", "exit-3", RunnerFailed, "exit status 3"),
    Row(START, "its call for the first token fails", "bos-500-0", TokenizerFault, "status: 500"),
    Row(START, "its call gets what is no JSON", "bos-json-0", TokenizerFault, "tokenizer.Init("),
    Row(START, "its call is lost: the runner crashes", "bos-lost-0", RunnerFailed, "SIGSEGV"),
    Row(START, "its call for the last token fails", "eos-500-0", TokenizerFault, "status: 500"),
    Row(START, "no conversation is given", "uid-500-0", TokenizerFault, "uid", runner=Runner.CONTEXT),
    Row(START, "the runtime does not start", "axclinit-11", RunnerFailed, "status 11", runner=Runner.CONTEXT),
    Row(START, "the card refuses a port", "setdevice", DeviceFailed, "0x80300186", runner=Runner.CONTEXT),
)

_LONG = "word " * 5000

_ENCODE = (
    Row(ENCODE, "the prompt is longer than the context", "", ContextOverflow, "takes", prompt=_LONG),
    Row(
        ENCODE,
        "the same, with a prefill stage",
        "",
        ContextOverflow,
        "takes",
        prompt=_LONG,
        runner=Runner.PREFILL,
    ),
    Row(
        ENCODE,
        "the same, of a stateful runner",
        "",
        ContextOverflow,
        "takes",
        prompt=_LONG,
        runner=Runner.CONTEXT,
    ),
    Row(ENCODE, "its call for the prompt fails", "encode-500-0", TokenizerFault, "status: 500"),
    Row(ENCODE, "it gets what is no JSON", "encode-json-0", TokenizerFault, "json parse failed"),
    Row(
        ENCODE,
        "it gets no tokens: the runner crashes",
        "encode-empty-0",
        RunnerFailed,
        _CRASHED,
    ),
    Row(
        ENCODE,
        "it gets no answer: the runner crashes",
        "encode-lost-0",
        RunnerFailed,
        _CRASHED,
    ),
    Row(
        ENCODE,
        "the vendor's tokenizer fails",
        "encode-500-0",
        TokenizerFault,
        "status: 500",
        runner=Runner.SCRIPT,
    ),
    Row(
        ENCODE,
        "the vendor's tokenizer is a second late: the runner crashes",
        "encode-lost-0",
        TokenizerFault,
        _ADDRESS,
        runner=Runner.SCRIPT,
    ),
)

_DECODE = (
    Row(DECODE, "a call fails and is repeated", "decode-500-1", RunnerFailed, "could not be read", None),
    Row(DECODE, "it gets what is no JSON", "decode-json-1", RunnerFailed, "could not be read", None),
    Row(DECODE, "it gets nothing", "decode-empty-1", None, "", ANSWER),
    Row(DECODE, "no answer: the runner crashes", "decode-lost-1", RunnerFailed, f"{_DIED} (SIGSEGV)", None),
    Row(
        DECODE,
        "the vendor's tokenizer fails for a piece",
        "decode-500-1",
        None,
        "a piece of the answer may be missing",
        None,
        runner=Runner.SCRIPT,
    ),
)

_ANSWER = (
    Row(
        AT_ANSWER,
        "a call to the card hangs",
        "hang-token-4",
        RunnerTimeout,
        "while answering",
        None,
    ),
    Row(AT_ANSWER, "it crashes", "segv-token-4", RunnerFailed, f"{_DIED} (SIGSEGV)", None),
    Row(AT_ANSWER, "it aborts", "abrt-token-4", RunnerFailed, f"{_DIED} (SIGABRT)", None),
    Row(AT_ANSWER, "it ends", "exit-token-4", RunnerFailed, f"{_DIED} (exit status 1)", None),
    Row(
        AT_ANSWER,
        "it crashes",
        "segv-token-4",
        RunnerFailed,
        f"{_DIED} (SIGSEGV)",
        None,
        runner=Runner.CONTEXT,
    ),
    Row(AT_ANSWER, "it crashes", "segv-token-4", RunnerFailed, "SIGSEGV", None, runner=Runner.SCRIPT),
    Row(AT_ANSWER, "somebody kills it", "hang-token-4", RunnerFailed, "SIGKILL", None, kills="SIGKILL"),
    Row(AT_ANSWER, "somebody ends it", "hang-token-4", RunnerFailed, "SIGTERM", None, kills="SIGTERM"),
    Row(AT_ANSWER, "the card dies", "dead-device-token-4", DeviceFailed, "AX_ENGINE_Execute", None),
    Row(
        AT_ANSWER,
        "the card dies",
        "dead-device-token-4",
        DeviceFailed,
        "AX_ENGINE_Execute",
        None,
        runner=Runner.CONTEXT,
    ),
    Row(
        AT_ANSWER,
        "the card dies",
        "dead-device-token-4",
        DeviceFailed,
        "the NPU failed",
        None,
        runner=Runner.SCRIPT,
    ),
    Row(AT_ANSWER, "the library reports an error", "library-error-token-4", DeviceFailed, "send 4096", None),
    Row(AT_ANSWER, "the library says the card is dead", "library-log", DeviceFailed, "is dead", None),
    Row(AT_ANSWER, "an error on stderr, and it goes on", "late-error-token-4", None, "send 4096", ANSWER),
    Row(AT_ANSWER, "a warning on stderr", "late-log", None, "is dead", ANSWER),
)

_IDLE = (
    Row(IDLE, "the card dies", "idle-dead", None, "device 1 is dead", ANSWER),
    Row(IDLE, "it crashes", "idle-segv", None, "SIGSEGV", ANSWER),
    Row(IDLE, "it ends", "idle-exit-3", None, "exit status 3", ANSWER),
    Row(IDLE, "it prints its marker for ever", "eof-flood@1", None, "marker for ever", ANSWER),
    Row(IDLE, "somebody kills it", "", None, "SIGKILL", ANSWER, kills="SIGKILL"),
    Row(IDLE, "the card dies", "idle-dead", None, "device 1 is dead", ANSWER, runner=Runner.CONTEXT),
    Row(IDLE, "somebody kills it", "", None, "SIGKILL", ANSWER, kills="SIGKILL", runner=Runner.CONTEXT),
)

_EXIT = (
    Row(EXIT, "it quits", "", None, "", ANSWER, ending=Ended.QUIT),
    Row(EXIT, "it does not take its quit", "ignore-q", None, "", ANSWER, ending=Ended.TERMINATED),
    Row(EXIT, "it hangs while it frees the card", "hang-exit", None, "", ANSWER, ending=Ended.TERMINATED),
    Row(
        EXIT,
        "it takes neither its quit nor SIGTERM",
        "ignore-q,ignore-term",
        None,
        "",
        ANSWER,
        ending=Ended.KILLED,
    ),
)

_AXLLM_START = tuple(
    replace(row, runner=Runner.AXLLM)
    for row in (
        Row(START, "the card refuses a port", "setdevice", DeviceFailed, "0x80300186"),
        Row(START, "no card", "no-device", NoDevice, "found no card"),
        Row(START, "the runtime does not start", "axclinit-11", DeviceFailed, "init fail"),
        Row(START, "the card does not take a layer", "load-layer-1", DeviceFailed, _LOAD),
        Row(START, "a layer's file cannot be read", "missing-layer", DeviceFailed, _LOAD),
        Row(START, "the embeddings are not there", "missing-embed", ModelError, "open failed"),
        Row(START, "the model is inconsistent", "max-token-len", ModelError, "> kv_cache_num"),
        Row(START, "the card does not answer", "hang-setdevice", RunnerTimeout, "said nothing for"),
        Row(START, "it says nothing at all", "silent", RunnerTimeout, "said nothing for"),
        Row(START, "it ends at once", "exit-3", RunnerFailed, "exit status 3"),
    )
)
_AXLLM_LIFE = tuple(
    replace(row, runner=Runner.AXLLM)
    for row in (
        Row(AT_ANSWER, "the context is full", "", ContextOverflow, "does not fit", prompt=_LONG),
        Row(AT_ANSWER, "a call to the card hangs", "hang-token-4", RunnerTimeout, "while answering", None),
        Row(AT_ANSWER, "it crashes", "segv-token-4", RunnerFailed, "(SIGSEGV)", None),
        Row(AT_ANSWER, "somebody kills it", "hang-token-4", RunnerFailed, "SIGKILL", None, kills="SIGKILL"),
        Row(AT_ANSWER, "the card dies", "dead-device-token-4", DeviceFailed, "is dead", None),
        Row(AT_ANSWER, "the library reports an error", "late-error-token-4", DeviceFailed, "send 4096", None),
        Row(IDLE, "the card dies", "idle-dead", None, "device 1 is dead", ANSWER),
        Row(IDLE, "it crashes", "idle-segv", None, "SIGSEGV", ANSWER),
        Row(IDLE, "it ends", "idle-exit-3", None, "exit status 3", ANSWER),
        Row(EXIT, "it quits", "", None, "", ANSWER, ending=Ended.QUIT),
        Row(EXIT, "it hangs while it frees the card", "hang-exit", None, "", ANSWER, ending=Ended.TERMINATED),
    )
)

ROWS: tuple[Row, ...] = (
    *_MODEL_FILES,
    *_CARD,
    *_START,
    *_AXLLM_START,
    *_ENCODE,
    *_DECODE,
    *sorted(
        (*_ANSWER, *_IDLE, *_EXIT, *_AXLLM_LIFE), key=lambda row: (AT_ANSWER, IDLE, EXIT).index(row.when)
    ),
)
