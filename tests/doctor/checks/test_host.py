"""Machine, container, SELinux, where a planted machine cannot show it."""

from dataclasses import replace

from axchat.doctor.checks import host
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import Access
from axchat.doctor.result import Status
from support.machines import CONTEXT, board, by_id, having


class Labelled(FakeProbes):
    """A machine whose nodes are open to all by their mode and closed all the same."""

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        return Access.DENIED if path.startswith("/dev/") else super().access(path)


def test_a_node_closed_against_its_mode_is_selinux() -> None:
    """Without SELinux, or when it only watches, the mode is not the whole story but nothing is claimed."""
    machine = board()
    closed = Labelled(files=machine.files, links=machine.links, programs=machine.programs)
    for enforce, status in (("1", Status.FAIL), ("0", Status.OK)):
        probes = having(closed, {"/sys/fs/selinux/enforce": enforce})
        result = by_id(host.check(probes, CONTEXT))["host.selinux"]
        assert result.status is status
    assert by_id(host.check(closed, CONTEXT))["host.selinux"].status is Status.OK


def test_a_node_closed_by_its_mode_is_not_selinux() -> None:
    """Mode 0600 says enough."""
    probes = having(board(), {"/sys/fs/selinux/enforce": "1"})
    probes = replace(probes, denied=frozenset({"/dev/axcl_host"}))
    assert by_id(host.check(probes, CONTEXT))["host.selinux"].status is Status.OK


def test_a_virtual_machine_is_told() -> None:
    """By the names in its firmware."""
    probes = having(board(), {"/sys/class/dmi/id/sys_vendor": "QEMU\n"})
    result = by_id(host.check(probes, CONTEXT))["host.container"]
    assert (result.status, "QEMU" in result.summary) == (Status.OK, True)
