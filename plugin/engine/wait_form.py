"""The parameters of a step that waits for an event: what is waited for, since when, how long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.domain import waits
from plugin.engine.choices import some_of
from plugin.engine.custom_events import LONGEST, MOST_CONDITIONS, ConditionParams, Custom
from plugin.engine.kinds import TriggerKind
from plugin.engine.list_changes import Joining, Leaving
from plugin.engine.messages import campaigns_field, emails_field
from plugin.engine.reactions import Clicking, Converting, Opening, UrlParams

#: Longest time-outs, a year; and how long events are kept for sure, in days.
MAX_AMOUNT = {"seconds": 31_536_000, "minutes": 525_600, "hours": 8760, "days": 365}
MOST_DAYS_BEFORE = 30

#: What may be waited for: the trigger that knows such events.
KINDS: Mapping[str, type[TriggerKind]] = {
    "opened": Opening,
    "clicked": Clicking,
    "converted": Converting,
    "subscribed": Joining,
    "unsubscribed": Leaving,
    "custom": Custom,
}

_MESSAGES = ("opened", "clicked", "converted")
_LISTS = ("subscribed", "unsubscribed")
#: Parameters that belong to some events only; all others mean every event.
_ONLY_OF: Mapping[str, tuple[str, ...]] = {
    "step": _MESSAGES,
    "email_ids": _MESSAGES,
    "campaign_ids": _MESSAGES,
    "url": ("clicked",),
    "minimum": ("converted",),
    "list_ids": _LISTS,
    "event": ("custom",),
    "conditions": ("custom",),
    "correlation": ("custom", "converted"),
    "entry_property": ("custom", "converted"),
}


class WaitForEventParams(Schema):
    """`what`: opened, clicked, converted (an e-mail), subscribed, unsubscribed (a list), or custom
    (an event of your own, by its name). `step` means the e-mail that this passage got from an
    earlier step; else `email_ids` and `campaign_ids` choose, and none means any e-mail.
    `correlation` names a property, of a custom event or of a conversion's data, that must be equal
    to that of the event which let the person in (there it may have another name,
    `entry_property`). `amount` and `unit` say how long the wait is at most.

    `since`: what happened since they came to this `step` counts, or since they entered the
    `journey`, or from so many `days` before they came to the step. What comes of the e-mail of an
    earlier step counts since that was sent."""

    what = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    step = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1),
        metadata={"label": "E-mail of step"},
    )
    email_ids = emails_field()
    campaign_ids = campaigns_field()
    url = fields.Nested(UrlParams, load_default=None, allow_none=True)
    minimum = fields.Float(load_default=0.0, validate=validate.Range(min=0, max=10**9))
    list_ids = some_of("Lists", "lists")
    event = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(min=1, max=LONGEST)
    )
    conditions = fields.List(
        fields.Nested(ConditionParams),
        load_default=list,
        validate=validate.Length(max=MOST_CONDITIONS),
    )
    correlation = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(min=1, max=LONGEST)
    )
    entry_property = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(min=1, max=LONGEST)
    )
    amount = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(min=1),
        metadata={"label": "At most"},
    )
    unit = fields.String(required=True, validate=validate.OneOf([u.value for u in waits.Unit]))
    since = fields.String(load_default="step", validate=validate.OneOf(("step", "journey", "days")))
    days = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=MOST_DAYS_BEFORE),
    )

    @validates_schema
    def _belongs(self, data: dict[str, Any], **_: object) -> None:
        """Nobody shall think that a parameter counts where it does not."""
        what = data["what"]
        for name, meant in _ONLY_OF.items():
            if data[name] and what not in meant:
                either = " or ".join(meant)
                raise ValidationError(f"It is for {either} only. Leave it out.", name)
        if what == "custom" and data["event"] is None:
            raise ValidationError("Name the event.", "event")
        if data["entry_property"] and not data["correlation"]:
            text = "Name the property of the awaited event, too, as `correlation`."
            raise ValidationError(text, "entry_property")

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: object) -> None:
        if data["step"] and (data["email_ids"] or data["campaign_ids"]):
            text = "Choose either the e-mail of an earlier step or e-mails of the host."
            raise ValidationError(text, "step")
        if data["step"] and data["since"] != "step":
            text = "What comes of an earlier step's e-mail counts since it was sent."
            raise ValidationError(text, "since")

    @validates_schema
    def _time(self, data: dict[str, Any], **_: object) -> None:
        if data["amount"] > MAX_AMOUNT[data["unit"]]:
            raise ValidationError(f"At most {MAX_AMOUNT[data['unit']]} {data['unit']}.", "amount")
        if (data["since"] == "days") != (data["days"] is not None):
            text = "Say from how many days before." if data["days"] is None else "Leave it out."
            raise ValidationError(text, "days")


def asked_of(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of the trigger that knows the event."""
    match params["what"]:
        case "subscribed" | "unsubscribed":
            names: tuple[str, ...] = ("list_ids",)
        case "custom":
            names = ("event", "conditions", "correlation")
        case "clicked":
            names = ("email_ids", "campaign_ids", "url")
        case "converted":
            names = ("email_ids", "campaign_ids", "minimum")
        case _:
            names = ("email_ids", "campaign_ids")
    return {name: params[name] for name in names}
