"""Send an e-mail of the host to each person, through the host's gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import (
    Batch,
    EnrollmentId,
    Failed,
    Hold,
    Next,
    Outcome,
    Outcomes,
    Stay,
)
from plugin.domain.gateway_codes import HELD
from plugin.domain.merge_tags import Place
from plugin.domain.merge_tags.partial import OurPart, harmless
from plugin.engine import message_checks as checks
from plugin.engine import sender_form as form
from plugin.engine.kinds import Action, Lists
from plugin.engine.mailing_port import Letter
from plugin.engine.message_orders import Envelope, parcel
from plugin.engine.ports import CallResult, Parcel, Work
from plugin.engine.send_step import LOOK_AGAIN, Sends
from plugin.engine.tags import MISSING, TagValues, seed_of, tag_problems, tag_values
from plugin.errors import BadTemplate, Problem

#: Whoever is held for what the gateway has answered has it asked again after this long.
ASK_AGAIN = timedelta(hours=1)


class SendEmail(Action):
    """People stay until the gateway has taken the message, or it is settled that it has not."""

    name = "SendEmail"
    label = "Send an e-mail"
    icon = "mail"
    family = "message"
    sends_messages = True
    example = {"email_id": 1, "from_address": "news@example.com"}

    class Params(Schema):
        """`from_address` lies in one of the account's sender domains; names and addresses that are
        null are those of the e-mail. `after_unknown`: what becomes of a message of which nobody
        knows whether it was sent, because a worker died in between: `skip` does not send it again,
        `send_again` does. `over_cap`: what becomes of somebody who had as many messages as the
        account allows; null: as the account has it, `send`: they get this one all the same."""

        email_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "email", "label": "E-mail"},
        )
        from_name = form.name_field("From: name", form.LONGEST_NAME)
        from_address = form.AddressField(
            load_default=None, allow_none=True, metadata={"label": "From: address"}
        )
        subject = form.name_field("Subject", form.LONGEST_SUBJECT)
        reply_to = form.person("Answers go to")
        cc = form.people("Copies to")
        bcc = form.people("Blind copies to")
        after_unknown = fields.String(
            load_default="skip",
            validate=validate.OneOf(form.AFTER_UNKNOWN),
            metadata={"label": "If nobody knows whether it was sent"},
        )
        over_cap = fields.String(
            load_default=None,
            allow_none=True,
            validate=validate.OneOf(form.OVER),
            metadata={"label": "Who had enough messages"},
        )
        track_opens = fields.Boolean(
            load_default=None, allow_none=True, truthy={True}, falsy={False}
        )
        track_links = fields.Boolean(
            load_default=None, allow_none=True, truthy={True}, falsy={False}
        )

    def summary(self, catalog: Catalog) -> str:
        sender = self.params["from_address"]
        name = f"“{catalog.email_name(self.params['email_id'])}”"
        return f"{name}, from {sender}" if sender else name

    def notes(self, catalog: Catalog) -> Iterator[str]:
        if not catalog.sends:
            yield HELD["no_gateway"]
        if self.params["after_unknown"] == "send_again":
            yield "If a worker dies while it sends, somebody may get this message twice."
        if self.params["over_cap"] == "send":
            yield "It is sent to whoever had enough messages, too."

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        email_id, sender = self.params["email_id"], self.params["from_address"]
        if email_id not in catalog.emails:
            yield Problem("/email_id", f"There is no e-mail {email_id}. Choose another.")
        if sender and catalog.sender_domains is not None:
            domain = sender.rpartition("@")[2].lower()
            if domain not in catalog.sender_domains:
                known = ", ".join(sorted(catalog.sender_domains)) or "none"
                text = f"{domain} is no sender domain of the account. It has: {known}."
                yield Problem("/from_address", text)
        for name in ("from_name", "subject"):
            if self.params[name]:
                yield from tag_problems(f"/{name}", self.params[name], catalog, lists)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        queued = work.messages.queued(batch.step.id, batch.subscribers)
        asked = work.outbox.results(batch.step.id, batch.subscribers)
        outcomes = {
            who: outcome
            for who, found in asked.items()
            if (who not in queued or queued[who].visit <= found.visit)
            and (outcome := self._answered(batch, who, found))
        }
        rest = [i for i in batch.subscribers if i not in outcomes]
        if not rest:
            return outcomes
        letter = self._letter(batch, work)
        envelope = self._envelope(letter)
        make = self._maker(_of(batch, rest), work, letter, envelope)
        given = self.params
        sends = Sends(work, batch, given["email_id"], given["over_cap"], queued)
        return outcomes | sends.go(rest, make)

    def _answered(self, batch: Batch, who: EnrollmentId, found: CallResult) -> Outcome | None:
        """None: it is to be asked for once more."""
        result = found.result
        if found.ended_at is None:
            return Stay(batch.now + LOOK_AGAIN, again=True)
        if "held" not in result:
            return Next({"email_id": self.params["email_id"], **result})
        if found.visit == batch.visits[who] - 1 or batch.now < found.ended_at + ASK_AGAIN:
            return Hold(result["held"], result["text"])
        return None

    def _letter(self, batch: Batch, work: Work) -> Letter:
        """Raises CannotEvaluate when nobody can be sent anything as things stand."""
        checks.check_account(work, batch.user_id)
        email_id = self.params["email_id"]
        letter = checks.letter_of(work.host.letters(batch.user_id, [email_id]), email_id)
        domain = self._envelope(letter).domain
        checks.check_domain(work.host.sender_domains(batch.user_id), domain)
        return letter

    def _envelope(self, letter: Letter) -> Envelope:
        given = self.params
        address = given["from_address"] or letter.from_email.strip()
        if not address:
            raise checks.held("no_sender_domain")
        reply_to = given["reply_to"]
        if reply_to is None and letter.reply_to_email.strip():
            reply_to = {"name": letter.reply_to_name, "email": letter.reply_to_email.strip()}
        return Envelope(
            email_id=given["email_id"],
            list_id=0,
            sender=form.as_address({"name": letter.from_name, "email": address}),
            reply_to=form.as_address(reply_to) if reply_to else None,
            cc=[form.as_address(one) for one in given["cc"]],
            bcc=[form.as_address(one) for one in given["bcc"]],
            subject=None,
            track_opens=given["track_opens"],
            track_links=given["track_links"],
        )

    def _maker(
        self, batch: Batch, work: Work, letter: Letter, envelope: Envelope
    ) -> Callable[[EnrollmentId, int], Parcel | Outcome]:
        """The values of all are read at once, and the texts made for whom there is room."""
        asked = (
            OurPart(letter.html).tags | OurPart(letter.plain).tags | OurPart(letter.subject).tags
        )
        own = [self.params[name].template for name in ("from_name", "subject") if self.params[name]]
        values, others = tag_values(batch, work, own, asked)
        envelope = replace(envelope, list_id=batch.list_id)

        def make(who: EnrollmentId, visit: int) -> Parcel | Outcome:
            if who in others:
                return others[who]
            known = values.get(who)
            if known is None:
                return MISSING
            try:
                addressed = self._addressed(envelope, known, seed_of(batch, who))
            except BadTemplate as wrong:
                return Failed("bad_template", str(wrong))
            ours = {tag: known.get(tag) for tag in asked}
            policy = self.params["after_unknown"]
            return parcel(addressed, who, visit, batch.subscribers[who], ours, policy)

        return make

    def _addressed(self, envelope: Envelope, values: TagValues, seed: str) -> Envelope:
        """With the name and the subject that this step gives itself."""

        def rendered(name: str) -> str:
            given = self.params[name]
            if given is None:
                return ""
            text = given.template.render(values, Place.HEADER, seed)
            return harmless(form.one_line(text), Place.HEADER)

        sender = dict(envelope.sender)
        if name := rendered("from_name"):
            sender["name"] = name
        return replace(envelope, sender=sender, subject=rendered("subject") or None)


def _of(batch: Batch, ids: Sequence[EnrollmentId]) -> Batch:
    def some(of: Mapping[EnrollmentId, Any]) -> dict[EnrollmentId, Any]:
        return {i: of[i] for i in ids}

    return replace(batch, subscribers=some(batch.subscribers), visits=some(batch.visits))
