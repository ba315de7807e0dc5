"""Who may be sent to, and whether the account may send: asked at the step and when it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from plugin.domain.enrollment import EnrollmentId, Subscriber, normal_address
from plugin.domain.gateway_codes import HELD
from plugin.engine.mailing_port import Letter, SenderDomain
from plugin.engine.ports import Work
from plugin.errors import CannotEvaluate

#: The secret that is an account's key where the host's tables do not tell it.
SENDER_SECRET = "sender_key"
#: Domains of addresses that the host makes up for people of whom it knows a phone number alone.
#: The first are reserved: no mail can ever reach them.
_MADE_UP = re.compile(
    r".*\.(invalid|local|localhost|internal)|(.*\.)?(no-?e?mail|placeholder|phone|sms)\..*"
)


def refusals(
    work: Work, user_id: int, list_id: int, people: Mapping[EnrollmentId, Subscriber]
) -> Mapping[EnrollmentId, str]:
    """Why some of these people of a list are sent nothing. One statement."""
    found = {who: reason for who, s in people.items() if (reason := _unfit(s))}
    rest = {who: s.email for who, s in people.items() if who not in found}
    if not rest:
        return found
    suppressed = work.host.suppressed(user_id, list_id, rest.values())
    return found | {
        who: "suppressed" for who, email in rest.items() if normal_address(email) in suppressed
    }


def _unfit(subscriber: Subscriber) -> str | None:
    if subscriber.status == "Opt-In Pending":
        return "opt_in_pending"
    if not subscriber.subscribed:
        return "unsubscribed"
    if subscriber.bounce == "Hard":
        return "bounced"
    return "no_address" if is_made_up(subscriber.email) else None


def is_made_up(email: str) -> bool:
    """Whether it is no address at which anybody reads mail."""
    name, sign, domain = email.strip().rpartition("@")
    return not (name and sign and domain) or bool(_MADE_UP.fullmatch(domain.lower()))


def check_account(work: Work, user_id: int) -> None:
    """Raises CannotEvaluate when nothing may be sent as things stand. One statement."""
    if not work.host.can_send():
        raise held("no_gateway")
    if code := work.host.may_send(user_id):
        raise held(code)


def letter_of(letters: Mapping[int, Letter], email_id: int) -> Letter:
    """Raises CannotEvaluate: it is gone, or there is nothing to send."""
    letter = letters.get(email_id)
    if letter is None:
        raise held("email_missing")
    if not letter.subject.strip() or not (letter.html.strip() or letter.plain.strip()):
        raise held("email_empty")
    return letter


def check_domain(domains: Mapping[str, SenderDomain] | None, name: str) -> None:
    """Raises CannotEvaluate unless the account may send from this domain, as far as is known."""
    if domains is None:
        return
    domain = domains.get(name)
    if domain is None:
        raise held("no_sender_domain")
    if not domain.enabled:
        raise held("sender_domain_off")


def held(code: str) -> CannotEvaluate:
    return CannotEvaluate(code, HELD[code])
