"""Use case: diagnose."""
