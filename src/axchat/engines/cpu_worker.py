"""The CPU engine's child: llama.cpp's HTTP server on loopback, ended by its parent's end.

Run as ``python -P -m axchat.engines.cpu_worker``. Standard input brings one JSON line (``model``,
``context``, ``threads``, ``key``) and is then the lifeline: when it closes, this process ends, whatever
it is doing. Standard output takes one JSON line: ``port`` and ``load_s``, or ``error`` (``import``,
``version`` or ``load``) and ``message``. llama.cpp's log goes to standard error.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
import time
from typing import Any

ORDER_LIMIT_BYTES = 64 * 1024
HOST = "127.0.0.1"

# Tokens that are processed between two looks at the connection, so how long a cancelled prefill goes on.
# Within the noise of a shared machine 256 was as fast as 2048.
BATCH_TOKENS = 256
# One answer and, while its client goes away, the next; the default is one thread a core.
HTTP_THREADS = 4
# llama.cpp's scale: 1 errors, 2 warnings, 3 a dozen lines a request.
LOG_WARNINGS = 2


def main() -> None:
    """Load the model, answer, and stay until the lifeline closes."""
    # llama.cpp may print; the answer pipe carries one line of ours and nothing else.
    answer = os.dup(1)
    os.dup2(2, 1)
    order = json.loads(sys.stdin.buffer.readline(ORDER_LIMIT_BYTES) or b"null")
    if order is None:
        return
    tie_to_lifeline(0)
    # Waiting OpenMP threads spin by default: with another program on one core, 15 instead of 75 tokens/s.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        server, report = load(order)
    except ImportError as exc:
        server, report = None, {"error": "import", "message": str(exc)}
    except (AttributeError, TypeError) as exc:
        server, report = None, {"error": "version", "message": str(exc)}
    except RuntimeError as exc:
        server, report = None, {"error": "load", "message": str(exc)}
    if report.get("error") == "load":
        with contextlib.suppress(AttributeError, OSError):  # another version: its reason may be lost
            flush_log()
    os.write(answer, json.dumps(report).encode("ascii") + b"\n")
    os.close(answer)
    if server is None:
        return
    while os.read(0, 4096):
        pass
    # Not sys.exit: llama.cpp's threads would be joined first, at the end of a generation.
    os._exit(0)


def tie_to_lifeline(descriptor: int) -> None:
    """Have the kernel end this process when the other end of a pipe closes.

    A thread that reads the pipe would not do: loading holds the interpreter lock (1.8 s without a
    single switch were seen), minutes for a large file on a slow card.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGIO})
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    # It may have closed before the kernel was told.
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    if poll.poll(0):
        os._exit(0)


def load(order: dict[str, Any]) -> tuple[object, dict[str, object]]:
    """Start llama.cpp's server; returns it and the line to answer with.

    Raises:
        ImportError: xllamacpp or a library it needs is missing.
        AttributeError: another version of xllamacpp, with other names.
        RuntimeError: llama.cpp refuses the file; its log says why.
    """
    import xllamacpp

    began = time.monotonic()
    server = xllamacpp.Server(parameters(xllamacpp, order))
    port = int(str(server.listening_address).rpartition(":")[2])
    return server, {"port": port, "load_s": time.monotonic() - began}


def flush_log() -> None:
    """Have llama.cpp write what it has logged: it does so in a thread that the end does not wait for.

    ``common_log_flush`` of its ``common/log.cpp``, in C++, which xllamacpp does not wrap. Without it 7 of 160
    refusals came without their reason on busy cores (xllamacpp 2026.10.11549).

    Raises:
        AttributeError: this version has other names.
        OSError: it has no such library.
    """
    import ctypes

    import xllamacpp

    library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
    log = library["_Z15common_log_mainv"]
    log.restype = ctypes.c_void_p
    library["_Z16common_log_flushP10common_log"](ctypes.c_void_p(log()))


def parameters(xllamacpp: Any, order: dict[str, Any]) -> Any:
    """llama.cpp's parameters for one conversation at a time on a small machine."""
    chosen = xllamacpp.CommonParams()
    chosen.model.path = order["model"]
    chosen.n_ctx = order["context"]
    chosen.n_parallel = 1
    chosen.cpuparams.n_threads = order["threads"]
    chosen.cpuparams_batch.n_threads = order["threads"]
    chosen.n_gpu_layers = 0
    chosen.n_batch = BATCH_TOKENS
    # Measured with SmolLM2-135M on two cores: fitting tries the load twice (0.2 s of 0.6 s); warming up
    # moves 0.1 s from the first answer to the load; the cache of other conversations' states grows by
    # 13 MB for each 560 tokens, up to 8 GiB by default, on boards that have 4.
    chosen.fit_params = False
    chosen.warmup = False
    chosen.cache_ram_mib = 0
    chosen.cache_idle_slots = False
    # A full context ends the answer; shifting would drop the beginning unsaid.
    chosen.ctx_shift = False
    # The text as the model says it: no tool calls or thoughts cut out of it.
    chosen.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    chosen.force_pure_content_parser = True
    chosen.hostnames = [HOST]
    chosen.port = 0
    chosen.n_threads_http = HTTP_THREADS
    chosen.api_keys = [order["key"]]
    chosen.cors_origins = ""
    chosen.ui = False
    chosen.endpoint_slots = False
    chosen.endpoint_props = False
    chosen.endpoint_metrics = False
    chosen.verbosity = LOG_WARNINGS
    return chosen


if __name__ == "__main__":
    main()
