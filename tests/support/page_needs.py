"""What the blocks of a page ask for: model directories, files, a hub, a machine, variables."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from axchat.standin.__main__ import DEMO_WRITERS
from axchat.standin.demo import write_demo
from support.host_changes import NO_CARD_ON_PI, NO_CARD_ON_X86, PORT_REFUSED
from support.host_tree import host
from support.hub_server import REPO, HubServer, vendor_files
from support.page_blocks import ROOT

WRITERS = {**DEMO_WRITERS, "no-tokenizer": partial(write_demo, has_tokenizer=False)}
"""What writes a model directory: of a dialect, or a legacy one without ``tokenizer.json``."""

MACHINES = {"": "", "no-card": NO_CARD_ON_X86, "no-card-on-pi": NO_CARD_ON_PI, "port-refused": PORT_REFUSED}
"""Changes of a planted machine."""

CONTEXT_TOKENS = "512"
"""Of the small model, which otherwise goes on and on at times."""


class Needs:
    """Brings them about in one home; ``close`` takes back what was lent. docs/CONTRIBUTING.md lists them.

    Args:
        home: where they go.
        planted: the root of a machine for the doctor, once one is asked for.
        env: the environment of the page's commands, which some change.
        model: the file of the small CPU model.
        port: gives the free port in the place of one that documents name.

    Attributes:
        machine: the root of the machine that the doctor looks at; None for this one.
    """

    def __init__(
        self, home: Path, planted: Path, env: dict[str, str], model: Path, port: Callable[[str], int]
    ) -> None:
        self.machine: Path | None = None
        self._home, self._planted, self._env, self._model, self._port = home, planted, env, model, port
        self._lent = contextlib.ExitStack()
        self._ways: Mapping[str, Callable[..., None]] = {
            "demo": self._demo,
            "answers": self._answers,
            "venv": self._venv,
            "small-model": self._small_model,
            "text": self._text,
            "file": self._file,
            "hub": self._hub,
            "machine": self._machine,
            "env": self._set,
        }

    def bring(self, name: str, *arguments: str) -> None:
        """Bring one about."""
        self._ways[name](*arguments)

    @property
    def names(self) -> frozenset[str]:
        """Of all that can be asked for."""
        return frozenset(self._ways)

    def close(self) -> None:
        """End what runs for the page."""
        self._lent.close()

    def _fresh(self, name: str) -> Path:
        path = self._path(name)
        shutil.rmtree(path, ignore_errors=True)
        return path

    def _demo(self, name: str, dialect: str = "legacy", load_s: str = "0.1", token_s: str = "0") -> None:
        speeds = {"load_s": float(load_s), "token_s": float(token_s), "prefill_token_s": 0.0}
        WRITERS[dialect](self._fresh(name), port=self._port("12345"), layers=4, **speeds)

    def _answers(self, name: str, *texts: str) -> None:
        said = [text.replace("\\n", "\n") for text in texts]
        DEMO_WRITERS["legacy"](self._fresh(name), layers=4, load_s=0.1, token_s=0.0, answers=said)

    def _venv(self) -> None:
        (self._home / ".venv").symlink_to(sys.prefix)

    def _path(self, name: str) -> Path:
        return self._home / name.removeprefix("~/")

    def _small_model(self, *names: str) -> None:
        self._set("AXCHAT_CPU_CONTEXT", CONTEXT_TOKENS)
        folder = self._home / ".local" / "share" / "axchat" / "models" / "smollm2"
        if not folder.exists():
            folder.parent.mkdir(parents=True)
            folder.symlink_to(self._model.parent)
        for name in names:
            self._path(name).symlink_to(self._model)

    def _text(self, name: str, text: str) -> None:
        self._path(name).write_text(f"{text}\n", encoding="utf-8")

    def _file(self, name: str) -> None:
        shutil.copy(ROOT / name, self._home)

    def _hub(self) -> None:
        gguf = {f"SmolLM2-135M-Instruct-{quant}.gguf": b"GGUF" + bytes(900) for quant in ("Q4_K_M", "Q8_0")}
        hub = HubServer({REPO: vendor_files(), "bartowski/SmolLM2-135M-Instruct-GGUF": gguf})
        self._set("HF_ENDPOINT", self._lent.enter_context(hub.running()).endpoint)

    def _machine(self, name: str, change: str = "") -> None:
        root = self._planted
        shutil.rmtree(root, ignore_errors=True)
        self.machine = host(name, MACHINES[change]).plant(root)
        for folder in self._home.glob("DIR"):
            shutil.copytree(folder, root / folder.name)

    def _set(self, name: str, value: str) -> None:
        self._env[name] = value
