"""One module per layer that can fail."""
