"""What HTTP clients send and get, as pydantic models."""
