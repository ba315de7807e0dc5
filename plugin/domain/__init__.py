"""What a journey is, as plain data and functions.

This layer does no I/O: the standard library and `plugin.errors` are all it may import.
Everything here can be tested without a database, a clock or a network.
"""
