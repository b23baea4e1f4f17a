"""Started by systemd-socket-activate: answers one connection on each passed socket with what it found."""

import json
import os
import sys

from axchat.server.activation import listen_sockets

sockets = listen_sockets(os.environ, os.getpid())
print("ready", flush=True)
for number, listening in enumerate(sockets):
    connection, _ = listening.accept()
    found = {
        "number": number,
        "sockets": len(sockets),
        "inheritable": [one.get_inheritable() for one in sockets],
        "variables": sorted(name for name in os.environ if name.startswith("LISTEN_")),
        "arguments": sys.argv[1:],
    }
    with connection:
        connection.sendall(json.dumps(found).encode())
