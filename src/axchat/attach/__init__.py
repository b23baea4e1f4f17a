"""Where the holder is and how to reach it: its socket, its lock, its start, one request to it."""
