"""A stand-in for the vendor's runner, for tests and demonstrations; never a card."""
