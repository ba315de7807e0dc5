"""Sender domains of the sample accounts, in every state, and the keys that send for them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

#: Sender domain: id, owner, name, status, whether its DNS records were ever seen.
DOMAINS = (
    (1, 1, "example.com", "Enabled", True),
    (2, 1, "news.example.com", "Enabled", True),
    (3, 1, "new.example.com", "Approval Pending", False),
    (4, 1, "old.example.com", "Disabled", True),
    (5, 2, "kitchen.example.com", "Enabled", True),
    (6, 3, "panel.example.com", "Enabled", True),
)


def gateway_key(domain_id: int) -> str:
    """The key that the demo gives to a sender domain."""
    return f"eg_live_demo_{domain_id}"


def sender_domains(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "DomainID": id_,
            "SenderDomain": name,
            "UserID": owner,
            "CreatedAt": now - timedelta(days=500 - id_),
            "Status": status,
            "LastVerifiedAt": now - timedelta(days=1) if verified else None,
            "VerificationMeta": json.dumps({"DNSRecords": _records(name, verified)}),
            "PolicyMeta": "[]",
            "Options": json.dumps({"LinkTracking": 1, "OpenTracking": 1, "UnsubscribeLink": 0}),
            "SigningKey": hashlib.sha256(f"demo {id_}".encode()).hexdigest().upper(),
        }
        for id_, owner, name, status, verified in DOMAINS
    ]


def eg_api_keys(now: datetime) -> list[dict[str, Any]]:
    """One key for each domain, also for those that may not send: that is what codes are for."""
    return [
        {
            "APIKeyID": id_,
            "UserID": owner,
            "DomainID": id_,
            "APIKey": gateway_key(id_),
            "Description": "Sample key",
            "CreatedAt": now - timedelta(days=499 - id_),
        }
        for id_, owner, *_ in DOMAINS
    ]


def _records(name: str, verified: bool) -> dict[str, list[Any]]:
    return {
        f"sl.{name}": ["CNAME", "tracking.example.net.", verified],
        name: ["TXT", "v=spf1 include:example.net ~all", verified],
    }
