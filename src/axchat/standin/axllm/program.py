"""The command line of ``axllm``, and what both of its modes do around their play.

Options of the stand-in's own may stand anywhere: --standin-script FILE, --standin-trace FILE,
--standin-name NAME. Unknown words are ignored, as the vendor's program does.
"""

import os
from pathlib import Path

from axchat.standin import clock, death, faults, script, streams
from axchat.standin.axllm.config import read_config
from axchat.standin.axllm.console import Console
from axchat.standin.axllm.load import load
from axchat.standin.axllm.log import Log
from axchat.standin.axllm.model import Model
from axchat.standin.axllm.parts import Parts
from axchat.standin.axllm.serve import Server
from axchat.standin.loopback import leave, take_port
from axchat.standin.own_options import BadOwnOption, Own, split_own
from axchat.standin.program import BAD_STANDIN_OPTION, START_FAILED, early_end, misbehave
from axchat.standin.session import Device, StartFailed, runtime_log
from axchat.standin.streams import complain
from axchat.standin.trace import Trace

USAGE = (
    "Usage:\n  axllm run <model_path> [options]\n  axllm serve <model_path> [options]\n\n"
    "Options:\n  --port <port>\n  --help\n"
)
MODES = ("run", "serve")


def main(argv: list[str]) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of."""
    interrupts = clock.Interrupts()
    try:
        own, arguments = split_own(argv)
        folder = Path(arguments[1]) if len(arguments) > 1 else Path()
        plays = script.read_script(own.script, folder)
        failures = faults.parse(plays.fail)
    except (BadOwnOption, script.BadScript, faults.UnknownFault) as error:
        complain(f"standin: {error}\n".encode("utf-8", "replace"))
        return BAD_STANDIN_OPTION
    output = streams.Output()
    misbehave(failures, interrupts)
    early_status = early_end(failures, output)
    if early_status is None:
        early_status = _checked(own, arguments, plays, failures, output, interrupts)
    output.flush()
    return early_status


def _checked(
    own: Own,
    arguments: list[str],
    plays: script.Script,
    failures: faults.Faults,
    output: streams.Output,
    interrupts: clock.Interrupts,
) -> int:
    """Check the command line, start the runtime, play the mode."""
    log = Log(output, os.environ)
    status = failures.number("axclinit")
    if status is not None:
        runtime_log("E", "runtime", "axclInit", 77, "init fail")
        return _noise(log, status)
    if len(arguments) < len(("mode", "model")) or "--help" in arguments or arguments[0] not in MODES:
        if arguments and arguments[0] not in MODES:
            log.line("ERR", "main:1811", f"Unknown mode: {arguments[0]}")
        log.write(USAGE.encode())
        return _noise(log, 0 if "--help" in arguments else START_FAILED)
    directory = Path(arguments[1])
    if not directory.exists():
        log.line("ERR", "main:1768", f"Model path does not exist: {directory}")
        return _noise(log, START_FAILED)
    config = read_config(directory, lambda place, message: log.line("ERR", place, message), os.environ)
    parts = Parts(config, plays, failures, output, log, interrupts, Device(), Trace(own.trace))
    return _converse(parts) if arguments[0] == "run" else _serve(parts, arguments)


def _converse(parts: Parts) -> int:
    model = Model(parts)
    try:
        load(parts, model.cache)
    except StartFailed:
        parts.log.line("ERR", "run_interactive_mode:728", "LLM.Init failed")
        return START_FAILED
    Console(model).run()
    shut_down(parts)
    return 0


def _serve(parts: Parts, arguments: list[str]) -> int:
    """Serve on ``--port``, else on the port of the configuration; whatever the address, on loopback."""
    port = parts.config.port
    if "--port" in arguments[:-1]:
        try:
            port = int(arguments[arguments.index("--port") + 1])
        except ValueError:
            death.uncaught("std::invalid_argument", "stoi")
    try:
        listener = take_port(port)
    except OSError:
        message = f"Port {port} is unavailable: port is already in use"
        parts.log.line("ERR", "run_server_mode:1347", message)
        return _noise(parts.log, START_FAILED)
    model = Model(parts)
    with listener:
        try:
            load(parts, model.cache)
        except StartFailed:
            parts.log.line("ERR", "run_server_mode:1366", "LLM.Init failed")
            return _noise(parts.log, START_FAILED)
        Server(model, listener).run()
    shut_down(parts)
    leave(_noise(parts.log, 0))
    return 0


def shut_down(parts: Parts) -> None:
    """Release the device, or hang in it."""
    if parts.faults.has("hang-exit"):
        parts.interrupts.hang()
    parts.log.line("INF", "run:80", f"AXCLWorker exit with devid {parts.config.device}")


def _noise(log: Log, status: int) -> int:
    """Print what the program says of a device that it never opened; no error."""
    log.line("ERR", "axcl_Exit:35", "AXCL device 0 not inited")
    return status
