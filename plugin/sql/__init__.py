"""What the adapters for our own tables and for the host's have in common in writing SQL."""
