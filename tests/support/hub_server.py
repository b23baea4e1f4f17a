"""A small hub on loopback: what huggingface_hub 1 and 2 ask a server for, and what goes wrong with one.

Routes and headers as the client of the library reads them (huggingface_hub: hf_api.py, file_download.py,
utils/_http.py): ``/api/models/REPO[/revision/REV]``, ``/api/models/REPO/tree/REV`` and
``/REPO/resolve/REV/FILE`` with X-Repo-Commit, X-Linked-Size, X-Linked-Etag, and large files redirected to
storage on another host name.
"""

import contextlib
import hashlib
import http.server
import json
import re
import struct
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from support.modeldirs import AARCH64, SCRIPT, X86_64, elf

REPO = "AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4"
"""Laid out as that repository is, with small files."""
STORAGE = "127.1"
"""Another host by its name, as a hub's storage is: short for the same address, which every resolver reads."""
LARGE_BYTES = 200
"""From here on a file is kept as git-lfs does; a hub has 10 MB."""


def layer(number: int) -> bytes:
    """A layer of the small model; no two are alike."""
    return b"axmodel %d " % number * 400


def vendor_files() -> dict[str, bytes]:
    """The files of ``REPO`` (its ``tree/main`` page), four layers instead of 28."""
    folder = "qwen"
    files = {
        ".gitattributes": b"*.axmodel filter=lfs\n",
        "README.md": b"# how to\n",
        "config.json": b"",
        "post_config.json": b'{"top_k": 1}',
        "main_axcl_aarch64": elf(AARCH64) + bytes(300),
        "main_axcl_x86": elf(X86_64) + bytes(300),
        "main_prefill": elf(AARCH64) + bytes(400),
        "qwen2.5_tokenizer.py": b"print('tokenizer')\n",
        "qwen2.5_tokenizer/tokenizer.json": b"{}" + b" " * 300,
        "run_qwen2.5_1.5b_gptq_int4_ax650.sh": b'./main_prefill --prompt "$1"\n',
        "ssd_car.jpg": b"\xff\xd8" + bytes(500),
        f"{folder}/qwen2_post.axmodel": b"post" * 100,
        f"{folder}/model.embed_tokens.weight.bfloat16.bin": b"embed" * 100,
    }
    for number in range(4):
        files[f"{folder}/qwen2_p128_l{number}_together.axmodel"] = layer(number)
    for arch in ("aarch64", "x86"):
        script = SCRIPT.format(arch=arch, port=12345).encode()
        files[f"run_qwen2.5_1.5b_gptq_int4_axcl_{arch}.sh"] = script
    return files


def gguf(size: int) -> bytes:
    """A GGUF file of so many bytes that says which family it is of, and nothing else."""
    key, value = b"general.architecture", b"llama"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", len(key)) + key
    head += struct.pack("<IQ", 8, len(value)) + value
    return head + bytes(size - len(head))


def git_sha1(content: bytes) -> str:
    """A blob's name in git."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def pointer(content: bytes) -> bytes:
    """What git keeps of a large file."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\n"
        f"size {len(content)}\n"
    ).encode()


@dataclass(frozen=True)
class Fault:
    """What one request gets instead of its answer; the next one is served again.

    Attributes:
        status: answered with this and an empty body, when not 0.
        headers: sent with it.
        cut_after: bytes of the body after which the connection is closed; None for all.
        wrong: every byte of the body is another.
        body: sent with 200 instead of the answer.
        wait_for: the answer begins when this is set.
        reached: set when the request is here.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    wrong: bool = False
    body: bytes | None = None
    wait_for: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    range: str
    authorization: str
    host: str
    agent: str


@dataclass
class HubServer:
    """A running hub.

    Attributes:
        repos: files by repository and path, as of its only commit.
        old: files of another commit, tagged ``v1``.
        gated: repositories whose terms nobody has accepted.
        private: repositories that only the token sees.
        token: the one that is accepted.
        faults: what the next requests get, by path in the repository; "" is the list of files.
        asked: every request.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=lambda: {REPO: vendor_files()})
    old: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    token: str = "hf_right"
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self) -> str:
        """What HF_ENDPOINT has to be."""
        return f"http://127.0.0.1:{self.port}"

    def commit(self, repo: str, revision: str = "main") -> str:
        """The commit of a revision."""
        files = self._at(repo, revision) or {}
        names = "".join(f"{path}{git_sha1(content)}" for path, content in sorted(files.items()))
        return hashlib.sha1(names.encode()).hexdigest()

    def fetched(self) -> list[tuple[str, str]]:
        """Path in the repository and Range of every file that was asked for."""
        found = [(re.search(r"/resolve/[^/]+/(.*)", it.path), it.range) for it in self.asked]
        return [(urllib.parse.unquote(match[1]), wanted) for match, wanted in found if match]

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the block ends."""
        state = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                state.answer(self)

            do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = False
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield self
            finally:
                for fault in [it for them in self.faults.values() for it in them]:
                    if fault.wait_for:
                        fault.wait_for.set()
                server.shutdown()
                thread.join()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """One request."""
        head = handler.headers
        names = ("Range", "Authorization", "Host", "User-Agent")
        self.asked.append(Asked(handler.command, handler.path, *(head.get(name, "") for name in names)))
        path = urllib.parse.unquote(urllib.parse.urlsplit(handler.path).path)
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?", path):
            self._api(handler, match[1], match[2] or "", match[3] or "main")
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(handler, match[1], match[2], match[3])
        elif match := re.fullmatch(r"/storage/([^/]+/[^/]+)/([^/]+)/(.+)", path):
            self._send(handler, self._at(match[1], match[2])[match[3]], self._fault(match[3]), {})
        else:
            self._refuse(handler, 404, {})

    def _api(self, handler: http.server.BaseHTTPRequestHandler, repo: str, kind: str, revision: str) -> None:
        fault = self._fault("")
        if fault.status or self._refused(handler, repo):
            if fault.status:
                self._refuse(handler, fault.status, fault.headers)
            return
        files = self._at(repo, revision)
        if files is None:
            self._refuse(handler, 404, {"X-Error-Code": "RevisionNotFound"})
            return
        if kind == "tree":
            value: Any = [{"type": "file", "path": path, **_facts(it)} for path, it in sorted(files.items())]
        else:
            siblings = [{"rfilename": path, **_blob(it)} for path, it in sorted(files.items())]
            value = {"id": repo, "sha": self.commit(repo, revision), "siblings": siblings}
        self._send(handler, json.dumps(value).encode(), fault, {"Content-Type": "application/json"})

    def _resolve(
        self, handler: http.server.BaseHTTPRequestHandler, repo: str, revision: str, path: str
    ) -> None:
        if self._refused(handler, repo):
            return
        files = self._at(repo, revision)
        if files is None or path not in files:
            code = "RevisionNotFound" if files is None else "EntryNotFound"
            self._refuse(handler, 404, {"X-Error-Code": code})
            return
        content, commit = files[path], self.commit(repo, revision)
        head = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if len(content) < LARGE_BYTES:
            head["ETag"] = f'"{git_sha1(content)}"'
            self._send(handler, content, self._fault(path) if handler.command == "GET" else Fault(), head)
            return
        sha256 = hashlib.sha256(content).hexdigest()
        head |= {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{sha256}"'}
        # Another name for the same server: what is for the hub alone must not arrive there.
        place = urllib.parse.quote(f"/storage/{repo}/{commit}/{path}")
        self._refuse(handler, 302, {**head, "Location": f"http://{STORAGE}:{self.port}{place}"})

    def _refused(self, handler: http.server.BaseHTTPRequestHandler, repo: str) -> bool:
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != self.token:
            self._refuse(handler, 401, {"X-Error-Message": "Invalid credentials in Authorization header"})
        elif repo not in self.repos or (repo in self.private and not token):
            # as the hub does: who sends no token is not told what there is
            self._refuse(handler, 404 if token else 401, {"X-Error-Code": "RepoNotFound"} if token else {})
        elif repo in self.gated:
            self._refuse(handler, 403 if token else 401, {"X-Error-Code": "GatedRepo"})
        else:
            return False
        return True

    def _at(self, repo: str, revision: str) -> dict[str, bytes] | None:
        by_name = {"main": self.repos.get(repo), "v1": self.old.get(repo)}
        if revision in by_name:
            return by_name[revision]
        for name, files in by_name.items():
            if files is not None and self.commit(repo, name) == revision:
                return files
        return None

    def _fault(self, path: str) -> Fault:
        waiting = self.faults.get(path)
        fault = waiting.pop(0) if waiting else Fault()
        fault.reached.set()
        if fault.wait_for:
            fault.wait_for.wait(60)
        return fault

    def _send(
        self,
        handler: http.server.BaseHTTPRequestHandler,
        content: bytes,
        fault: Fault,
        head: Mapping[str, str],
    ) -> None:
        if fault.status:
            self._refuse(handler, fault.status, fault.headers)
            return
        content = content if fault.body is None else fault.body
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        if found and start >= len(content):
            self._refuse(handler, 416, {"Content-Range": f"bytes */{len(content)}"})
            return
        body = bytes(255 - byte for byte in content[start:]) if fault.wrong else content[start:]
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if found else {}
        handler.send_response(206 if found else 200)
        for name, value in {"Content-Length": str(len(body)), **head, **span}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command == "GET":
            with contextlib.suppress(ConnectionError):  # a client that was interrupted
                handler.wfile.write(body[: fault.cut_after])

    def _refuse(
        self, handler: http.server.BaseHTTPRequestHandler, status: int, head: Mapping[str, str]
    ) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **head}.items():
            handler.send_header(name, value)
        handler.end_headers()


def _blob(content: bytes) -> dict[str, Any]:
    """A file in the list of ``model_info(files_metadata=True)``."""
    facts = _facts(content)
    lfs = facts.get("lfs")
    more = {"lfs": {**lfs, "sha256": lfs["oid"]}} if lfs else {}
    return {"size": facts["size"], "blobId": facts["oid"], **more}


def _facts(content: bytes) -> dict[str, Any]:
    """A file in the list of ``list_repo_tree``."""
    if len(content) < LARGE_BYTES:
        return {"size": len(content), "oid": git_sha1(content)}
    small = pointer(content)
    lfs = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": len(small)}
    return {"size": len(content), "oid": git_sha1(small), "lfs": lfs}
