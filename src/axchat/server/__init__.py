"""One owner of the card: the holder, its queue and its HTTP faces."""
