"""What the HTTP APIs take and give, as pydantic models."""
