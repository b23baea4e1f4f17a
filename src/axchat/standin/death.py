"""The deaths that the vendor's program dies; what stdout holds back is lost in each."""

import os
import resource
import signal
import threading
from typing import NoReturn

from axchat.standin import streams

_JSON_NAMESPACE = "nlohmann::json_abi_v3_11_3::detail"


def by_signal(number: signal.Signals) -> NoReturn:
    """Die by a real signal, without a core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if threading.current_thread() is threading.main_thread():  # Python lets no other set a handler
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.pthread_kill(threading.get_ident(), number)  # this thread: nothing more happens in it
    os._exit(128 + number)  # not reached: the default action of these signals ends the process


def segmentation_fault() -> NoReturn:
    """Die by SIGSEGV: the vendor reads the value of a request that failed (recorded group 20)."""
    by_signal(signal.SIGSEGV)


def uncaught(exception: str, what: str) -> NoReturn:
    """Die by SIGABRT with the text of an uncaught exception (07-pty-invalid-utf8-lone-ff).

    A name without ``std::`` is one of nlohmann's.
    """
    name = exception if exception.startswith("std::") else f"{_JSON_NAMESPACE}::{exception}"
    thrown = f"terminate called after throwing an instance of '{name}'"
    streams.complain(f"{thrown}\n  what():  {what}\n".encode())
    by_signal(signal.SIGABRT)
