"""The custom fields of the sample lists: every kind and every data type at least once."""

from __future__ import annotations

from demo.fields import FieldSpec

CITIES = ("Oslo", "Berlin", "Lisbon", "São Paulo", "東京")
LEVELS = ("bronze", "silver", "gold")
INTERESTS = ("Gardening", "Cooking", "Music & film", "Travel")

WELCOME = (
    FieldSpec(1, 1, "First name", "FirstName"),
    FieldSpec(2, 1, "Last name", "LastName"),
    FieldSpec(3, 1, "City", "City", "Drop down", options=CITIES),
    FieldSpec(4, 1, "Birthday", "Birthday", "Date field", "date", validation="Date"),
    FieldSpec(5, 1, "Welcome note", "WelcomeNote"),
)
NEWS = (
    FieldSpec(6, 2, "First name", "FirstName", required=True),
    FieldSpec(7, 2, "Topics", "Topics", "Checkboxes", options=INTERESTS),
)
EVERY_KIND = (
    FieldSpec(8, 3, "Single line", "Line"),
    FieldSpec(9, 3, "Paragraph", "Paragraph", "Paragraph text"),
    FieldSpec(10, 3, "Multiple choice", "Choice", "Multiple choice", options=LEVELS),
    FieldSpec(11, 3, "Drop down", "Drop", "Drop down", options=CITIES, default="Oslo"),
    FieldSpec(12, 3, "Checkboxes", "Boxes", "Checkboxes", options=INTERESTS),
    FieldSpec(13, 3, "Hidden source", "HiddenSource", "Hidden field", visibility="Hidden"),
    FieldSpec(14, 3, "Date", "Day", "Date field", "date", validation="Date"),
    FieldSpec(15, 3, "Time", "Clock", "Time field", "time", validation="Time"),
    FieldSpec(16, 3, "Whole number", "Count", data_type="number", validation="Numbers"),
    FieldSpec(17, 3, "Amount", "Amount", data_type="decimal", validation="Numbers"),
    FieldSpec(18, 3, "Date and time", "Moment", data_type="datetime"),
    FieldSpec(19, 3, "Level", "Level", "Drop down", "enum", options=LEVELS, validation="Enum"),
    FieldSpec(20, 3, "Last seen", "LastSeen", data_type="timestamp", visibility="User Only"),
    FieldSpec(21, 3, "Web page", "WebPage", validation="URL"),
    FieldSpec(22, 3, "Account number", "AccountNumber", unique=True),
)
SHOP = (
    FieldSpec(23, 4, "First name", "FirstName"),
    FieldSpec(24, 4, "Orders", "Orders", data_type="number", validation="Numbers"),
    FieldSpec(25, 4, "Level", "Level", "Drop down", "enum", options=LEVELS, validation="Enum"),
)
OTHERS = (
    FieldSpec(26, 5, "First name", "FirstName", owner_id=2),
    FieldSpec(27, 6, "Panel group", "PanelGroup", "Drop down", options=("A", "B"), owner_id=3),
)
ACCOUNT = (
    FieldSpec(28, 0, "Preferred language", "Language", "Drop down", options=("en", "de", "pt")),
    FieldSpec(29, 0, "Loyalty points", "LoyaltyPoints", validation="Numbers"),
)

SAMPLE_FIELDS: tuple[FieldSpec, ...] = WELCOME + NEWS + EVERY_KIND + SHOP + OTHERS + ACCOUNT
