"""The demo host: a small stand-in for the mail platform that Journeys is added to.

Not shipped. It has the host's tables, a user area, a webhook inbox and the Python bridge
that reads `manifest.json`, mounts Journeys, hands users over and reports what happens.
"""
