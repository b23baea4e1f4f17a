"""Names of the codes of the card's own software, ``0x80MMssee``, and of a newer product's.

Facts: ax_global_type.h and ax_sys_api.h of axcl-runtime V3.10.2. MM is the module, ee the error. A code
with 0x50 to 0x5f as its third byte is the AX8860's ("axhelix"), which this driver does not drive.
"""

MODULES = {
    0x00: "MIN",
    0x01: "ISP",
    0x02: "CE",
    0x03: "VO",
    0x04: "VDSP",
    0x05: "EFUSE",
    0x06: "NPU",
    0x07: "VENC",
    0x08: "VDEC",
    0x09: "JENC",
    0x0A: "JDEC",
    0x0B: "SYS",
    0x0C: "AENC",
    0x0D: "IVPS",
    0x0E: "MIPI",
    0x0F: "ADEC",
    0x10: "DMA",
    0x11: "VIN",
    0x12: "USER",
    0x13: "IVES",
    0x14: "SKEL",
    0x15: "IVE",
    0x16: "AVS",
    0x17: "AVSCALI",
    0x19: "3A",
    0x1A: "AUDIO",
    0x1B: "PYRALITE",
    0x1C: "SIF",
    0x1D: "ENGINE",
    0x1E: "GDC_LITE",
    0x20: "AI",
    0x21: "AO",
    0x22: "SENSOR",
    0x23: "NT",
    0x24: "TDP",
    0x25: "VPP",
    0x26: "VGP",
    0x27: "GDC",
    0x28: "BASE",
    0x29: "ALGO",
    0x80: "CUST_MIN",
    0xFF: "MAX",
}

ERRORS = {
    0x01: ("INVALID_MODID", "there is no such module"),
    0x02: ("INVALID_DEVID", "there is no such device"),
    0x03: ("INVALID_GRPID", "there is no such group"),
    0x04: ("INVALID_CHNID", "there is no such channel"),
    0x05: ("INVALID_PIPEID", "there is no such pipe"),
    0x06: ("INVALID_STITCHGRPID", "there is no such stitch group"),
    0x0A: ("ILLEGAL_PARAM", "a parameter is not legal"),
    0x0B: ("NULL_PTR", "a null pointer was passed"),
    0x0C: ("BAD_ADDR", "an address is not valid"),
    0x10: ("SYS_NOTREADY", "a driver on the card that it needs is not loaded"),
    0x11: ("BUSY", "something else is using it"),
    0x12: ("NOT_INIT", "it was not initialised"),
    0x13: ("NOT_CONFIG", "it was not configured"),
    0x14: ("NOT_SUPPORT", "not supported"),
    0x15: ("NOT_PERM", "the card's software does not permit it"),
    0x16: ("EXIST", "it exists already"),
    0x17: ("UNEXIST", "it does not exist"),
    0x18: ("NOMEM", "no memory left on the card"),
    0x19: ("NOBUF", "no buffer left on the card"),
    0x1A: ("NOT_MATCH", "two things do not match"),
    0x20: ("BUF_EMPTY", "a buffer is empty"),
    0x21: ("BUF_FULL", "a buffer is full"),
    0x22: ("QUEUE_EMPTY", "a queue is empty"),
    0x23: ("QUEUE_FULL", "a queue is full"),
    0x27: ("TIMED_OUT", "no answer in time"),
    0x28: ("FLOW_END", "the stream ended"),
    0x29: ("UNKNOWN", "it failed without saying why"),
    0x30: ("OS_FAIL", "the card's operating system refused it"),
    0x7F: ("BUTT", "the end mark of the errors"),
}

# The SYS module's own parts reuse numbers, so these are named as whole codes.
WHOLE = {
    0x800B000A: ("AX_ERR_CMM_ILLEGAL_PARAM", "a parameter of the card's memory pool is not legal"),
    0x800B000B: ("AX_ERR_CMM_NULL_PTR", "a null pointer was passed to the card's memory pool"),
    0x800B0010: ("AX_ERR_CMM_NOTREADY", "the card's memory pool is not ready"),
    0x800B0018: ("AX_ERR_CMM_NOMEM", "the card's memory is used up"),
    0x800B0029: ("AX_ERR_CMM_UNKNOWN", "the card's memory pool failed without saying why"),
    0x800B0080: ("AX_ERR_CMM_MMAP_FAIL", "card memory could not be mapped"),
    0x800B0081: ("AX_ERR_CMM_MUNMAP_FAIL", "card memory could not be unmapped"),
    0x800B0082: ("AX_ERR_CMM_FREE_FAIL", "card memory could not be freed"),
    0x800B0282: ("AX_ERR_PTS_COPY_TO_USER", "a time stamp could not be copied to the program"),
    0x800B0283: ("AX_ERR_PTS_COPY_FROM_USER", "a time stamp could not be copied from the program"),
    0x800B0380: ("AX_ERR_LINK_TABLE_FULL", "the table of linked modules is full"),
    0x800B0381: ("AX_ERR_LINK_TABLE_EMPTY", "the table of linked modules is empty"),
    0x800B0382: ("AX_ERR_LINK_COPY_TO_USER", "a link could not be copied to the program"),
    0x800B0383: ("AX_ERR_LINK_COPY_FROM_USER", "a link could not be copied from the program"),
    **{
        code: (f"AX_ERR_POOL_0x{code & 0xFF:02X}", "a memory pool on the card failed")
        for code in range(0x800B0181, 0x800B0185)
    },
}

AX8860 = {
    0x80305005: ("AX8860_COMM_TIMEOUT", "no answer in time"),
    0x80305228: ("AX8860_RT_DEVICE_NOT_ACTIVE", "the device is not active"),
    0x8030522A: ("AX8860_RT_DEVICE_NOT_EXIST", "there is no such device"),
    0x80305234: ("AX8860_RT_DEVICE_OFFLINE", "the device is offline"),
    0x80305521: ("AX8860_DAEMON_ALREADY_RUNNING", "its daemon is already running"),
    0x80305525: ("AX8860_WORKER_LOST", "its worker is gone"),
    0x80305822: ("AX8860_ENGINE_LOAD_FAIL", "the model could not be loaded"),
    0x80305823: ("AX8860_ENGINE_EXECUTE_FAIL", "the model could not be run"),
}


def is_ax8860(code: int) -> bool:
    """Whether a code is of the AX8860's SDK: ``0x80305xxx`` from the host, ``0x80315xxx`` from the device."""
    return code >> 12 in (0x80305, 0x80315)


def card_error(module: int, part: int, error: int) -> tuple[str, str, bool]:
    """Name, meaning and whether both are known, of a code ``0x80MMssee`` (module MM, part ss, error ee)."""
    code = 0x80 << 24 | module << 16 | part << 8 | error
    if code in WHOLE:
        return (*WHOLE[code], True)
    owner = MODULES.get(module)
    found = ERRORS.get(error)
    where = f"the card's own software, module {owner or f'0x{module:02x}'}"
    if owner is None or found is None:
        what = "" if found is None else f" ({found[1]})"
        return "UNKNOWN", f"unknown code of {where}, error 0x{error:02x}{what}", False
    inner = f", part 0x{part:02x}" if part else ""
    name = f"AX_ERR_{owner}_{found[0]}" + (f"_IN_0x{part:02X}" if part else "")
    return name, f"{found[1]} ({where}{inner})", True
