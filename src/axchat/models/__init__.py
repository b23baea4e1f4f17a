"""Known models and how to get them."""
