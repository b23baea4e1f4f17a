"""Which card a runner gets, as its run script says and as the user chose. Pure.

Builds for several cards and all of the context era need ``--devices``; the others open the first card
(runner-console 2.1, 3.1). ``axllm`` reads ``devices`` of its config.json, and AXLLM_DEVICES before that.
"""

from collections.abc import Mapping

from axchat.errors import UsageError

OPTION = "--devices"
AXLLM_VARIABLE = "AXLLM_DEVICES"
FIRST = "0"


def on_device(options: Mapping[str, str], device: int | None) -> dict[str, str]:
    """The change of a runner's options that puts it on a card.

    Args:
        options: of the run script.
        device: the card's number; None leaves what the script says, which may be several.

    Raises:
        UsageError: the runner has no option for it, and it is not the first card.
    """
    if device is None:
        return {}
    if OPTION in options:
        return {OPTION: str(device)}
    if device != int(FIRST):
        raise UsageError(
            f"this runner uses the first card only, not card {device}: its script has no {OPTION}",
            hint="leave out --device, or get the model in a form for several cards",
        )
    return {}


def require_device(options: Mapping[str, str], device: int | None) -> None:
    """Refuse another card than the one a script names, for whoever runs the script as it is.

    Raises:
        UsageError: it names another one, or several.
    """
    named = options.get(OPTION, FIRST)
    if device is not None and named.strip() != str(device):
        cards = f"cards {named}" if "," in named else f"card {named}"
        raise UsageError(
            f"the script engine runs the script as it is, and that uses {cards}, not card {device}",
            hint=f"change {OPTION} in the script, or use --engine session",
        )


def axllm_environment(device: int | None) -> dict[str, str]:
    """What puts ``axllm`` on a card; empty for what its config.json says."""
    return {} if device is None else {AXLLM_VARIABLE: str(device)}
