"""Tests of the doors to the world: signatures, addresses, the transport."""
