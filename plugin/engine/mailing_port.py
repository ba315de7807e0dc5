"""What the engine needs of the host to send mail; part of engine.ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple, Protocol


class Letter(NamedTuple):
    """An e-mail of the host, as its owner has written it. Texts are '' where there is none."""

    name: str
    subject: str
    html: str
    plain: str
    from_name: str
    from_email: str
    reply_to_name: str
    reply_to_email: str


class SenderDomain(NamedTuple):
    """`key` None: the host has none. Never to be kept or logged."""

    name: str  #: in lower case
    enabled: bool
    key: str | None


class Mailing(Protocol):
    """E-mails, sender domains and suppressions of one owner. One statement each."""

    def can_send(self) -> bool:
        """Whether it is known where the host's gateway is. No statement."""

    def letters(self, user_id: int, email_ids: Iterable[int]) -> Mapping[int, Letter]:
        """E-mails that the owner has; deleted and foreign ones are left out."""

    def sender_domains(self, user_id: int) -> Mapping[str, SenderDomain] | None:
        """By name; None: this host's tables do not tell. Two statements."""

    def may_send(self, user_id: int) -> str | None:
        """Why the account may not send: a code of domain.gateway_codes.HELD; None: it may."""

    def suppressed(self, user_id: int, list_id: int, addresses: Iterable[str]) -> Set[str]:
        """Those that are suppressed on this list, in the account or everywhere, in normal form."""
