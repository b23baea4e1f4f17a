"""Is the model directory complete and fit for this machine, and does its tokenizer answer?"""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context, Status
from axchat.errors import ModelError
from axchat.modeldir.eras import has_tokenizer_json
from axchat.modeldir.read import Era, ModelDir, arch_for, command_of, problems, read
from axchat.modeldir.script import TokenizerAddress

TOKENIZER_TIMEOUT_S = 2.0  # on loopback; the runner itself gives up after 1 s
_MODEL, _ENGINE = 4, 9  # exit statuses, docs/exit-codes.md
_QWEN_ENDS = frozenset({151643, 151645})  # <|endoftext|> and <|im_end|> of Qwen2 to Qwen3
_STOPS = "The model cannot be started from there."
_MEANINGS = {
    "script-unusable": "axchat cannot tell from it how the runner is started.",
    "runner-missing": "The script has nothing to start.",
    "not-executable": "The system says 'Permission denied'; downloads lose the executable bit.",
    "not-a-program": "The system says 'Exec format error'; mostly a saved web page.",
    "wrong-machine": "The system says 'cannot execute binary file: Exec format error'.",
    "file-missing": "The runner stops with 'read_file(...) failed' or 'init axmodel(...) failed'.",
    "empty-file": "The runner stops with 'init axmodel(...) failed'; the download broke off at its start.",
    "lfs-pointer": "git fetched 130 bytes that name it; started, they say 'version: command not found'.",
    "unreadable": "The runner cannot open it either.",
    "bad-template": "The runner would look for layers that nobody made.",
    "leaves-directory": "It is not followed: a model directory is data from somebody else.",
}
_LOOPBACK = frozenset({"localhost", "::1"})


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``model.directory``, one ``model.<problem>`` for each problem, ``model.tokenizer``."""
    if context.model_dir is None:
        return [CheckResult("model.directory", Status.SKIP, "no model directory was named")]
    try:
        model = read(probes.located(context.model_dir))
    except ModelError as exc:
        return [_unreadable(probes, context.model_dir, exc)]
    path = context.model_dir if model.chosen is None else context.model_dir.parent
    facts: dict[str, object] = {"path": str(path), "era": str(model.era)}
    summary = f"{path} is a model directory ({model.era})"
    results = [CheckResult("model.directory", Status.OK, summary, facts=facts)]
    found = problems(model, probes.uname().machine)
    for problem in found:
        hint = problem.hint
        if problem.id == "not-executable":
            hint = f"chmod +x {shlex.quote(str(path / problem.names[0]))}"
        hint = hint or f"look at it, and download it again: ls -la {shlex.quote(str(path))}"
        result = _failed(f"model.{problem.id}", problem.text, hint, {"files": list(problem.names[:20])})
        results.append(replace(result, meaning=_MEANINGS.get(problem.id, _STOPS)))
    if not found:
        results.append(CheckResult("model.files", Status.OK, "every file that it names is there"))
    return results + _tokenizer(probes, model)


def _unreadable(probes: Probes, path: Path, exc: ModelError) -> CheckResult:
    config = f"{path}/config.json"
    status = probes.status(config)
    if status is not None and not status.is_directory and status.size == 0:
        hint = "download it again; axllm needs it and says 'attempting to parse an empty input'"
        result = _failed("model.empty-config", f"{config} is empty", hint, {"files": ["config.json"]})
        return replace(result, meaning=_STOPS)
    hint = exc.hint or f"see what is there: ls -ld {shlex.quote(str(path))}"
    return replace(_failed("model.directory", exc.message, hint), meaning=_STOPS)


def _failed(
    name: str, summary: str, hint: str | None, facts: dict[str, object] | None = None, status: int = _MODEL
) -> CheckResult:
    return CheckResult(name, Status.FAIL, summary, "", hint, facts or {}, status)


def _tokenizer(probes: Probes, model: ModelDir) -> list[CheckResult]:
    if model.era is Era.AXLLM:
        return []  # axllm holds its tokenizer
    try:
        address = command_of(model.script_for(arch_for(probes.uname().machine))).tokenizer
    except ModelError:
        return []  # told as model.script-unusable
    if address is None:
        return []  # the runner reads a tokenizer file, which was among the files
    facts: dict[str, object] = {"url": address.url}
    if not _is_loopback(address.host):
        return [
            CheckResult(
                "model.tokenizer",
                Status.WARN,
                f"the script's tokenizer is on another machine ({address.host}), which was not asked",
                "Prompts and answers would go there.",
                f"change {address.option} in the script to http://127.0.0.1:{address.port}",
                facts,
            )
        ]
    answer = probes.fetch(address.host, address.port, "/bos_id", TOKENIZER_TIMEOUT_S)
    if isinstance(answer, str) and has_tokenizer_json(model.path):
        text = f"nobody answers at {address.url}, nor has to: axchat serves the model's tokenizer.json itself"
        return [CheckResult("model.tokenizer", Status.OK, text, facts=facts)]
    if isinstance(answer, str):
        return [_no_answer(probes, address, answer, model.tokenizer_scripts, facts)]
    if _is_tokenizer(answer):
        if (other := _other_end(probes, address, model)) is not None:
            text = f"the tokenizer at {address.url} ends texts with {other}, which no Qwen model does"
            meaning = "It belongs to another model; answers would be garbled."
            hint = "start the tokenizer of this directory, at the address in its script"
            return [CheckResult("model.tokenizer", Status.WARN, text, meaning, hint, facts)]
        return [
            CheckResult("model.tokenizer", Status.OK, f"a tokenizer answers at {address.url}", facts=facts)
        ]
    meaning = "Another program has the port; the runner would fail or crash on its answer."
    text = f"what answers at {address.url} is no tokenizer"
    hint = f"find it: ss -ltnp sport = :{address.port}; or use another port in the script and the tokenizer"
    return [CheckResult("model.tokenizer", Status.FAIL, text, meaning, hint, facts, _ENGINE)]


def _other_end(probes: Probes, address: TokenizerAddress, model: ModelDir) -> int | None:
    """The end-of-text id of a tokenizer that cannot be a Qwen model's; None in any other case."""
    if "qwen" not in model.path.name.lower():
        return None
    answer = probes.fetch(address.host, address.port, "/eos_id", TOKENIZER_TIMEOUT_S)
    try:
        value = None if isinstance(answer, str) else json.loads(answer)
    except (ValueError, RecursionError):
        return None
    end = value.get("eos_id") if isinstance(value, dict) else None
    return end if isinstance(end, int) and end not in _QWEN_ENDS else None


def _other_port(probes: Probes, wanted: int) -> int | None:
    """The port of a tokenizer that runs for another address."""
    for name in probes.listdir("/proc") or []:
        command = (probes.read_text(f"/proc/{name}/cmdline") or "") if name.isdecimal() else ""
        match = re.search(r"tokenizer[^\0]*\.py\0(?:.*\0)?--port[\0=](\d{1,5})(?:\0|$)", command, re.DOTALL)
        if match and int(match[1]) != wanted:
            return int(match[1])
    return None


def _no_answer(
    probes: Probes, address: TokenizerAddress, why: str, scripts: tuple[Path, ...], facts: dict[str, object]
) -> CheckResult:
    text = f"no tokenizer at {address.url}: {why.lower()}"
    if (other := _other_port(probes, address.port)) is not None:
        meaning = (
            f"A tokenizer runs, but with --port {other}; the runner asks port {address.port} and crashes."
        )
        hint = f"make them agree: start the tokenizer with --port {address.port}, or change {address.option}"
        return CheckResult("model.tokenizer-port", Status.FAIL, text, meaning, hint, facts, _ENGINE)
    meaning = "The vendor's runner crashes (signal 11) when its tokenizer does not answer."
    if scripts:
        hint = f"start it: python3 {shlex.quote(str(scripts[0]))} --host {address.host} --port {address.port}"
        return CheckResult("model.tokenizer", Status.WARN, text, meaning, hint, facts)
    hint = "the directory holds no *tokenizer*.py; download it from the vendor's repository"
    return CheckResult("model.tokenizer", Status.FAIL, text, meaning, hint, facts, _ENGINE)


def _is_loopback(host: str) -> bool:
    parts = host.split(".")
    is_127 = (
        len(parts) == 4 and parts[0] == "127" and all(part.isascii() and part.isdigit() for part in parts)
    )
    return host in _LOOPBACK or is_127


def _is_tokenizer(body: bytes) -> bool:
    """Legacy servers say {"bos_id": n}; uid servers say {"error": "Invalid uid"} without a uid."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and ("bos_id" in value or "error" in value)
