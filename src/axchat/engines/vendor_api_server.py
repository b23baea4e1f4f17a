"""The vendor's ``main_api_*`` server over HTTP: what is asked, and how long it is waited for."""

import threading
import time
from contextlib import suppress

from axchat.deadline import Deadline
from axchat.errors import AxchatError, RunnerFailed
from axchat.process.http_stream import HttpStream
from axchat.wire import vendor_api as wire

BUSY_INTERVAL_S = 0.1
"""After a reset the server prefills the system prompt, says ``llm is running`` and does not tell its end."""

CALL_TIMEOUT_S = 10.0
"""Every call answers at once; a worker thread does the work."""

STOP_INTERVAL_S = 0.01
"""Between two looks whether a stopped answer has ended: somebody waits for the card."""

STOP_PATIENCE_S = 10.0
"""How long a stopped answer may take to end; it ends within a token."""

_HOST = "127.0.0.1"
_JSON = {"Content-Type": "application/json"}


class VendorServer:
    """Asks the server on a port of this machine; every call has a connection of its own.

    Args:
        port: where it listens.
        cancelled: set when nobody wants the answer any more.
    """

    def __init__(self, port: int, cancelled: threading.Event) -> None:
        self._port = port
        self._cancelled = cancelled

    def is_there(self) -> bool:
        """Whether the vendor's server listens; nothing there is no error, something else is.

        Raises:
            RunnerFailed: the port is taken by something else.
        """
        patience = Deadline(CALL_TIMEOUT_S)
        try:
            status, _ = self._call("GET", "/v1/models", None, patience)
        except RunnerFailed as error:
            if isinstance(error.__cause__, ConnectionRefusedError):
                return False
            raise RunnerFailed(f"port {self._port} is taken by something that is no HTTP server") from error
        if status == 200:
            raise RunnerFailed(
                f"port {self._port} is taken by an OpenAI server, as StackFlow's llm-openai-api or axllm",
                hint=f"sudo systemctl stop llm-openai-api; or use it: --engine openai, port {self._port}",
            )
        # without a prompt: refused by every build, so nothing is generated and nothing drained
        if wire.is_vendor_api(*self._call("POST", "/api/generate", b"{}", patience)):
            return True
        raise RunnerFailed(
            f"port {self._port}, which the vendor's server needs, is taken by something else",
            hint=f"see what it is: ss -ltnp 'sport = :{self._port}'",
        )

    def ask_until_taken(self, path: str, body: bytes, deadline: Deadline) -> None:
        """Post, again and again while the server is busy; returns early when cancelled."""
        while not self._cancelled.is_set():
            status, answer = self._call("POST", path, body, deadline)
            if status == 200:
                return
            if not wire.is_busy(status, answer):
                raise wire.refusal(status, answer)
            self._cancelled.wait(deadline.left(BUSY_INTERVAL_S))

    def poll(self, deadline: Deadline) -> wire.Poll:
        """What has been said since the last poll."""
        status, body = self._call("GET", "/api/generate_provider", None, deadline)
        if status != 200:
            raise wire.refusal(status, body)
        return wire.poll_of(body)

    def stop_turn(self) -> None:
        """Stop what is under way and drain it; the server keeps the part, so the next turn resets."""
        patience = Deadline(STOP_PATIENCE_S)
        with suppress(AxchatError):  # a server that has gone is found out by the next request
            self._call("GET", "/api/stop", None, patience)
            while not patience.is_over:
                status, body = self._call("GET", "/api/generate_provider", None, patience)
                if status == 200 and wire.poll_of(body).is_done:
                    return
                time.sleep(STOP_INTERVAL_S)

    def _call(self, method: str, path: str, body: bytes | None, deadline: Deadline) -> tuple[int, bytes]:
        stream = HttpStream(_HOST, self._port, Deadline(deadline.left(CALL_TIMEOUT_S)))
        try:
            status = stream.request(method, path, body, _JSON if body is not None else {})
            assert status is not None, "nobody cancels a call"
            return status, stream.error_body()
        finally:
            stream.close()
