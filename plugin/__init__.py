"""Journeys: automated sequences for the host's subscribers."""

__version__ = "0.1.0"
