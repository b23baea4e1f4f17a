"""Which checks run, and how a run goes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.doctor import checks
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import Probes, RealProbes
from axchat.doctor.registry import CHECKS, Check, checks_for, run_checks
from axchat.doctor.result import CheckResult, Context, Status, exit_status
from axchat.errors import UsageError
from axchat.modeldir import files
from support.machines import CONTEXT, MODULES, PCI, board, having, proc_modules, without
from support.modeldirs import script_era
from support.verdicts import found

DATA = CONTEXT.data_dir
MESSAGES = "/dev/msg_userdev"


def test_layers_come_in_order() -> None:
    """Causes before what they cause, card before model before CPU: the first failure is the one to mend."""
    order = [check.id for check in CHECKS]
    assert len(order) == len(set(order))
    for cause, effect in [
        ("power", "pci"),
        ("raspberry", "pci"),
        ("pci", "modules"),
        ("secure-boot", "modules"),
        ("package", "modules"),
        ("modules", "nodes"),
        ("firmware", "nodes"),
        ("versions", "axcl-smi"),
        ("liveness", "axcl-smi"),
        ("nodes", "axcl-smi"),
        ("axcl-smi", "model-dir"),
        ("model-dir", "cpu-engine"),
    ]:
        assert order.index(cause) < order.index(effect)


@pytest.mark.parametrize(
    ("engine", "tags"),
    [
        (None, {"card", "model", "host", "cpu", "axchat"}),
        ("auto", {"card", "model", "host", "cpu", "axchat"}),
        ("cpu", {"cpu", "axchat"}),
        ("script", {"card", "model", "host", "axchat"}),
        ("session", {"card", "model", "host", "axchat"}),
    ],
)
def test_an_engine_restricts_the_checks(engine: str | None, tags: set[str]) -> None:
    """Only what the engine needs is checked."""
    assert {check.tag for check in checks_for(engine)} == tags


def test_an_engine_that_needs_nothing_here_is_refused() -> None:
    """Saying "all is well" about a remote service would be a lie."""
    with pytest.raises(UsageError, match="openai"):
        checks_for("openai")


def test_a_healthy_board_exits_0() -> None:
    """Nothing failed, and the optional CPU engine is only skipped."""
    results = found(board())
    assert exit_status(results) == 0
    skipped = {r.id for r in results if r.status is not Status.OK}
    assert {r.status for r in results} == {Status.OK, Status.SKIP}
    assert {"model.directory", "cpu.package"} <= skipped


def test_no_card_exits_5_unless_only_the_cpu_is_asked_for() -> None:
    """Without a card the card's layers are one failure and skips; with --engine cpu they are left out."""
    files = {
        "/etc/ld.so.cache": b"libgomp.so.1\0",
        str(DATA / "models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"): b"GGUF",
    }
    bare = FakeProbes(files=files, modules=frozenset({"xllamacpp"}))
    results = found(bare)
    assert exit_status(results) == 5
    assert [r.id for r in results if r.status is Status.FAIL] == ["pci.device"]
    skipped = {r.id for r in results if r.status is Status.SKIP}
    assert {"driver.modules", "driver.nodes", "card.answers", "model.directory"} <= skipped
    assert {r.status for r in results if r.id != "pci.device"} == {Status.OK, Status.SKIP}
    cpu = found(bare, engine="cpu")
    assert exit_status(cpu) == 0
    assert {r.id.split(".")[0] for r in cpu} == {"cpu", "axchat"}


@pytest.mark.parametrize(
    ("probes", "first", "status"),
    [
        (without(board(), PCI), "pci.device", 5),
        (having(board(), {f"{PCI}/config": b"\xff" * 64}), "pci.link", 8),
        (having(board(), {"/proc/modules": proc_modules(MODULES[:3])}), "driver.modules", 5),
        (replace(without(board(), MESSAGES), denied=frozenset({MESSAGES})), "driver.nodes", 6),
    ],
)
def test_the_first_failing_layer_gives_the_exit_status(probes: FakeProbes, first: str, status: int) -> None:
    """From the bus upwards."""
    results = found(probes, engine="session")
    assert next(r.id for r in results if r.status is Status.FAIL) == first
    assert exit_status(results) == status


def test_a_model_directory_is_checked_after_the_card(tmp_path: Path) -> None:
    """A missing tokenizer does not hide behind a good card."""
    folder = script_era(tmp_path / "qwen")
    (folder / "main_axcl_aarch64").chmod(0o644)
    results = found(board(), folder, "session")
    assert exit_status(results) == 4


def test_a_crash_in_a_check_is_a_result() -> None:
    """The traceback is kept, the other checks run, and the exit status is that of a bug."""

    def broken(probes: Probes, context: Context) -> CheckResult:
        raise RuntimeError("boom")

    def sound(probes: Probes, context: Context) -> CheckResult:
        return CheckResult("sound", Status.OK, "fine")

    checks = [Check("broken", "card", broken), Check("sound", "card", sound)]
    first, second = run_checks(FakeProbes(), checks, CONTEXT)
    assert (first.id, first.status, first.exit_status) == ("broken", Status.FAIL, 1)
    assert "RuntimeError: boom" in first.summary
    assert "in broken" in str(first.facts["traceback"])
    assert second.status is Status.OK


def test_an_interrupt_is_no_crash_of_a_check() -> None:
    """Ctrl-C ends the doctor."""

    def stopped(probes: Probes, context: Context) -> CheckResult:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(FakeProbes(), [Check("stopped", "card", stopped)], CONTEXT)


def test_this_machine_can_be_examined() -> None:
    """On real probes every check gives results, whatever it finds."""
    results = found(RealProbes())
    assert results
    assert not [r for r in results if "itself failed" in r.summary]


def test_the_page_lists_every_id() -> None:
    """docs/doctor.md names all ids that the checks' sources use."""
    root = Path(__file__).parents[2]
    page = (root / "docs/doctor.md").read_text()
    sources = [*Path(checks.__file__).parent.glob("*.py"), Path(files.__file__)]
    ids = {
        i
        for s in sources
        for i in re.findall(r'"((?:host|pci|driver|card|model|cpu|axchat)\.[a-z0-9-]+)"', s.read_text())
    }
    ids |= {f"model.{i}" for i in re.findall(r'"([a-z]+(?:-[a-z]+)+)": \(', sources[-1].read_text())}
    assert len(ids) > 14
    assert [i for i in sorted(ids) if f"`{i}`" not in page] == []
