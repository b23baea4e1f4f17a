"""The device and what is loaded into it: layers, then the post model, each with its ways to fail.

axcl-llm and prefill builds open the device inside the first layer's load; multi and context builds open it
before, through a worker per device (recorded 30, 31, 60, 61; lines that no recording shows: runner-console
facts, part I section 2.8).
"""

from pathlib import Path

from axchat.standin import text
from axchat.standin.bars import Bars
from axchat.standin.session import Session, StartFailed, runtime_log
from axchat.standin.streams import complain

_LINE_LAYER_FAILED = 167
_LINE_POST_FAILED = 198
_LINE_READ_FILE = 347
_LINE_GET_DEVICE = 381
_LINE_SET_DEVICE = 386
_LINE_ENGINE_INIT = 393
_LINE_CREATE_HANDLE = 409
_LATER_STEPS = {"create-context": (419, "AX_ENGINE_CreateContext"), "io-info": (433, "AX_ENGINE_GetIOInfo")}
"""Failures of a layer after its handle was made: source line and message."""
_LINE_NOT_INITED = 402
_LINE_PCIE_IDS = 88
_LINE_WORKER_START = 30
_LINE_WORKER_SET_DEVICE = 50
_LINE_AXCL_INIT = 166
_SET_DEVICE_STDERR = b"[E][device manager][request_ports][464]: request ports from device 1 fail, errno: 1 "
_ENGINE_INIT_CODE = 0x8030010C
_MALLOC_SIZE = 196608
_MALLOC_CODE = 0x80300507
_CMM_TABLE_WIDTH = 24


def start_workers(session: Session) -> None:
    """Start one worker per device, each of which opens its device. Raises StartFailed."""
    session.output.write(b"\n")
    for device in session.settings.devices:
        _log(session, "I", "run", _LINE_WORKER_START, f"AXCLWorker start with devid {device}")
        if _device_fails(session):
            _log(session, "E", "Init", _LINE_AXCL_INIT, f"axcl_Init({device}) failed")
            raise StartFailed


def load_layers(session: Session, bars: Bars) -> None:
    """Load the layers, which the devices share out, and the post model. Raises StartFailed."""
    cmm = remain_cmm_mb(session)
    for number in range(session.settings.layers):
        if session.faults.has("pcie-ids"):
            complain(b"Failed to run command!\n")
            _log(session, "E", "get_pcie_ids", _LINE_PCIE_IDS, "get_pcie_ids failed")
        path = session.settings.layer(number)
        bars.wait()
        if _layer_fails(session, number, path):
            _log(session, "E", "Init", _LINE_LAYER_FAILED, f"init axmodel({path}) failed")
            raise StartFailed
        where = f"devid({_device_of(session, number)}) " if session.build.has_workers else ""
        bars.draw(f"init {number} axmodel ok,{where}remain_cmm({cmm} MB)")
    bars.wait()
    if _post_fails(session):
        _log(session, "E", "Init", _LINE_POST_FAILED, f"init post axmodel({session.settings.post}) failed")
        raise StartFailed
    if session.build.reports_post_cmm:
        bars.draw(f"init post axmodel ok,remain_cmm({cmm} MB)")
        session.output.write(b"\n")
    else:
        bars.draw("init post axmodel ok\n")


def cmm_table(session: Session) -> bytes:
    """Return the table of what memory each device has left (recorded 60-multi-pty-start-turn-q)."""
    cmm = remain_cmm_mb(session)
    rows = "".join(f"|{device:6d}|{cmm:15d}|\n" for device in session.settings.devices)
    over, under, close = "_" * _CMM_TABLE_WIDTH, "=" * _CMM_TABLE_WIDTH, "\u00af" * _CMM_TABLE_WIDTH
    return f"\x1b[1;30;35m{over}\n|    ID| remain cmm(MB)|\n{under}\n{rows}{close}\n\x1b[0m".encode()


def remain_cmm_mb(session: Session) -> int:
    """Return the free memory that is printed: the script's, else the recorded build's."""
    given = -1 if session.faults.has("pcie-ids") else session.script.remain_cmm_mb
    return session.build.remain_cmm_mb if given is None else given


def _device_of(session: Session, number: int) -> int:
    """Return the device of a layer: the devices get equal runs of neighbouring layers."""
    devices = session.settings.devices
    return devices[number * len(devices) // session.settings.layers]


def _device_fails(session: Session) -> bool:
    """Open a device; print what fails and say whether it did."""
    faults = session.faults
    workers = session.build.has_workers
    if faults.has("hang-setdevice"):
        session.interrupts.hang()
    if faults.number("axclinit") is not None:
        return True  # only reached where the first layer starts the runtime, which prints nothing
    if faults.has("no-device"):
        message = f"Get AXCL device failed{{0x{0:8x}}}, find total 0 device."
        _log(session, "E", "init", _LINE_GET_DEVICE, message if workers else message + "\n")
    elif faults.has("setdevice"):
        complain(_SET_DEVICE_STDERR + b"Operation not permitted\n")
        message = "Set AXCL device failed{0x80300186}."
        if workers:
            _log(session, "E", "run", _LINE_WORKER_SET_DEVICE, message)
        else:
            _log(session, "E", "init", _LINE_SET_DEVICE, message + "\n")
    elif faults.has("engine-init"):
        _log(session, "E", "init", _LINE_ENGINE_INIT, f"axclrtEngineInit {_ENGINE_INIT_CODE - (1 << 32)}")
    else:
        return False
    return True


def _layer_fails(session: Session, number: int, path: str) -> bool:
    """Load one layer; print what fails and say whether it did. The first may have to open the device."""
    faults = session.faults
    if faults.at("hang-layer", number):
        session.interrupts.hang()
    if faults.has("missing-layer") or not Path(path).is_file():
        _log(session, "E", "init", _LINE_READ_FILE, "read_file")
        return True
    if number == 0 and not session.build.has_workers and _device_fails(session):
        return True
    if number == 0 and faults.has("not-inited") and session.build.has_workers:
        device = session.settings.devices[0]
        _log(session, "E", "init", _LINE_NOT_INITED, f"AXCL device {device} not inited\n")
        return True
    return _model_fails(session, number)


def _model_fails(session: Session, number: int) -> bool:
    """Make a layer's model ready on the device; print what fails and say whether it did."""
    faults = session.faults
    for name, (line, message) in _LATER_STEPS.items():
        if faults.at(name, number):
            _log(session, "E", "init", line, message)
            return True
    if faults.at("memory-full", number):
        complain(
            f"Malloc input(index: 0, size: {_MALLOC_SIZE}) failed! ret=0x{_MALLOC_CODE:x}\n"
            f"Create io failed. ret=0x{_MALLOC_CODE:x}\n".encode()
        )
        _log(session, "E", "init", _LINE_CREATE_HANDLE, "AX_ENGINE_CreateHandle")
    elif faults.at("load-layer", number):
        _report_load_failure(session)
    else:
        return False
    return True


def _post_fails(session: Session) -> bool:
    """Load the post model; print what fails and say whether it did."""
    if session.faults.has("missing-post") or not Path(session.settings.post).is_file():
        _log(session, "E", "init", _LINE_READ_FILE, "read_file")
    elif session.faults.has("load-post"):
        _report_load_failure(session)
    else:
        return False
    return True


def _report_load_failure(session: Session) -> None:
    runtime_log("E", "engine", "axclrtEngineLoadFromMem", 152, "load model fail, ret = 0x8030070c")
    _log(session, "E", "init", _LINE_CREATE_HANDLE, "AX_ENGINE_CreateHandle")


def _log(session: Session, level: str, function: str, line: int, message: str) -> None:
    session.output.write(text.log(level, function, line, message))
