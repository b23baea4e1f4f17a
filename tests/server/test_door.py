"""Which application a request reaches, and who may come by the Unix socket."""

import json
import os
import socket
from pathlib import Path

import pytest

from axchat.engines.scripted import ScriptedEngine
from support.live_holder import PATIENCE_S, LiveHolder

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user for a moment")


def asked(connection: socket.socket, path: str) -> tuple[int, str]:
    """Status and body of a GET."""
    connection.settimeout(PATIENCE_S)
    connection.sendall(f"GET {path} HTTP/1.0\r\nHost: axchat\r\n\r\n".encode())
    data = b""
    while piece := connection.recv(65536):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def test_another_user_is_refused_whatever_the_sockets_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody opened the folder and the socket to all: the private routes and the APIs stay the user's."""
    with LiveHolder(tmp_path, lambda _spec, _sampling: ScriptedEngine([["hi"]])) as holder:
        with holder.connect() as own:  # it has begun to serve: who listens is noted as it does
            assert asked(own, "/v1/models")[0] == 200
        holder.place.folder.chmod(0o711)
        holder.place.socket.chmod(0o666)
        monkeypatch.chdir(holder.place.folder)
        for path in ("/axchat/v1/status", "/v1/models"):
            with socket.socket(socket.AF_UNIX) as other:
                os.seteuid(12345)
                try:
                    other.connect(holder.place.socket.name)
                finally:
                    os.seteuid(0)
                status, body = asked(other, path)
            assert (status, json.loads(body)["error"]["code"]) == (403, "forbidden")
            with holder.connect() as own:
                assert asked(own, path)[0] == 200
