"""Tools for people who work on Journeys: set-up, private servers, lock files. Not shipped."""
