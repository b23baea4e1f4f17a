"""Which requests a web page of somebody else may have sent without being asked. Pure."""


def is_forged(origin: str | None, host: str | None, content_type: str | None) -> bool:
    """Whether a page of another origin could make a browser send this request, unasked.

    A browser asks first (a preflight, which we never grant) before it sends JSON as such to another origin; a
    form's or a text's content type, or none, it sends at once. Programs send no ``Origin``, or one that no
    web page can have (``tauri://localhost``).
    """
    if origin is None or (content_type or "").partition(";")[0].strip().lower() == "application/json":
        return False
    scheme, _, place = origin.lower().partition("://")
    return origin == "null" or (scheme in ("http", "https") and place != (host or "").lower())
