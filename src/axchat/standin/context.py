"""The stand-in for the vendor's context runner: ``python -m axchat.standin.context`` with its options.

It keeps a conversation: a KV cache in the program, the messages in a uid tokenizer server. No session of the
real program was recorded: what it prints rests on the vendor's source of neighbouring builds and on
published logs (runner-console facts, part I sections 3 and 4). Options of its own: --standin-script FILE,
--standin-trace FILE, --standin-name NAME.
"""

import sys
from pathlib import Path

from axchat.standin import builds, loading, options, text
from axchat.standin.context_cache import KvCache
from axchat.standin.context_turn import ContextTurn, Conversation
from axchat.standin.converse import converse, shut_down
from axchat.standin.options import Option
from axchat.standin.own_options import BadOwnOption, Own
from axchat.standin.program import run_program
from axchat.standin.session import Session
from axchat.standin.uid_client import UidTokenizerClient

RESET = b"reset"
_LINE_LOADED = 219
_LINE_NOT_LOADED = 223
_LINE_NOT_SAVED = 227
_LINE_GENERATED = 229
_LINE_PRECOMPUTE_LEN = 236
_LINE_SYSTEM_PROMPT = 237

OPTIONS = (
    Option("system_prompt", "", "system prompt", "string", ""),
    Option("kvcache_path", "", "kvcache path", "string", ""),
    *options.MODEL_FILES,
    options.TOKENIZER_TYPE._replace(default="2"),
    Option("url_tokenizer_model", "", "tokenizer model path", "string", "http://127.0.0.1:12345"),
    options.EMBED_FILE,
    *options.SIZES,
    options.LIVE_PRINT,
    options.DEVICES,
)


def main(argv: list[str] | None = None) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of."""
    return run_program(sys.argv if argv is None else argv, _build_of, lambda _: OPTIONS, _play)


def _build_of(own: Own) -> builds.Build:
    if own.build is not None:
        raise BadOwnOption("the context console has one build only")
    return builds.CONTEXT._replace(end_newlines=1) if own.old_ending else builds.CONTEXT


def _play(session: Session) -> None:
    """Load, fill the cache, converse, end. Raises StartFailed."""
    tokenizer = UidTokenizerClient(session)
    specials = loading.load(session, tokenizer)
    session.output.write(text.BANNER)
    conversation = Conversation(KvCache(session))
    _fill(session, conversation.cache, tokenizer)

    def answer(line: bytes) -> None:
        if line == RESET:
            # The last reply stays, as in the vendor's neighbours: the next /encode sends it once more.
            conversation.cache.generate(tokenizer.reset(session.settings.system_prompt))
            return
        session.output.write(ContextTurn(session, tokenizer, specials, conversation).run(line))
        session.faults.turn += 1

    converse(session, answer)
    shut_down(session)


def _fill(session: Session, cache: KvCache, tokenizer: UidTokenizerClient) -> None:
    """Put the system prompt into the cache: from its files, else computed and written to them."""
    ids = tokenizer.reset(session.settings.system_prompt)
    named = session.settings.kvcache_path
    if not named:
        cache.generate(ids)
    elif cache.load(Path(named)):
        message = f"load kvcache from path: {named} success,precompute_len: {cache.precompute_len}"
        _log(session, "I", _LINE_LOADED, message)
    else:
        message = f"load kvcache from path: {named} failed,generate kvcache"
        _log(session, "W", _LINE_NOT_LOADED, message)
        cache.generate(ids)
        if not cache.save(Path(named)):
            _log(session, "E", _LINE_NOT_SAVED, "save kvcache failed")
        _log(session, "I", _LINE_GENERATED, f"generate kvcache to path: {named}")
    _log(session, "I", _LINE_PRECOMPUTE_LEN, f"precompute_len: {cache.precompute_len}")
    _log(session, "I", _LINE_SYSTEM_PROMPT, f"system_prompt: {cache.system_prompt}")


def _log(session: Session, level: str, line: int, message: str) -> None:
    session.output.write(text.log(level, "main", line, message))


if __name__ == "__main__":
    sys.exit(main())
