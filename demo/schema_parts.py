"""Columns and indexes of each of the host's tables, by its name without the prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Column, Computed, Integer
from sqlalchemy.schema import SchemaItem

from demo.column_types import ZERO_DATE, ZERO_DATETIME, Weekday, folded, long_text, one_of
from demo.columns import choice, index, key, moment, number, numbers, words

STATUSES = ("Opt-In Pending", "Subscribed", "Opt-Out Pending", "Unsubscribed")
BOUNCES = ("Not Bounced", "Hard", "Soft")
FIELD_KINDS = (
    "Single line",
    "Paragraph text",
    "Multiple choice",
    "Drop down",
    "Checkboxes",
    "Hidden field",
    "Date field",
    "Time field",
)
_VALIDATIONS = (
    "Disabled",
    "Numbers",
    "Letters",
    "Numbers and letters",
    "Email address",
    "URL",
    "Date",
    "Time",
    "Custom",
    "Enum",
)
#: Where a subscriber came from; the first is for rows older than the column.
SOURCES = ("Unknown", "CSVImport", "API", "Webhook", "Manual", "Other")
_SUPPRESSED_BY = ("Administrator", "User", "SPAM complaint", "Hard Bounced", "Unsubscribe")

Items = Sequence[SchemaItem]


def subscribers(table: str) -> Items:
    """A shard without its custom fields; `table` is its full name."""
    return [
        key("SubscriberID"),
        Column("EmailAddress", folded(250), nullable=False),
        choice("BounceType", *BOUNCES),
        Column("SubscriptionStatus", one_of(*STATUSES), nullable=False),
        moment("SubscriptionDate", default=ZERO_DATETIME),
        *words("SubscriptionIP"),
        moment("UnsubscriptionDate", default=ZERO_DATETIME),
        *words("UnsubscriptionIP"),
        moment("OptInDate", default=ZERO_DATETIME),
        *words("OptInIP"),
        choice("SubscriptionSource", *SOURCES),
        *words("SubscriptionSourceRef", length=64),
        *index("idx_email", "EmailAddress", table=table),
        *index("idx_subscription_date_id", "SubscriptionDate", "SubscriberID", table=table),
    ]


def _users(table: str) -> Items:
    return [
        key("UserID"),
        number("RelUserGroupID"),
        Column("EmailAddress", folded(250), nullable=False),
        *words("Username", "Password"),
        choice("ReputationLevel", "Trusted", "Untrusted"),
        moment("UserSince"),
        *words("FirstName", "LastName", "CompanyName", "Website", "Street", "Street2"),
        *words("City", "State", "Zip", "Country", "VAT", "Phone", length=100),
        choice("PhoneVerified", "No", "Yes"),
        *words("Fax", "TimeZone", "Language", length=100),
        moment("LastActivityDateTime"),
        choice("AccountStatus", "Enabled", "Disabled"),
        number("AvailableCredits"),
        choice("2FA_Enabled", "No", "Yes"),
        *words("2FA_SecretKey", "SSOID", "AuthToken", "APIKey", "PreviewMyEmailAPIKey"),
        Column("2FA_RecoveryKey", long_text()),
        Column("OtherEmailAddresses", long_text()),
        *words("SignUpIPAddress", length=100),
        Column("RateLimits", long_text()),
        Column("Options", long_text()),
        *index("idx_username", "Username", table=table),
    ]


def _user_groups(table: str) -> Items:
    return [
        key("UserGroupID"),
        *words("GroupName"),
        number("RelThemeID"),
        Column("Permissions", long_text(), nullable=False),
        *numbers("LimitSubscribers", "LimitLists", "LimitCampaignSendPerPeriod"),
        number("LimitEmailSendPerDay"),
        Column("Options", long_text()),
        Column("DefaultRateLimits", long_text()),
    ]


def _subscriber_lists(table: str) -> Items:
    pages = [
        "SubscriptionConfirmationPendingPageURL",
        "SubscriptionConfirmedPageURL",
        "SubscriptionErrorPageURL",
        "UnsubscriptionConfirmedPageURL",
        "UnsubscriptionErrorPageURL",
    ]
    return [
        key("ListID"),
        *words("Name"),
        Column("Description", long_text()),
        number("RelOwnerUserID"),
        choice("OptInMode", "Single", "Double"),
        number("RelOptInConfirmationEmailID"),
        choice("OptOutScope", "This list", "All lists"),
        choice("OptOutAddToSuppressionList", "No", "Yes"),
        choice("OptOutAddToGlobalSuppressionList", "No", "Yes"),
        moment("CreatedOn"),
        choice("SendServiceIntegrationFailedNotification", "false", "true"),
        *(Column(page, long_text()) for page in pages),
        choice("HideInSubscriberArea", "false", "true"),
        *numbers("OptInSubscribeTo", "OptInUnsubscribeFrom"),
        *numbers("OptOutSubscribeTo", "OptOutUnsubscribeFrom"),
        choice("SendActivityNotification", "false", "true"),
        *words("SenderName", "SenderEmailAddress", "SenderCompany", "SenderAddress"),
        choice("SyncStatus", "Disabled", "Enabled"),
        Column("Options", long_text()),
        moment("ArchivedAt"),
        *numbers("ActiveSubscriberCount", "SegmentCount"),
        moment("LastActivityAt"),
        number("InstantDDLRowVersions"),
        *index("idx_owner", "RelOwnerUserID", table=table),
    ]


def _custom_fields(table: str) -> Items:
    return [
        key("CustomFieldID"),
        *numbers("RelOwnerUserID", "RelListID"),
        *words("FieldName"),
        choice("FieldType", *FIELD_KINDS),
        *words("FieldDefaultValue"),
        Column("FieldOptions", long_text()),
        *(Column(f"Option{n}", long_text()) for n in range(1, 6)),
        choice("ValidationMethod", *_VALIDATIONS),
        Column("ValidationRule", long_text()),
        choice("IsRequired", "No", "Yes"),
        choice("IsUnique", "No", "Yes"),
        choice("IsGlobal", "No", "Yes"),
        choice("Visibility", "Public", "User Only", "Hidden"),
        *words("MergeTagAlias"),
        Column("Meta", long_text()),
        *index("idx_list", "RelListID", "RelOwnerUserID", table=table),
    ]


def _custom_field_values(table: str) -> Items:
    return [
        key("ValueID"),
        *numbers("RelFieldID", "RelListID"),
        Column("EmailAddress", folded(250), nullable=False),
        Column("ValueText", long_text(fold=True)),
        *index("idx_field_email", "RelFieldID", "EmailAddress", table=table),
    ]


def _segments(table: str) -> Items:
    return [
        key("SegmentID"),
        *numbers("RelListID", "RelOwnerUserID"),
        *words("SegmentName"),
        choice("SegmentOperator", "and", "or"),
        Column("SegmentRules", long_text()),
        Column("SegmentRulesJson", long_text()),
        number("SubscriberCount"),
        moment("SubscriberCountLastCalculatedOn"),
        Column("Options", long_text()),
    ]


def _emails(table: str) -> Items:
    return [
        key("EmailID"),
        number("RelUserID"),
        *words("EmailName", "FromName", "FromEmail", "ReplyToName", "ReplyToEmail"),
        choice("ContentType", "Both", "HTML", "Plain"),
        choice("Mode", "Editor", "Unlayer", "Stripo", "Empty", "Template", "Import"),
        *words("FetchURL", "FetchPlainURL", "Subject", "PreHeaderText"),
        *(Column(name, long_text()) for name in ("HTMLContent", "PlainContent")),
        *(Column(name, long_text()) for name in ("ExtraContent1", "ExtraContent2")),
        choice("ImageEmbedding", "Disabled", "Enabled"),
        number("RelTemplateID"),
        choice("IsEmailTemplate", "No", "Yes"),
        Column("Options", long_text()),
        *(moment(name) for name in ("CreatedAt", "UpdatedAt", "DeletedAt")),
        *index("idx_user", "RelUserID", table=table),
    ]


def _campaigns(table: str) -> Items:
    statuses = ("Draft", "Ready", "Sending", "Paused", "Pending Approval", "Sent", "Failed")
    return [
        key("CampaignID"),
        number("RelOwnerUserID"),
        choice("CampaignStatus", *statuses),
        *words("CampaignName"),
        number("RelEmailID"),
        choice("ScheduleType", "Not Scheduled", "Immediate", "Future", "Recursive"),
        moment("SendDate", "date", ZERO_DATE),
        moment("SendTime", "time", "00:00:00"),
        *words("SendTimeZone"),
        moment("SendProcessStartedOn", default=ZERO_DATETIME),
        moment("SendProcessFinishedOn", default=ZERO_DATETIME),
        *numbers("TotalRecipients", "TotalSent", "TotalFailed", "TotalOpens", "UniqueOpens"),
        *numbers("TotalClicks", "UniqueClicks", "TotalForwards", "UniqueForwards"),
        *numbers("TotalViewsOnBrowser", "UniqueViewsOnBrowser", "TotalUnsubscriptions"),
        *numbers("TotalHardBounces", "TotalSoftBounces"),
        choice("PublishOnRSS", "Disabled", "Enabled"),
        moment("LastActivityDateTime"),
        moment("CreateDateTime"),
        *index("idx_owner", "RelOwnerUserID", table=table),
    ]


def _whose() -> list[Column[int]]:
    """The ids that say which mail to whom a row of statistics is about."""
    return numbers("RelCampaignID", "RelEmailID", "RelListID", "RelSubscriberID", "RelOwnerUserID")


def _hits(table: str, date_column: str, *more: Column[str]) -> Items:
    """`stats_open` and `stats_link`: who did it when, and whether a robot did."""
    weekday = f"{date_column}w"
    return [
        key("StatisticID"),
        *_whose(),
        moment(date_column, default=ZERO_DATETIME),
        Column(weekday, Integer, Computed(Weekday(date_column), persisted=True)),
        number("IsAutomated"),
        *words("IP"),
        *more,
        *index(
            "idx_list_owner_datew_covering",
            *("RelListID", "RelOwnerUserID", date_column, weekday),
            table=table,
        ),
        *index("idx_subscriber", "RelListID", "RelSubscriberID", table=table),
    ]


def _stats_open(table: str) -> Items:
    return _hits(table, "OpenDate")


def _stats_link(table: str) -> Items:
    address = Column("LinkURL", long_text(), nullable=False)
    return _hits(table, "ClickDate", address, *words("LinkTitle"))


def _stats_unsubscription(table: str) -> Items:
    return [
        key("StatisticID"),
        *_whose(),
        moment("UnsubscriptionDate", default=ZERO_DATETIME),
        *words("UnsubscriptionIP", "Channel"),
        *index("idx_subscriber", "RelListID", "RelSubscriberID", table=table),
    ]


def _stats_activity(table: str) -> Items:
    return [
        key("StatisticID"),
        *numbers("RelListID", "RelOwnerUserID"),
        moment("StatisticsDate", "date", ZERO_DATE),
        *numbers("TotalSubscriptions", "TotalUnsubscriptions", "TotalImport"),
        *numbers("TotalSentEmail", "TotalHardBounce", "TotalSoftBounce"),
        *index("idx_day", "StatisticsDate", "RelListID", "RelOwnerUserID", table=table),
    ]


def _suppression_list(table: str) -> Items:
    return [
        key("SuppressionID"),
        *numbers("RelListID", "RelOwnerUserID"),
        Column("EmailAddress", folded(250), nullable=False),
        Column("SuppressionSource", one_of(*_SUPPRESSED_BY), nullable=False),
        Column("Reason", long_text()),
        *index("idx_email", "EmailAddress", table=table),
    ]


def _options(table: str) -> Items:
    return [
        key("OptionID"),
        *words("OptionName"),
        Column("OptionValue", long_text()),
        *index("idx_name", "OptionName", table=table),
    ]


def _config(table: str) -> Items:
    return [key("ConfigID"), Column("ADMIN_ALLOWED_IP", long_text())]


#: How to make the columns of each table from its full name.
PARTS: dict[str, Callable[[str], Items]] = {
    "users": _users,
    "user_groups": _user_groups,
    "subscriber_lists": _subscriber_lists,
    "custom_fields": _custom_fields,
    "custom_field_values": _custom_field_values,
    "segments": _segments,
    "emails": _emails,
    "campaigns": _campaigns,
    "stats_open": _stats_open,
    "stats_link": _stats_link,
    "stats_unsubscription": _stats_unsubscription,
    "stats_activity": _stats_activity,
    "suppression_list": _suppression_list,
    "options": _options,
    "config": _config,
}
