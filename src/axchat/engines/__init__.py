"""One interface, several ways to get tokens."""
