"""The bytes of a ``context`` runner, written from the facts: no recording of one exists."""

BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n'
MARKER = b"prompt >> "
UID = "9f2c0a1e-77f3-4c1c-8f0e-2f6a4f2b8c11"


def log(message: bytes, level: bytes = b"I", function: bytes = b"Run", line: int = 1) -> bytes:
    """A log line as ``sample_log.h`` prints it."""
    colour = {b"E": b"1", b"W": b"3", b"I": b"2", b"N": b"5", b"D": b"7"}[level]
    return b"\x1b[1;30;3%sm[%s][%32s][%4d]: %s\x1b[0m\n" % (colour, level, function, line, message)


def bar(done: int, total: int, text: bytes) -> bytes:
    """A progress bar of ``cqdm.cpp``."""
    body = "█".encode() * done + b" " * (total - done)
    return b"\x1b[1;30;33m\r%3d%% | %s | %3d / %3d [0.10s<0.20s, 5.00 count/s] \x1b[1;30;32m%s\x1b[0m" % (
        100 * done // total,
        body,
        done,
        total,
        text,
    )


def end(rate: bytes = b"12.65", newlines: bytes = b"\n\n") -> bytes:
    """The end of an answer."""
    return newlines + log(b"hit eos,avg %s token/s\n" % rate, b"N", b"Run", 1030)


def start(system_prompt: bytes = b"You are a helpful assistant.") -> bytes:
    """Everything from the first byte to the first marker, without a cache of the system prompt."""
    return (
        log(b"LLM init start", function=b"Init", line=110)
        + b"\x1b[1;30;31mconnect failed http://127.0.0.1:12345, try again in  1/10 \n\x1b[0m\n"
        + log(b"connect http://127.0.0.1:12345 ok", function=b"Init", line=34)
        + log(b"uid: " + UID.encode(), function=b"Init", line=57)
        + b"bos_id: -1, eos_id: 151645\n"
        + bar(1, 3, b"tokenizer init ok")
        + log(b"LLaMaEmbedSelector use mmap", function=b"Init", line=45)
        + bar(2, 3, b"init 0 axmodel ok,devid(0) remain_cmm(3788 MB)")
        + log(b"AXCLWorker start with devid 0", function=b"run", line=30)
        + bar(3, 3, b"init post axmodel ok,remain_cmm(3500 MB)")
        + log(b"max_token_len : 2047", function=b"Init", line=199)
        + log(b"kv_cache_size : 1024, kv_cache_num: 2047", function=b"Init", line=202)
        + log(b"prefill_token_num : 128", function=b"Init", line=210)
        + log(b"grp: 1, prefill_max_token_num : 1", function=b"Init", line=214)
        + log(b"grp: 2, prefill_max_token_num : 512", function=b"Init", line=214)
        + log(b"prefill_max_token_num : 512", function=b"Init", line=218)
        + b"\x1b[1;30;35m________________________\n|    ID| remain cmm(MB)|\n========================\n"
        + b"|     0|           3400|\n"
        + "¯¯¯¯¯¯¯¯\n".encode()
        + b"\x1b[0m"
        + log(b'load config: \n{\n    "top_k": 10\n}\n', function=b"load_config", line=282)
        + log(b"LLM init ok", function=b"Init", line=270)
        + BANNER
        + log(b"k_cache ./kv/k_cache_0.bin or v_cache ./kv/v not exist", b"E", b"load_kvcache", 100)
        + log(b"load kvcache from path: ./kv failed,generate kvcache", b"W", b"main", 223)
        + log(
            b"input token num : 21, prefill_split_num : 1 prefill_grpid : 2",
            function=b"GenerateKVCachePrefill",
        )
        + log(b"input_num_token:21", function=b"GenerateKVCachePrefill")
        + log(b"precompute_len: 21", function=b"main", line=236)
        + log(b"system_prompt: " + system_prompt, function=b"main", line=237)
        + MARKER
    )


def opening(used: int = 21) -> bytes:
    """The lines between a prompt and its answer."""
    return (
        log(
            b"prefill_grpid:2 kv_cache_num:512 precompute_len:%d input_num_token:12" % used,
            function=b"SetKVCache",
        )
        + log(b"current prefill_max_token_num:1920", function=b"SetKVCache")
        + log(b"input token num : 12, prefill_split_num : 1")
        + log(b"input_num_token:12")
        + log(b"ttft: 796.38 ms", line=1030)
    )


def state(used: int, remaining: int | None = None) -> bytes:
    """The line behind an end."""
    rest = b"" if remaining is None else b", remaining:%d" % remaining
    return log(b"precompute_len:%d%s" % (used, rest), function=b"GetKVCache", line=597)
