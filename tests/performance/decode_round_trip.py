"""A ``/decode`` call at axchat's tokenizer service, against an ``http.server`` in the vendor's style.

A new connection per call, head and body in two sends, as the runner's library does; both servers are
processes of their own and take turns call by call. Back to back, and paced as by a card. The 99th
percentile is the lower quartile of those of blocks of 250 calls. After pauses it is told and not judged:
there the scheduler, which gives other programs some milliseconds, decides it for both servers. And an
``/encode`` that takes five seconds, during which the runner may not go without a byte for one.
"""

import socket
import time
from collections.abc import Iterator

from performance.bare_runner import TOKENIZER, started
from performance.row import Row, Scale, at_most
from performance.turns import percentile, quiet_percentile, taking_turns

KEYS = ("decode/median", "decode/p99", "decode/paced-median", "decode/paced-p99", "decode/silence")
PACE_S = 0.005
CALLS = {Scale.QUICK: 2000, Scale.FULL: 8000}
PACED_CALLS = {Scale.QUICK: 500, Scale.FULL: 3000}
BLOCK = 250
TIMEOUT_S = 60.0
TARGET = at_most(1.0)
BODY = b'{"token_ids":[151000,220,16]}'
REQUEST = (
    b"POST /decode HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: %d\r\n"
    b"Content-Type: application/json\r\nHost: 127.0.0.1\r\nUser-Agent: cpp-httplib/0.15.3\r\n\r\n" % len(BODY)
)
SLOW_S = 5
SERVICE = f"""
import sys, time
from axchat.tokenizer.service import TokenizerService
class Turn:
    def prompt(self, text, last_reply): time.sleep({SLOW_S})
    def decoded(self, ids): return ""
with TokenizerService(bos_id=-1, eos_id=7) as service:
    service.begin_turn(Turn())
    print(service.address[1], flush=True)
    sys.stdin.read()
"""


def call(port: int, pause_s: float) -> float:
    """Microseconds of one /decode after a pause."""
    time.sleep(pause_s)  # the pace of a card
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as runner:
        runner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        runner.sendall(REQUEST)
        runner.sendall(BODY)
        while runner.recv(65536):
            pass
    return 1e6 * (time.perf_counter() - began)


def silence(port: int) -> float:
    """Milliseconds of the longest silence in an /encode that takes five seconds."""
    longest, last = 0.0, time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as runner:
        runner.sendall(b'POST /encode HTTP/1.1\r\nContent-Length: 12\r\n\r\n{"text":"#"}')
        while runner.recv(65536):
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    return 1e3 * longest


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    with started(SERVICE) as ours, started(TOKENIZER) as theirs:
        for prefix, when, pause_s in (("", "back to back", 0.0), ("paced-", "5 ms apart", PACE_S)):
            ways = {
                "ours": lambda: call(ours, pause_s),  # noqa: B023
                "theirs": lambda: call(theirs, pause_s),  # noqa: B023
            }
            found = taking_turns(ways, (PACED_CALLS if pause_s else CALLS)[scale])
            shares = {
                "median": [percentile(found[way], 0.5) for way in ways],
                "p99": [quiet_percentile(found[way], 0.99, BLOCK) for way in ways],
            }
            for name, (mine, vendor) in shares.items():
                label = {"median": "median", "p99": "99th percentile"}[name]
                yield Row(
                    f"decode/{prefix}{name}",
                    f"`/decode` {when}, {label}",
                    f"{mine:.0f} us",
                    f"{vendor:.0f} us",
                    mine / vendor,
                    None if (prefix, name) == ("paced-", "p99") else TARGET,
                )
        longest = silence(ours)
        what = "an `/encode` that takes five seconds: the longest without a byte, of the runner's second"
        yield Row("decode/silence", what, f"{longest:.0f} ms", "", longest, at_most(1000, "ms"))
