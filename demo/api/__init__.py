"""The host's API, as far as an add-on needs it: one address, ten commands, the host's errors."""
