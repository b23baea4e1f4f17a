"""Settings: where they come from, what they may be, which source won."""
