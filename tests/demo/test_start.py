"""How a demo starts: its directory, its port, its sample journeys."""

from __future__ import annotations

import socket
import stat

import pytest
import yaml

from demo.__main__ import main
from demo.home import open_home, reset
from demo.journeys import sample_documents
from demo.signing import signature
from plugin.settings import Settings


def test_secrets_are_made_once_and_kept_from_others(tmp_path):
    first = open_home(tmp_path, 5300)
    assert open_home(tmp_path, 5999) == first
    assert first.port == 5300
    assert stat.S_IMODE((tmp_path / "settings.json").stat().st_mode) == 0o600
    assert signature(first.hook_secret, "msg_1", "1", b"x").startswith("v1,")


def test_the_settings_are_those_that_the_add_on_knows(tmp_path):
    home = open_home(tmp_path, 5300)
    values = home.addon_settings(home.sqlite_url, "", 5301)
    settings = Settings.from_mapping(values)
    assert settings.database_url == home.sqlite_url
    assert settings.redis_url == ""
    assert settings.host_writes == "api"
    assert settings.host_api_url == "http://127.0.0.1:5301/api.php"
    assert settings.hook_secrets == (home.hook_secret,)
    assert set(settings.allowed_hosts) == {"127.0.0.1:5300", "127.0.0.1:5301"}
    home.write_config(values)
    assert yaml.safe_load(home.config_file.read_text())["host_prefix"] == "oempro_"


def test_journeys_may_write_to_the_tables_instead(tmp_path):
    home = open_home(tmp_path, 5300)
    values = home.addon_settings(home.sqlite_url, "", 5300, "tables")
    assert Settings.from_mapping(values).host_writes == "tables"


@pytest.mark.parametrize(("name", "word"), [("WRITES", "sql"), ("FLAVOUR", "v3")])
def test_a_word_in_the_environment_that_is_unknown_is_refused(
    monkeypatch, tmp_path, capsys, name, word
):
    monkeypatch.setenv(name, word)
    with pytest.raises(SystemExit):
        main(["--dir", str(tmp_path)])
    assert f"argument --{name.lower()}: choose one of" in capsys.readouterr().err


def test_a_reset_removes_the_demo_and_nothing_else(tmp_path):
    home = open_home(tmp_path, 5300)
    home.write_config({})
    for name in ("demo.sqlite3", "demo.sqlite3-wal", "mine.txt"):
        (tmp_path / name).touch()
    (tmp_path / "mariadb").mkdir()
    reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_port_that_is_taken_is_named_and_ends_the_start(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--dir", str(tmp_path), "--port", str(port)]) == 2
    assert f"Port {port} is taken" in capsys.readouterr().err


def test_the_sample_journeys_lead_to_the_inbox():
    documents = [yaml.safe_load(text) for text in sample_documents("http://127.0.0.1:1/inbox")]
    assert [document["name"] for document in documents] == [
        "Welcome series",
        "First weeks as a customer",
        "Thank you points",
    ]
    for document in documents:
        assert document["steps"][-1]["params"]["url"].startswith("http://127.0.0.1:1/inbox/")


@pytest.mark.parametrize("text", ["", "x", "53x"])
def test_a_port_in_the_environment_that_is_no_number_is_not_taken(monkeypatch, tmp_path, text):
    monkeypatch.setenv("PORT", text)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        open_home(tmp_path, taken.getsockname()[1])
        assert main(["--dir", str(tmp_path)]) == 2


def test_the_prefix_and_the_flavour_of_the_first_start_stay(tmp_path):
    first = open_home(tmp_path, 5300, "mail_", "v4")
    assert open_home(tmp_path, 5300) == first
    assert (first.prefix, first.flavour) == ("mail_", "v4")
    assert first.addon_settings("sqlite://", "", 5300)["JOURNEYS_HOST_PREFIX"] == "mail_"


def test_another_prefix_than_the_first_asks_for_a_fresh_start(tmp_path, capsys):
    open_home(tmp_path / "v4", 5300, "mail_", "v4")
    assert main(["--dir", str(tmp_path), "--flavour", "v4", "--prefix", "x_"]) == 2
    assert "begin with mail_" in capsys.readouterr().err


@pytest.mark.parametrize("prefix", ["Mail", "1a", "a-b", "x" * 21])
def test_a_prefix_that_makes_no_table_name_is_refused(tmp_path, prefix):
    with pytest.raises(SystemExit):
        main(["--dir", str(tmp_path), "--prefix", prefix])
