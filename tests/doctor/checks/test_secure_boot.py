"""Secure Boot and the driver's modules."""

import pytest

from axchat.doctor.checks import secure_boot
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import Status
from support.machines import CONTEXT, MODULES, PCI, RELEASE, board, having, proc_modules, without

VARIABLE = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
ON = {VARIABLE: b"\x06\0\0\0\x01"}
NOT_LOADED = {"/proc/modules": proc_modules(())}
ENFORCED = {"/sys/module/module/parameters/sig_enforce": "Y\n"}
LENIENT = {
    "/sys/module/module/parameters/sig_enforce": "N\n",
    "/sys/kernel/security/lockdown": "[none] integrity\n",
}


@pytest.mark.parametrize(
    ("probes", "status"),
    [
        (board(), Status.OK),
        (having(board(), ON), Status.OK),
        (having(board(), {**ON, **NOT_LOADED}), Status.FAIL),
        (having(board(), {VARIABLE: b"\x06\0\0\0\0", **NOT_LOADED}), Status.OK),
        (having(board(), {VARIABLE: b"", **NOT_LOADED}), Status.OK),
        (having(board(), {**ENFORCED, **NOT_LOADED}), Status.FAIL),
        (having(board(), {**ON, **LENIENT, **NOT_LOADED}), Status.OK),
        (having(without(board(), f"/lib/modules/{RELEASE}"), {**ON, **NOT_LOADED}), Status.SKIP),
        (having(without(board(), PCI), {**ON, **NOT_LOADED}), Status.OK),
        (having(board(), {**ON, "/sys/module/axcl_host/initstate": "coming"}), Status.OK),
        (having(board(), {**ON, "/proc/modules": proc_modules(MODULES[:3])}), Status.FAIL),
    ],
)
def test_secure_boot_is_a_failure_only_where_it_keeps_a_built_driver_out(
    probes: FakeProbes, status: Status
) -> None:
    """Off, loaded all the same, not built, still starting, or a kernel that takes unsigned modules: no."""
    result = secure_boot.check(probes, CONTEXT)
    assert result.status is status
    if status is Status.FAIL:
        assert result.exit_status == 5
        assert "mokutil" in (result.hint or "")
