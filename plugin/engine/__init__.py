"""The loop, the use cases, the kinds and the ports they need.

No drivers here: the engine meets databases, the network and the clock through `ports.py` only.
"""
