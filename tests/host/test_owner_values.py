"""What merge tags may say of an account and its lists: named columns, and no others."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.domain.merge_tags.scopes import LIST_NAMES, USER_NAMES
from plugin.errors import CannotEvaluate
from tests.host.world import FOREIGN_LIST, LIST, OWNER, STRANGER, World


def test_a_list_tells_its_name_and_its_sender_and_nothing_of_what_is_not_set(world: World) -> None:
    world.set_rules(LIST, Name="News & more", SenderName="Ann", SenderCompany="")
    with world.host() as host:
        found = host.list_values(OWNER, LIST, LIST_NAMES)
    assert found == {
        "ListID": str(LIST),
        "Name": "News & more",
        "SenderName": "Ann",
        "SenderEmailAddress": None,
        "SenderAddress": None,
        "SenderCompany": None,
    }


def test_an_account_tells_thirteen_things_of_itself(world: World) -> None:
    users = world.tables.users
    with world.engine.begin() as connection:
        this = sa.update(users).where(users.c.UserID == OWNER)
        connection.execute(this.values(CompanyName="Ærlig AS", City="Oslo", Password="secret"))
    with world.host() as host:
        found = host.user_values(OWNER, USER_NAMES)
    told = {name: value for name, value in found.items() if value is not None}
    assert len(found) == 13
    assert told == {
        "EmailAddress": f"owner{OWNER}@example.org",
        "CompanyName": "Ærlig AS",
        "City": "Oslo",
        "TimeZone": "Europe/Oslo",
    }


@pytest.mark.parametrize(
    "name", ["Password", "APIKey", "AuthToken", "2FA_SecretKey", "SSOID", "UserID", "x; DROP TABLE"]
)
def test_nothing_else_of_an_account_can_be_read(world: World, name: str) -> None:
    with world.host() as host:
        host.owners([LIST])
        host.zone(OWNER)
        with world.statements() as seen:
            with pytest.raises(KeyError):
                host.user_values(OWNER, ["City", name])
            with pytest.raises(KeyError):
                host.list_values(OWNER, LIST, ["Name", name])
    assert seen == []


@pytest.mark.parametrize("list_id", [FOREIGN_LIST, 77])
def test_a_foreign_list_and_one_that_is_gone_answer_alike(world: World, list_id: int) -> None:
    with world.host() as host, pytest.raises(CannotEvaluate) as gone:
        host.list_values(OWNER, list_id, ["Name"])
    assert gone.value.code == "list_missing"
    assert str(gone.value) == f"List {list_id} was deleted in the host."


def test_an_account_that_is_gone_has_no_values(world: World) -> None:
    with world.host() as host, pytest.raises(CannotEvaluate) as gone:
        host.user_values(77, ["City"])
    assert gone.value.code == "user_missing"


def test_each_account_reads_its_own(world: World) -> None:
    with world.host() as host:
        assert host.list_values(STRANGER, FOREIGN_LIST, ["ListID"]) == {"ListID": str(FOREIGN_LIST)}
        own = host.user_values(STRANGER, ["EmailAddress"])
    assert own == {"EmailAddress": f"owner{STRANGER}@example.org"}


@pytest.mark.parametrize("names", [(), ("Name",), LIST_NAMES])
def test_the_values_of_a_list_take_one_statement(world: World, names: tuple[str, ...]) -> None:
    with world.host() as host:
        host.owners([LIST])
        with world.statements() as seen:
            host.list_values(OWNER, LIST, names)
    assert len(seen) == 1


def test_the_values_of_an_account_take_one_statement(world: World) -> None:
    with world.host() as host:
        host.zone(OWNER)
        with world.statements() as seen:
            host.user_values(OWNER, USER_NAMES)
    assert len(seen) == 1


def test_a_column_that_this_host_lacks_has_no_value(fresh_world: World) -> None:
    users, lists = fresh_world.tables.users, fresh_world.tables.subscriber_lists
    with fresh_world.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {users.name} DROP COLUMN Fax")
        connection.exec_driver_sql(f"ALTER TABLE {lists.name} DROP COLUMN SenderCompany")
    with fresh_world.host() as host:
        assert host.user_values(OWNER, ["Fax", "TimeZone"]) == {
            "Fax": None,
            "TimeZone": "Europe/Oslo",
        }
        assert host.list_values(OWNER, LIST, ["SenderCompany"]) == {"SenderCompany": None}
    with fresh_world.engine.connect() as connection:
        lacks = fresh_world.schema.lacks(connection)
    assert {"account tags", "list tags"} <= {feature.name for feature in lacks}
