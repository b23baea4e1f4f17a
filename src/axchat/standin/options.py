"""The vendor's command line: the same options, error texts, usage and exit codes.

The parser of the vendor's ``cmdline.hpp`` as observed: recorded sessions 32-pty-help and 32-pty-unknown-arg.
It stops at the first error; ``--help``, or no argument at all, exits 0 with the usage on stderr.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Option(NamedTuple):
    """One option; ``default`` None makes it required."""

    name: str
    short: str
    text: str
    kind: str
    default: str | None


class UsageError(Exception):
    """The command line ends the program: ``text`` goes to stderr."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


MODEL_FILES = (
    Option(
        "template_filename_axmodel",
        "",
        "axmodel path template",
        "string",
        "tinyllama-int8/tinyllama_l%d.axmodel",
    ),
    Option(
        "filename_post_axmodel", "", "post axmodel path", "string", "tinyllama-int8/tinyllama_post.axmodel"
    ),
)
EMBED_FILE = Option(
    "filename_tokens_embed",
    "",
    "tokens embed path",
    "string",
    "tinyllama.model.embed_tokens.weight.bfloat16.bin",
)
SIZES = (
    Option("axmodel_num", "", "num of axmodel(for template)", "int", "22"),
    Option("tokens_embed_num", "", "tokens embed num", "int", "32000"),
    Option("tokens_embed_size", "", "tokens embed size", "int", "2048"),
    Option("use_mmap_load_embed", "", "it can save os memory", "bool", "0"),
)
LIVE_PRINT = Option("live_print", "", "print in live if set true, else print in end", "bool", "0")
TOKENIZER_TYPE = Option("tokenizer_type", "", "tokenizer type 0:LLaMa 1:Qwen 2:HTTP 3:Phi3", "int", "0")

OPTIONS = (
    Option("prompt", "p", "prompt", "string", None),
    *MODEL_FILES,
    TOKENIZER_TYPE,
    Option("filename_tokenizer_model", "", "tokenizer model path", "string", "tokenizer.model"),
    EMBED_FILE,
    Option("bos", "", "", "bool", "1"),
    Option("eos", "", "", "bool", "0"),
    *SIZES,
    Option("dynamic_load_axmodel_layer", "", "it can save cmm memory", "bool", "0"),
    LIVE_PRINT,
    Option("continue", "", "continuous dialogue", "bool", "0"),
)
USE_TOPK = Option("use_topk", "", "", "bool", "0")
"""Only in prefill builds."""
DEVICES = Option("devices", "", 'devices id,for example: "0,1,2,3" ', "string", None)
"""Only in multi-device and context builds, which need it."""

_HELP = Option("help", "?", "print this message", "", "")
_INT = re.compile(r"\s*[+-]?[0-9]+\Z")


def parse(program: str, arguments: list[str], options: tuple[Option, ...] = OPTIONS) -> dict[str, str]:
    """Return the value of every option as text; raises UsageError with the vendor's text and status."""
    given: dict[str, str] = {}
    errors: list[str] = []
    _Reader({option.name: option for option in (*options, _HELP)}, given, errors).read(arguments)
    missing = (option.name for option in sorted(options) if option.default is None)
    errors += [f"need option: --{name}" for name in missing if name not in given]
    if (not arguments and errors) or _HELP.name in given:
        raise UsageError(usage(program, options), 0)
    if errors:
        raise UsageError(errors[0] + "\n" + usage(program, options), 1)
    return {option.name: option.default or "" for option in options} | given


class _Reader:
    """One pass over the arguments; words that are no options are ignored, as the vendor's parser does."""

    def __init__(self, known: dict[str, Option], given: dict[str, str], errors: list[str]) -> None:
        self._known = known
        self._shorts = {option.short: option for option in known.values() if option.short}
        self._given = given
        self._errors = errors

    def read(self, arguments: list[str]) -> None:
        words = iter(arguments)
        for word in words:
            if word.startswith("--"):
                name, has_value, value = word[2:].partition("=")
                if has_value:
                    self._set(name, value)
                else:
                    self._long(name, words)
            elif word.startswith("-") and len(word) > 1:
                self._short(word[1:], words)

    def _long(self, name: str, words: Iterator[str]) -> None:
        option = self._known.get(name)
        if option is None:
            self._errors.append(f"undefined option: --{name}")
        elif not option.kind:
            self._given[name] = ""
        else:
            self._take(option, words)

    def _short(self, letters: str, words: Iterator[str]) -> None:
        for letter in letters[:-1]:
            self._flag(letter)
        option = self._shorts.get(letters[-1])
        if option is not None and option.kind:
            self._take(option, words)
        else:
            self._flag(letters[-1])

    def _flag(self, letter: str) -> None:
        option = self._shorts.get(letter)
        if option is None:
            self._errors.append(f"undefined short option: -{letter}")
        elif option.kind:
            self._errors.append(f"option needs value: --{option.name}")
        else:
            self._given[option.name] = ""

    def _take(self, option: Option, words: Iterator[str]) -> None:
        value = next(words, None)
        if value is None:
            self._errors.append(f"option needs value: --{option.name}")
        else:
            self._set(option.name, value)

    def _set(self, name: str, value: str) -> None:
        option = self._known.get(name)
        if option is None:
            self._errors.append(f"undefined option: --{name}")
        elif not _valid(option.kind, value):
            self._errors.append(f"option value is invalid: --{name}={value}")
        else:
            self._given[name] = value


def _valid(kind: str, value: str) -> bool:
    if kind == "string":
        return True
    return bool(_INT.match(value)) and (kind == "int" or int(value) in (0, 1))


def usage(program: str, options: tuple[Option, ...] = OPTIONS) -> str:
    """Return the usage text, trailing blank included."""
    width = max(len(option.name) for option in options)
    required = "".join(f"--{option.name}={option.kind} " for option in options if option.default is None)
    lines = [f"usage: {program} {required}[options] ... ", "options:"]
    for option in (*options, _HELP):
        short = f"-{option.short}, " if option.short else "    "
        kind = f" ({option.kind}" + ("" if option.default is None else f" [={option.default}]") + ")"
        lines.append(f"  {short}--{option.name:<{width}}    {option.text}{kind if option.kind else ''}")
    return "\n".join(lines) + "\n"
