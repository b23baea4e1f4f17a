"""What the AXCL runtime says: error codes, log lines, axcl-smi output. Pure."""
