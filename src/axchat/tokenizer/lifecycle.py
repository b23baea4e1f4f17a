"""Is a tokenizer server there, and if not, may we start the model directory's own?

A legacy runner asks ``/bos_id`` and ``/eos_id`` before anything else and dies of SIGSEGV without a word
when nobody answers within a second (recorded session 20-pty-tok-down-at-start), so this is asked first.
"""

import http.client
import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from axchat.deadline import Deadline
from axchat.errors import RunnerTimeout, TokenizerFault
from axchat.process.background import BackgroundProcess
from axchat.process.launch import LaunchRequest, child_environment

PROBE_TIMEOUT_S = 1.0
"""The runner's own limit per read; an answer that takes longer would kill it."""

START_TIMEOUT_S = 60.0
"""The vendor's scripts import transformers before they listen: 5 to 20 s on a board."""

_PROBE_INTERVAL_S = 0.2
"""A server does not tell when it begins to listen; its own process ending is an event, this is not."""


_WITHOUT_UID = {"error": "Invalid uid"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a tokenizer server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def probe(address: Address) -> str | None:
    """What is wrong with the server at this address, or None when it answers as a tokenizer does.

    A server of the context era answers ``Invalid uid`` to whoever has none, and is a tokenizer's. Opens one
    connection and closes it at once: the vendor's servers handle one at a time.
    """
    connection = http.client.HTTPConnection(address.host, address.port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/bos_id", headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read(65536)
        if response.status != 200:
            return f"it answers /bos_id with status {response.status}"
        said = json.loads(body)
        if said != _WITHOUT_UID and not isinstance(said["bos_id"], int):
            return "its bos_id is not a number"
    except ConnectionRefusedError:
        return "nothing listens there"
    except TimeoutError:
        return f"it does not answer within {PROBE_TIMEOUT_S:.0f} s"
    except (OSError, http.client.HTTPException) as error:
        return f"no HTTP answer ({error})"
    except (ValueError, KeyError, TypeError):
        return "something else answers there: /bos_id is not a tokenizer's JSON"
    finally:
        connection.close()
    return None


def require(address: Address, scripts: tuple[Path, ...]) -> None:
    """Make sure that a tokenizer answers.

    Raises:
        TokenizerFault: it does not; the hint is the command that starts the directory's own.
    """
    if wrong := probe(address):
        script = scripts[0] if scripts else None
        hint = (
            f"start it: python3 {shlex.quote(str(script))} --host {address.host} --port {address.port}"
            "   (or let axchat do it: AXCHAT_TOKENIZER_START=true)"
            if script
            else "the model directory has no *tokenizer*.py; start the tokenizer server of this model"
        )
        raise TokenizerFault(f"no tokenizer server at {address}: {wrong}", hint=hint, address=str(address))


def start(address: Address, script: Path, python: str, log: Path, deadline: Deadline) -> BackgroundProcess:
    """Start the model directory's tokenizer script and wait until it answers.

    Args:
        address: where the run script expects it.
        script: the vendor's ``*tokenizer*.py``; runs with its folder as current directory.
        python: interpreter that has what the script imports (usually transformers).
        log: file for its output.
        deadline: at most ``START_TIMEOUT_S`` of it is used.

    Raises:
        TokenizerFault: it ended or did not answer in time; it is not running any more.
    """
    request = LaunchRequest(
        (python, script.name, "--host", address.host, "--port", str(address.port)),
        script.parent,
        child_environment(PYTHONUNBUFFERED="1"),
    )
    process = BackgroundProcess(request, log)
    try:
        _wait_until_it_answers(process, address, script, Deadline(deadline.left(START_TIMEOUT_S)))
    except BaseException:  # Ctrl-C too: no child stays behind
        process.close()
        raise
    return process


def _wait_until_it_answers(
    process: BackgroundProcess, address: Address, script: Path, deadline: Deadline
) -> None:
    while wrong := probe(address):
        status = process.wait(_PROBE_INTERVAL_S)
        if status is not None:
            raise TokenizerFault(
                f"the tokenizer script {script.name} ended with status {status}: {_last_line(process.log)}",
                hint=f"see {process.log}; setting tokenizer.python names the interpreter to run it with",
            )
        if deadline.is_over:
            raise RunnerTimeout(
                f"the tokenizer script {script.name} does not answer at {address}: {wrong}",
                hint=f"see {process.log}",
            )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
