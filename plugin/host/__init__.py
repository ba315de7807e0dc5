"""The host's tables: the only place that knows their names, their columns and their habits.

`SqlHost` implements the engine's `Host`; `HostSchema` says what the live database really has.
"""
