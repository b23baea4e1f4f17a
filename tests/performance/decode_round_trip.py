"""Measure /decode of axchat's service beside a vendor-style http.server, turn about in one run.

``python tests/performance/decode_round_trip.py [calls]``: a new connection per request, as the runner makes;
back to back, and paced as by a card. Prints p50 and p99 in microseconds and ours divided by theirs.
"""

import socket
import subprocess
import sys
import time

PACE_S = 0.005
BODY = b'{"token_ids":[151000,220,16]}'
REQUEST = (
    b"POST /decode HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: %d\r\n"
    b"Content-Type: application/json\r\nHost: 127.0.0.1\r\nUser-Agent: cpp-httplib/0.15.3\r\n\r\n" % len(BODY)
)
SERVE = """
import sys
from axchat.tokenizer.service import TokenizerService
class Turn:
    def prompt(self, text, last_reply): return None
    def decoded(self, ids): return ""
with TokenizerService(bos_id=-1, eos_id=7) as service:
    service.begin_turn(Turn())
    print(service.address[1], flush=True)
    sys.stdin.read()
"""
VENDOR = """
import sys
from axchat.standin.tokenizer_server import TokenizerServer
with TokenizerServer("127.0.0.1", 0) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def call(port: int) -> float:
    """Seconds of one /decode, head and body in two sends as the runner's library does."""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as runner:
        runner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        runner.sendall(REQUEST)
        runner.sendall(BODY)
        while runner.recv(65536):
            pass
    return time.perf_counter() - began


def start(program: str) -> tuple[subprocess.Popen[bytes], int]:
    """A server in a process of its own, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def percentile(values: list[float], share: float) -> float:
    """A percentile in microseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1e6


def main() -> None:
    """Measure and print."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    servers = {"axchat": start(SERVE), "vendor style": start(VENDOR)}
    try:
        for name, pause in (("back to back", 0.0), (f"paced {PACE_S * 1000:.0f} ms", PACE_S)):
            times: dict[str, list[float]] = {server: [] for server in servers}
            for number in range(calls + 50):
                for server, (_, port) in servers.items():
                    time.sleep(pause)
                    took = call(port)
                    if number >= 50:
                        times[server].append(took)
            shown = {key: (percentile(got, 0.5), percentile(got, 0.99)) for key, got in times.items()}
            for server, (middle, high) in shown.items():
                print(f"{name:14} {server:13} p50 {middle:7.0f} us  p99 {high:7.0f} us")
            ratios = [ours / theirs for ours, theirs in zip(*shown.values(), strict=True)]
            print(f"{name:14} {'ratio':13} p50 {ratios[0]:7.2f}     p99 {ratios[1]:7.2f}")
    finally:
        for process, _ in servers.values():
            process.kill()
            process.communicate()


if __name__ == "__main__":
    main()
