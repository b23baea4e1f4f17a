"""Which conversation a name means. Pure."""

from collections.abc import Sequence

from axchat.errors import ConversationUnknown
from axchat.nearest import nearest_names
from axchat.store.records import Summary

HOW_TO_LIST = "axchat history list"
"""The hint for a name that nothing is like."""


def named(name: str, known: Sequence[Summary]) -> int:
    """The number of a conversation by its number, its title, or the beginning of it, if only one begins so.

    Args:
        name: as typed.
        known: all there are, those last used first.

    Raises:
        ConversationUnknown: none, or several; the hint names the nearest.
    """
    if not name.strip():  # every title begins with nothing
        raise ConversationUnknown("the name of the conversation is empty", hint=HOW_TO_LIST)
    if any(str(each.number) == name for each in known):
        return int(name)
    wanted = name.casefold()
    exact = [each for each in known if each.title.casefold() == wanted]
    begun = exact or [each for each in known if each.title.casefold().startswith(wanted)]
    if len(exact) >= 1 or len(begun) == 1:
        return begun[0].number  # of several with one title, the one last used
    if begun:
        names = ", ".join(f"{each.number} ({each.title})" for each in begun[:5])
        raise ConversationUnknown(f"several conversations begin with {name!r}", hint=f"name one: {names}")
    holding = [each for each in known if wanted in each.title.casefold()]
    begins = {each.title.casefold()[: len(wanted)]: each for each in reversed(known)}
    near = holding[:1] or [begins[name] for name in nearest_names(wanted, begins)]
    nearest = near[0] if near else None
    hint = f"did you mean {nearest.title!r} ({nearest.number})?" if nearest else HOW_TO_LIST
    raise ConversationUnknown(f"no conversation is called {name!r}", hint=hint)
