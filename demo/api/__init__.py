"""The host's API, as far as an add-on needs it: one address, a few commands, the host's errors."""
