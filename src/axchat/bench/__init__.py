"""Use case: measure."""
