"""Headers of answers: what a Retry-After asks for. Those of requests: domain/request_headers.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from plugin.domain.request_headers import check_headers as check_headers
from plugin.domain.request_headers import sendable as sendable

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_LONGEST_WAIT_SECONDS = 10**9


def retry_after_seconds(text: str | None, now: datetime) -> int | None:
    """The wait that a Retry-After header asks for: digits or an HTTP date, else None.

    Never negative: a date in the past is 0. At most 10^9; the caller sets a sane limit.
    """
    text = (text or "").strip()
    if _DIGITS.fullmatch(text):
        # Longer texts are not turned into numbers: that is slow and, past 4,300 digits, fails.
        return min(int(text), _LONGEST_WAIT_SECONDS) if len(text) < 12 else _LONGEST_WAIT_SECONDS
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0, round((until - now).total_seconds())), _LONGEST_WAIT_SECONDS)
