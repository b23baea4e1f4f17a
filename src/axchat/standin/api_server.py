"""The stand-in for the vendor's ``main_api_*``: ``python -m axchat.standin.api_server`` with its options.

One conversation for all clients, asked for over HTTP and polled. No session of the real program was
recorded: it is held to what is known of its source (runner-console facts, part I section 6). It listens on
loopback, where the real one listens everywhere; the port is the script's, 8000 in the real one.
"""

import json
import sys
import time
from typing import Any

from axchat.standin import builds, context, loading
from axchat.standin.api_turns import ApiTurns, Busy, Torn
from axchat.standin.converse import shut_down
from axchat.standin.http_server import Connection, Reply, Request, Workers
from axchat.standin.loopback import take_port
from axchat.standin.own_options import BadOwnOption, Own
from axchat.standin.program import run_program
from axchat.standin.session import Session, StartFailed
from axchat.standin.streams import complain
from axchat.standin.uid_client import UidTokenizerClient

OPTIONS = tuple(option for option in context.OPTIONS if option.name not in ("kvcache_path", "live_print"))
OK = {"status": "ok"}
FORMAT = "Invalid request format"
MESSAGES = "Invalid message format"
BUSY = "llm is running"
_LOOK_S = 3600.0


class _Refused(Exception):
    """The request is answered with this error."""


def main(argv: list[str] | None = None) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of."""
    return run_program(sys.argv if argv is None else argv, _build_of, lambda _: OPTIONS, _play)


def _build_of(own: Own) -> builds.Build:
    if own.build is not None:
        raise BadOwnOption("the server has one build only")
    return builds.CONTEXT


def _play(session: Session) -> None:
    """Load, serve until SIGINT, end. Raises StartFailed."""
    tokenizer = UidTokenizerClient(session)
    specials = loading.load(session, tokenizer)
    turns = ApiTurns(session, tokenizer, specials)
    turns.reset(session.settings.system_prompt).join()
    try:
        listener = take_port(session.script.api_port)
    except OSError as error:
        complain(f"standin: port {session.script.api_port}: {error}\n".encode())
        raise StartFailed from error
    with listener:
        session.interrupts.stop = False
        workers = Workers(listener, Api(turns).answer)
        session.output.write(f"Server running on port {session.script.api_port}...\n".encode())
        session.output.flush()
        workers.start()
        while session.interrupts.wait_until(time.monotonic() + _LOOK_S, stoppable=True):
            continue
    shut_down(session)


class Api:
    """The calls of the server; ``answer`` answers one request."""

    def __init__(self, turns: ApiTurns) -> None:
        self._turns = turns
        self._calls = {
            ("POST", "/api/generate"): self._generate,
            ("POST", "/api/chat"): self._chat,
            ("POST", "/api/reset"): self._reset,
            ("GET", "/api/generate_provider"): self._poll,
            ("GET", "/api/stop"): self._stop,
        }

    def answer(self, connection: Connection, request: Request) -> None:
        """Answer one request."""
        call = self._calls.get((request.method, request.path.partition("?")[0]))
        if call is None:
            connection.reply(Reply(200 if request.method == "OPTIONS" else 404, has_cors=True))
            return
        try:
            said = call(request.body)
        except _Refused as refused:
            connection.reply(Reply(400, _dump({"error": str(refused)}), has_cors=True))
        except Busy:
            connection.reply(Reply(400, _dump({"error": BUSY}), has_cors=True))
        except Torn:
            connection.reply(Reply(500))
        else:
            connection.reply(Reply(200, _dump(said), has_cors=True))

    def _generate(self, body: bytes) -> dict[str, Any]:
        prompt = _object(body).get("prompt")
        if not isinstance(prompt, str):
            raise _Refused(FORMAT)
        self._turns.generate(prompt)
        return OK

    def _chat(self, body: bytes) -> dict[str, Any]:
        messages = _object(body).get("messages")
        if not isinstance(messages, list):
            raise _Refused(MESSAGES)
        # Only the first message with a role and a text is used (facts, part I section 6.1).
        said = [item["content"] for item in messages if _is_message(item)]
        if not said:
            raise _Refused(MESSAGES)
        self._turns.generate(said[0]).join()
        return {"done": True, "message": self._turns.poll()[1]}

    def _reset(self, body: bytes) -> dict[str, Any]:
        given = _object(body) if body else {}
        self._turns.reset(str(given.get("system_prompt", "")))
        return OK

    def _poll(self, _body: bytes) -> dict[str, Any]:
        is_done, text = self._turns.poll()
        return {"done": is_done, "response": text}

    def _stop(self, _body: bytes) -> dict[str, Any]:
        self._turns.stop()
        return OK


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise _Refused(FORMAT) from error
    if not isinstance(asked, dict):
        raise _Refused(FORMAT)
    return asked


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and "role" in item and isinstance(item.get("content"), str)


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main())
