"""Use case: talk."""
