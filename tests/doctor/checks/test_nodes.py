"""The card's device nodes: there, and open to this user."""

from dataclasses import replace

from axchat.doctor.checks import nodes
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import Status
from support.machines import CONTEXT, MODULES, NODES, PCI, board, having, only, proc_modules, without


def test_four_open_nodes_pass() -> None:
    """All four are there and may be opened."""
    assert only(nodes.check(board(), CONTEXT)).status is Status.OK


def test_without_a_card_nodes_do_not_matter() -> None:
    """The earlier check has said it."""
    assert only(nodes.check(without(board(), PCI), CONTEXT)).status is Status.SKIP


def test_closed_nodes_are_a_matter_of_rights() -> None:
    """EACCES has an exit status of its own, and the hint repairs the udev rules, not the mode."""
    probes = replace(without(board(), "/dev/axcl_host"), denied=frozenset({"/dev/axcl_host"}))
    result = only(nodes.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 6)
    assert "/dev/axcl_host" in result.summary
    assert result.hint is not None
    assert "reinstall" in result.hint
    ruled = only(nodes.check(having(probes, {"/etc/udev/rules.d/axcl_host.rules": ""}), CONTEXT))
    assert ruled.hint is not None
    assert "udevadm" in ruled.hint
    assert "chmod" not in result.hint + ruled.hint


def test_a_missing_main_node_means_a_failed_start() -> None:
    """axcl_host makes its node after all cards started; a loaded module without node failed."""
    result = only(nodes.check(without(board(), "/dev/axcl_host"), CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 8)
    assert "/dev/axcl_host" in result.summary


def test_a_missing_node_during_the_start_is_not_judged() -> None:
    """The driver is still at it."""
    probes = having(without(board(), "/dev/axcl_host"), {"/sys/module/axcl_host/initstate": "coming\n"})
    assert only(nodes.check(probes, CONTEXT)).status is Status.SKIP


def test_a_missing_node_of_an_unloaded_module_is_not_judged() -> None:
    """The module check has said it."""
    probes = having(without(board(), "/dev/msg_userdev"), {"/proc/modules": proc_modules(MODULES[:1])})
    result = only(nodes.check(probes, CONTEXT))
    assert result.status is Status.SKIP
    assert "ax_pcie_msg" in result.summary


def test_another_missing_node_fails() -> None:
    """Taking the card fails without the message node, with a code that names the wrong node."""
    result = only(nodes.check(without(board(), "/dev/msg_userdev"), CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)


def test_the_card_to_card_node_is_asked_for_only_with_its_module() -> None:
    """Old drivers have neither."""
    probes = having(without(board(), "/dev/p2p"), {"/proc/modules": proc_modules(MODULES[:4])})
    assert only(nodes.check(probes, CONTEXT)).status is Status.OK
    assert only(nodes.check(without(board(), "/dev/p2p"), CONTEXT)).status is Status.WARN


def test_a_container_without_nodes_is_told_how_to_get_them() -> None:
    """The driver is loaded outside; --device hands the nodes in."""
    probes = having(without(board(), "/dev/"), {"/.dockerenv": ""})
    result = only(nodes.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert result.hint is not None
    for node in NODES:
        assert f"--device {node}" in result.hint


def test_no_node_is_ever_opened() -> None:
    """Opening /dev/axcl_host can block for 50 s in the kernel, so reading a node fails this test."""

    class Watched(FakeProbes):
        def read_bytes(self, path: str, limit: int = 1) -> bytes | None:
            assert not path.startswith("/dev/")
            return super().read_bytes(path, limit)

    machine = board()
    watched = Watched(files=machine.files, links=machine.links)
    assert only(nodes.check(watched, CONTEXT)).status is Status.OK
