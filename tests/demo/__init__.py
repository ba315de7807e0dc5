"""The demo host."""
