"""Promise a signed request per person; the outbox sends it after the commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.domain.catalog import Catalog
from plugin.domain.codec import escaped
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Next, Outcome, Outcomes, Stay
from plugin.domain.program import Step
from plugin.domain.request_headers import check_headers
from plugin.engine import webhook_body as bodies
from plugin.engine import webhook_form as form
from plugin.engine.kinds import Action, Lists
from plugin.engine.ports import Parcel, Work
from plugin.engine.tags import MISSING, TaggedText, TagValues, seed_of, tag_problems, tag_values
from plugin.engine.terms import SIGNATURE_HEADER, SIGNINGS, Terms
from plugin.engine.webhook_answers import POLICIES, Answers
from plugin.errors import BadTemplate, BadValue, Problem

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Whoever stays for an answer looks by themselves this often. The answer wakes them before.
LOOK_AGAIN = timedelta(days=1)


class Webhook(Action):
    """A step that has the branch `failed`, that keeps something or has a policy for failures
    stays until the request is done or has failed for good; any other goes on at once. Without a
    policy people go down `failed` if there are steps in it, else below."""

    name = "Webhook"
    label = "Webhook"
    icon = "hook"
    family = "data"
    branches_optional = True
    example = {
        "url": "https://example.com/hook",
        "body": {"email": "{{ Subscriber:EmailAddress }}"},
    }

    class Params(Schema):
        """Without a `body` the person and the journey are described; GET sends none, DELETE only
        one that is given. `host` is the body of the host's own journeys, with `payload` as its
        CustomPayload. `secret` names the account's signing secret; null sends unsigned.
        `secret_headers` names secrets too: their values are in no document, export or history.
        The [how-to](../howto/webhooks.md) explains them all."""

        url = form.AddressField(required=True)
        method = fields.String(load_default="POST", validate=validate.OneOf(METHODS))
        headers = form.HeadersField(load_default=dict)
        secret_headers = form.SecretHeadersField(load_default=dict)
        body = form.BodyField(host=True, load_default=None, allow_none=True)
        payload = form.BodyField(load_default=None, allow_none=True)
        encoding = fields.String(load_default="json", validate=validate.OneOf(("json", "form")))
        signing = fields.String(load_default="standard", validate=validate.OneOf(SIGNINGS))
        signature_header = fields.String(load_default=SIGNATURE_HEADER)
        secret = fields.String(
            load_default="default",
            allow_none=True,
            validate=validate.Regexp(form.SECRET_NAME.pattern),
        )
        wait_for_answer = fields.Boolean(load_default=False, truthy={True}, falsy={False})
        keep = form.KeepField(load_default=dict)
        on_failure = fields.String(
            load_default=None, allow_none=True, validate=validate.OneOf(POLICIES)
        )

        @validates_schema
        def _fits_together(self, data: Mapping[str, Any], **_: Any) -> None:
            body, payload = data["body"], data["payload"]
            if data["method"] == "GET" and body is not None:
                raise ValidationError("GET sends no body; put values into the address.", "body")
            if payload is not None and body != form.HOST_BODY:
                raise ValidationError("There is a payload in the host's body only.", "payload")
            if data["encoding"] == "form" and not _is_flat(body):
                text = "A form needs a body of its own with one level of fields."
                raise ValidationError(text, "encoding")
            if problems := _signature_header_problems(data):
                raise ValidationError(problems, "signature_header")
            small = {name.lower() for name in data["headers"]}
            if twice := [name for name in data["secret_headers"] if name.lower() in small]:
                text = f"The header {twice[0]} is there twice."
                raise ValidationError(text, "secret_headers")

    def branch_names(self) -> Sequence[str]:
        return ("failed",)

    def keeps(self) -> Collection[str]:
        return tuple(self.params["keep"])

    def summary(self, catalog: Catalog) -> str:
        return f"{self.params['method']} to {self.params['url'].in_short}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for path, text in self._texts():
            yield from tag_problems(path, text, catalog, lists)
        for header, name in self.params["secret_headers"].items():
            if name not in catalog.secrets:
                fault = f"The account has no secret “{name}”. Add it, or name another one."
                yield Problem(f"/secret_headers/{escaped(header)}", fault)

    def run(self, batch: Batch, work: Work) -> Outcomes:
        asked = work.outbox.results(batch.step.id, batch.subscribers)
        outcomes: dict[EnrollmentId, Outcome] = {}
        if asked:
            still = Stay(batch.now + LOOK_AGAIN, again=True)
            outcomes |= Answers(self.params, still).outcomes(batch, work, asked)
            batch = _without(batch, outcomes)
        if batch.subscribers:
            outcomes |= self._post(batch, work)
        return outcomes

    def _post(self, batch: Batch, work: Work) -> dict[EnrollmentId, Outcome]:
        parcels, outcomes = self.parcels(batch, work)
        of_batch = {
            "user_id": batch.user_id,
            "journey_id": batch.journey_id,
            "step_id": batch.step.id,
        }
        work.outbox.post(of_batch, list(parcels.values()), batch.now)
        detail = {"url": self.params["url"].text}
        waits = self.waits(batch.step)
        posted: Outcome = Stay(batch.now + LOOK_AGAIN, detail) if waits else Next(detail)
        return outcomes | dict.fromkeys(parcels, posted)

    def waits(self, step: Step) -> bool:
        """Whether people stay at this step until there is an answer."""
        given = self.params
        needed = given["wait_for_answer"] or given["keep"] or given["on_failure"] is not None
        return bool(needed) or bool(step.branches.get("failed"))

    def parcels(
        self, batch: Batch, work: Work
    ) -> tuple[dict[EnrollmentId, Parcel], dict[EnrollmentId, Outcome]]:
        """The requests, and an outcome for those who have none. Nothing is posted yet."""
        templates = [text.template for _, text in self._texts()]
        values, outcomes = tag_values(batch, work, templates)
        host = None
        if self.params["body"] == form.HOST_BODY and values:
            trigger = work.store.version(batch.version_id).document.trigger
            host = bodies.HostBody(batch, work, trigger.type)
        parcels: dict[EnrollmentId, Parcel] = {}
        for enrollment_id, known in values.items():
            if host and not host.has(batch.subscribers[enrollment_id].subscriber_id):
                outcomes[enrollment_id] = MISSING
                continue
            try:
                parcels[enrollment_id] = self._parcel(batch, enrollment_id, known, host)
            except form.BAD as wrong:
                code = "bad_template" if isinstance(wrong, BadTemplate) else "bad_value"
                detail = {"url": self.params["url"].text}
                outcomes[enrollment_id] = Failed(code, str(wrong), detail)
        return parcels, outcomes

    def _parcel(
        self, batch: Batch, who: EnrollmentId, values: TagValues, host: bodies.HostBody | None
    ) -> Parcel:
        seed = seed_of(batch, who)
        body = self._body(batch, who, values, host)
        terms = self._terms()
        return Parcel(
            enrollment_id=who,
            visit=batch.visits[who],
            email=batch.subscribers[who].email,
            url=self.params["url"].filled(values, seed),
            headers=self._headers(values, seed, has_body=body is not None),
            body=body or b"",
            secret_name=self.params["secret"] if terms.signing != "none" else None,
            method=self.params["method"],
            host=self.params["url"].host,
            terms=terms.data(),
            awaited=self.waits(batch.step),
        )

    def _terms(self) -> Terms:
        given = self.params
        return Terms(
            signing="none" if given["secret"] is None else given["signing"],
            header=given["signature_header"],
            secret_headers=given["secret_headers"],
            keep=given["keep"],
        )

    def _headers(self, values: TagValues, seed: str, *, has_body: bool) -> Mapping[str, str]:
        own = {
            name: form.header_value(text, values, seed)
            for name, text in self.params["headers"].items()
        }
        if problems := check_headers(own):
            raise BadValue(problems[0])
        if not has_body or any(name.lower() == "content-type" for name in own):
            return own
        usual = bodies.FORM if self.params["encoding"] == "form" else bodies.JSON
        return {**usual, **own}

    def _body(
        self, batch: Batch, who: EnrollmentId, values: TagValues, host: bodies.HostBody | None
    ) -> bytes | None:
        """None: there is none."""
        tree, seed = self.params["body"], seed_of(batch, who)
        if host is not None:
            payload = form.rendered(self.params["payload"] or {}, values, seed)
            return bodies.as_json(host.of(batch.subscribers[who].subscriber_id, payload))
        if tree is not None:
            encode = bodies.as_form if self.params["encoding"] == "form" else bodies.as_json
            return encode(form.rendered(tree, values, seed))
        if self.params["method"] in ("GET", "DELETE"):
            return None
        return bodies.as_json(bodies.described(batch, who))

    def _texts(self) -> Iterator[tuple[str, TaggedText]]:
        given = self.params
        yield "/url", given["url"].rest
        yield from form.texts(dict(given["headers"]), "/headers")
        yield from form.texts(given["body"], "/body")
        yield from form.texts(given["payload"], "/payload")


def _is_flat(body: Any) -> bool:
    return isinstance(body, Mapping) and not any(
        isinstance(value, (Mapping, list)) for value in body.values()
    )


def _signature_header_problems(data: Mapping[str, Any]) -> list[str]:
    """It is checked whatever the form of signing: it may be changed without a look at this."""
    name = data["signature_header"]
    others = [*data["headers"], *data["secret_headers"]]
    problems = check_headers({name: ""})
    if data["signing"] == "host" and name.lower() in map(str.lower, others):
        problems.append(f"The header {name} is there twice.")
    return problems


def _without(batch: Batch, known: Mapping[EnrollmentId, Outcome]) -> Batch:
    return replace(
        batch,
        subscribers={i: s for i, s in batch.subscribers.items() if i not in known},
        visits={i: v for i, v in batch.visits.items() if i not in known},
    )
