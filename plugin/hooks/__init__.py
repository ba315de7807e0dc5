"""Traffic with the world: signed calls that come in, requests that go out.

Nothing here knows journeys, Flask or the database: text, headers and bytes in, plain answers out.
Every address named by a user passes `addresses`; every request leaves through `transport`.
"""
