"""Models with names, for tests of the commands about them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.config import paths
from axchat.deadline import Deadline
from axchat.engines.scripted import ScriptedEngine
from axchat.models import registry
from axchat.standin.demo_axllm import write_axllm_demo
from axchat.wire.holder import ModelSpec
from support.live_holder import PATIENCE_S, LiveHolder

MIB = 2**20


def axllm_model(folder: Path, *, weights_mib: int = 0, **config: object) -> Path:
    """An axllm directory whose layers have so many MiB together; they are holes and take no room."""
    write_axllm_demo(folder, layers=1, config=dict(config))
    layer = folder / "qwen2_p128_l0_together.axmodel"
    if weights_mib:
        rest = sum(file.stat().st_size for file in folder.glob("*.axmodel")) - layer.stat().st_size
        os.truncate(layer, weights_mib * MIB - rest)
    return folder


def named(path: Path, name: str | None = None) -> str:
    """Give it a name, as ``axchat models add`` does."""
    return registry.add(path, name, paths.data_dir())


def with_cmm(root: Path, used_mib: int) -> Path:
    """A planted machine whose card has so much memory in use, of 7040 MiB."""
    smi = root / "usr" / "bin" / "axcl" / "axcl-smi"
    text = smi.read_text()
    assert "18 MiB /     7040 MiB" in text
    smi.write_text(text.replace("   18 MiB /     7040 MiB", f"{used_mib:5} MiB /     7040 MiB"))
    return root


@contextmanager
def holding(path: Path, *, engine: str = "session") -> Iterator[ModelSpec]:
    """A holder that has this model loaded; what answers is a scripted engine."""
    spec = ModelSpec(path.name, engine, str(path))
    runtime = Path(os.environ["XDG_RUNTIME_DIR"])
    with LiveHolder(runtime, lambda _spec, _sampling: ScriptedEngine([["hi"]]), known=[spec]) as holder:
        asking = holder.engine(spec, loads_at_start=True)
        list(asking.start(Deadline(PATIENCE_S)))
        asking.close()
        yield spec
