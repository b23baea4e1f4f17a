"""The holder: the one process that owns the card, its queue, and the APIs in front of it."""
