"""``axchat doctor --fix``: asks before each harmless step; prints all else with its risk."""

from collections.abc import Callable, Sequence
from typing import TextIO

from axchat.doctor.mend import Mended
from axchat.doctor.offers import Command, Offer
from axchat.doctor.steps import Step
from axchat.ui.escapes import for_terminal


def mend(
    offered: Sequence[Offer],
    commands: Sequence[Command],
    *,
    do: Callable[[Step], Mended],
    say: Callable[[str], None],
    ask: Callable[[str], bool] | None,
) -> bool:
    """Offer the steps one by one, then list the commands that need the user's judgement.

    Args:
        offered: harmless steps.
        commands: hints that are only printed.
        do: carries out a step.
        say: shows a line.
        ask: puts a question; None without a terminal, and then the steps are only listed.

    Returns:
        Whether anything was done.
    """
    is_changed = False
    if not offered:
        say("there is no step that is safe to do for you")
    elif ask is None:
        say("safe steps; on a terminal, axchat doctor --fix asks for each:")
    for offer in offered:
        what = for_terminal(f"{offer.id}: {offer.step}")
        if ask is None:
            say(f"  {what}")
        elif ask(f"{what}? [y/N] "):
            mended = do(offer.step)
            is_changed = is_changed or mended.is_done
            say(f"  {for_terminal(mended.text)}")
    if commands:
        say("left to you, the first one first:")
    for command in commands:
        say(f"  {for_terminal(f'{command.id}: {command.command}')}")
        if command.risk:
            say(f"    risk: {command.risk}")
    if is_changed:
        say("now look again: axchat doctor")
    return is_changed


def question(source: TextIO, target: TextIO) -> Callable[[str], bool]:
    """Asks on a terminal; anything but y or yes, and the end of input, is no."""

    def ask(text: str) -> bool:
        target.write(text)
        target.flush()
        answer = source.readline()
        if not answer:
            target.write("\n")
        return answer.strip().lower() in ("y", "yes")

    return ask
