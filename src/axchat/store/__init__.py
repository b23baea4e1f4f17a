"""Conversations on disk: one SQLite file, one transaction per change."""
