"""Journeys for looking at the pages: plain, branching, long names, hostile names."""

from __future__ import annotations

#: Markup that must never be more than text on a page.
CANARY = "<img src=x onerror=alert(1)>"

LONG_NAME = (
    "Trial onboarding for people who asked for the demo on the spring landing page, looked at "
    "it twice and never came back"
)

WELCOME = """
format: 1
name: Welcome series
notes: |-
  Greets everybody who joins the welcome list.
  Ask the shop team before you change the split.
trigger: {type: ListSubscription, params: {list_ids: [1]}}
steps:
- action: Wait
  params:
    amount: 2
    unit: days
    window: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}
- action: Decision
  params:
    criteria:
      all:
      - {field: CustomField1, operator: is_set}
      - any:
        - {field: CustomField3, operator: is, value: Oslo}
        - {field: CustomField3, operator: is, value: Berlin}
        - not: {field: EmailAddress, operator: ends_with, value: .org}
  branches:
    "true":
    - action: UpdateCustomFieldValue
      params: {field: 5, value: 'Welcome {{ Subscriber:FirstName|"friend" }}'}
    - {action: Wait, params: {amount: 1, unit: hours}}
    "false":
    - action: Webhook
      params:
        url: https://crm.example.com/v2/leads
        body: {email: "{{ Subscriber:EmailAddress }}"}
    - action: UpdateCustomFieldValue
      params: {field: 5, value: needs a name}
      published: false
      notes: Off until the new form asks for the first name.
- {action: Wait, params: {amount: 5, unit: days}}
- action: Webhook
  params:
    url: https://example.org/hooks/welcome-is-over
    body: {email: "{{ Subscriber:EmailAddress }}"}
"""

PARKING = """
format: 1
name: Note the birthday
trigger: {type: ListSubscription, params: {list_ids: [1]}}
reentry: {rule: every_time}
steps:
- {action: UpdateCustomFieldValue, params: {field: 4, value: some day in spring}}
- {action: Wait, params: {amount: 1, unit: days}}
"""

HOLDING = """
format: 1
name: After the purchase
trigger: {type: ListSubscription, params: {list_ids: [4]}}
reentry: {rule: again_after, days: 30, since: exit}
steps:
- action: Decision
  params: {criteria: {any: [{field: CustomField24, operator: at_least, value: 1}]}}
  branches: {"true": [{action: Wait, params: {amount: 3, unit: days}}]}
- {action: Wait, params: {amount: 1, unit: days}}
"""

DRAFT = """
format: 1
name: Goodbye, and one question
trigger: {type: Manual}
steps:
- {action: Wait, params: {amount: 1, unit: hours}}
"""

OTHERS = """
format: 1
name: Recipes of the week
trigger: {type: ListSubscription, params: {list_ids: [5]}}
steps:
- {action: Wait, params: {amount: 30, unit: days}}
"""


def long_name() -> str:
    """120 letters in the name, a branch in a branch, a word without an end."""
    return f"""
format: 1
name: {LONG_NAME}
notes: {"Donaudampfschifffahrtsgesellschaft" * 5}
trigger: {{type: ListSubscription, params: {{list_ids: [1, 2, 3, 4]}}}}
steps:
- action: Decision
  notes: {"A note that is long enough to need some lines on the card. " * 3}
  params:
    criteria:
      any:
      - {{field: EmailAddress, operator: contains, value: {"x" * 120}}}
      - {{field: EmailAddress, operator: ends_with, value: example.com}}
  branches:
    "true":
    - action: Decision
      params:
        criteria: {{all: [{{field: SubscriptionDate, operator: in_last_days, value: 30}}]}}
      branches:
        "true":
        - {{action: Wait, params: {{amount: 1, unit: days}}}}
        "false":
        - {{action: Wait, params: {{amount: 2, unit: days}}}}
    "false": []
- action: Webhook
  params: {{url: "https://example.com/{"long-path-" * 20}", body: {{a: 1}}}}
"""


def hostile() -> str:
    """Markup in every place that takes text."""
    return f"""
format: 1
name: "{CANARY} journey"
notes: "{CANARY} notes"
trigger: {{type: ListSubscription, params: {{list_ids: [1]}}}}
steps:
- action: UpdateCustomFieldValue
  params: {{field: 5, value: "{CANARY} value"}}
  notes: "{CANARY} step notes"
- action: Decision
  params:
    criteria: {{all: [{{field: CustomField5, operator: contains, value: "{CANARY} rule"}}]}}
- action: Webhook
  params: {{url: "https://example.com/?q=%3Cimg%3E", body: {{a: "{CANARY}"}}}}
- {{action: Wait, params: {{amount: 1, unit: days}}}}
"""
