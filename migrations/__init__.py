"""The steps from one release's tables to the next one's. Run by `journeys install` and `migrate`.

A script is `versions/<number>_<words>.py`; the number of the last one stands in `.current-head`,
so that two branches that both add one meet in a conflict. A released script is never edited.
"""
