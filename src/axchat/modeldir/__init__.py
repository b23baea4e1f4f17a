"""What a vendor model directory is and what its run script would do."""
