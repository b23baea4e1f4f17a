"""Other people's payloads. Pure."""
