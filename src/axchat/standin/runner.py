"""The stand-in for the vendor's legacy runner: ``python -m axchat.standin.runner`` with the vendor's options.

It plays the console of the branch axcl-llm (``--standin-build prefill`` and ``multi``: of axcl-llm-prefill
and axcl-llm-multi-device) as the recorded sessions show it. It has no card and no model: it plays a script
(``script``) and failures (``faults``).
Options of its own, anywhere on the command line: --standin-script FILE, --standin-build NAME,
--standin-trace FILE, --standin-old-ending (one newline before the end line, builds before 12/2024),
--standin-name NAME (argv[0]).
"""

import sys

from axchat.standin import builds, loading, options, text
from axchat.standin.converse import converse, shut_down
from axchat.standin.own_options import BadOwnOption, Own
from axchat.standin.program import run_program
from axchat.standin.session import Session
from axchat.standin.tokenizer_client import TokenizerClient
from axchat.standin.turn import Turn


def main(argv: list[str] | None = None) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of."""
    return run_program(sys.argv if argv is None else argv, _build_of, _options_of, _play)


def _build_of(own: Own) -> builds.Build:
    name = own.build or builds.AXCL_LLM.name
    build = builds.BUILDS.get(name)
    if build is None:
        raise BadOwnOption(f"unknown build {name!r}; known: {', '.join(builds.BUILDS)}")
    return build._replace(end_newlines=1) if own.old_ending else build


def _options_of(build: builds.Build) -> tuple[options.Option, ...]:
    if build.has_ttft:
        return (*options.OPTIONS, options.USE_TOPK)
    return (*options.OPTIONS, options.DEVICES) if build.has_workers else options.OPTIONS


def _play(session: Session) -> None:
    """Load, answer, converse, end. Raises StartFailed."""
    tokenizer = TokenizerClient(session)
    specials = loading.load(session, tokenizer)

    def answer(line: bytes) -> None:
        session.output.write(Turn(session, tokenizer, specials).run(line))
        session.faults.turn += 1

    if session.settings.prompt:
        answer(session.settings.prompt.encode("utf-8", "surrogateescape"))
    if session.settings.continues:
        session.output.write(text.BANNER)
        converse(session, answer)
    shut_down(session)


if __name__ == "__main__":
    sys.exit(main())
