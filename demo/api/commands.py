"""The commands of the host that the demo knows, by name in lower case."""

from __future__ import annotations

from collections.abc import Mapping

from demo.api import asking, creating, joining, tagging, updating
from demo.api.door import Command

COMMANDS: Mapping[str, Command] = {
    "subscriber.subscribe": Command(joining.subscribe, public=True),
    "subscriber.create": Command(creating.create, "Subscribers.Import"),
    "subscriber.unsubscribe": Command(joining.unsubscribe, public=True),
    "subscriber.update": Command(updating.update, "Subscriber.Update"),
    "subscriber.get": Command(asking.subscriber, "Subscribers.Get"),
    "subscriber.tag": Command(tagging.tag, "Subscriber.Update"),
    "subscriber.untag": Command(tagging.untag, "Subscriber.Update"),
    "subscriber.tags.create": Command(tagging.create, "List.Update"),
    "subscriber.tags.update": Command(tagging.update, "List.Update"),
    "subscriber.tags.get": Command(tagging.get, "List.Update"),
    "subscriber.tags.delete": Command(tagging.delete, "List.Update"),
    "subscribers.delete": Command(joining.delete, "Subscribers.Delete"),
    "lists.get": Command(asking.lists, "Lists.Get"),
    "customfields.get": Command(asking.custom_fields, "CustomFields.Get"),
    "emails.get": Command(asking.emails),
    "user.current": Command(asking.current_user),
}
