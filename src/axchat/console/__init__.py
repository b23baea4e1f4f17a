"""What a vendor runner writes on its console, as events. Pure: no I/O, no clock."""
