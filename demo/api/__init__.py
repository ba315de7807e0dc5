"""The host's API, as far as an add-on needs it: one address, nine commands, the host's errors."""
