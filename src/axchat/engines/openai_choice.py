"""Which of a server's models is asked, by its list and the name that was given. Pure."""

from collections.abc import Mapping, Sequence

from axchat.errors import ModelError
from axchat.wire.address import Address


def choose_model(entries: Sequence[Mapping[str, object]] | None, wanted: str | None, address: Address) -> str:
    """The server's name of the model.

    Args:
        entries: the server's list; None where it has none, and then a name is required.
        wanted: the name that was given; None for the only one there is.
        address: for what is told.

    Raises:
        ModelError: it does not have the model, or has several and none was named.
    """
    if entries is None:
        assert wanted is not None, "without a name, a list is required"
        return wanted
    names = [str(entry["id"]) for entry in entries]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    if wanted is not None:
        # a list may leave out aliases, so a name that is not in it is tried where there are several
        if wanted in names or len(names) > 1:
            return wanted
        raise ModelError(f"{address} has no model {wanted}", hint=f"it has: {shown or 'none'}")
    if len(names) == 1:
        return names[0]
    raise ModelError(
        f"{address} has {len(names)} models and none was named",
        hint=f"name one: AXCHAT_OPENAI_MODEL=NAME; it has: {shown or 'none'}",
        models=names,
    )
