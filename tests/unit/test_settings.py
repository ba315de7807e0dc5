"""Settings: read from names and text, strictly; a file for those who like one."""

import os
from dataclasses import fields

import pytest

from plugin.settings import PREFIX, BadSettings, Settings

URL = {"JOURNEYS_DATABASE_URL": "sqlite:///x.sqlite"}


URL_ALONE = {"database_url": "sqlite:///x.sqlite"}


def refusal(env):
    with pytest.raises(BadSettings) as refused:
        Settings.from_mapping(env)
    return str(refused.value)


def test_one_setting_is_enough():
    settings = Settings.from_mapping(URL)
    assert settings == Settings(database_url="sqlite:///x.sqlite")
    assert (settings.table_prefix, settings.host_prefix) == ("jny_", "oempro_")
    assert settings.reentry_scope == "person"


def test_every_kind_of_value_is_read_from_text():
    settings = Settings.from_mapping(
        URL
        | {
            "JOURNEYS_TICK_ROWS": "250",
            "JOURNEYS_DELIVERY_SECONDS": "2.5",
            "JOURNEYS_HOOK_SECRETS": "whsec_a, whsec_b ,,",
            "JOURNEYS_ALLOWED_HOSTS": "",
            "JOURNEYS_REDIS_URL": "redis://localhost/0",
            "JOURNEYS_REENTRY_SCOPE": "subscriber",
        }
    )
    assert settings.tick_rows == 250
    assert settings.delivery_seconds == 2.5
    assert settings.hook_secrets == ("whsec_a", "whsec_b")
    assert settings.allowed_hosts == ()
    assert settings.redis_url == "redis://localhost/0"
    assert settings.reentry_scope == "subscriber"


def test_what_belongs_to_others_is_left_alone():
    assert (
        Settings.from_mapping(URL | {"PATH": "/bin", "journeys_tick_rows": "1"}).tick_rows == 1000
    )


def test_an_unknown_name_is_refused_and_told():
    assert "JOURNEYS_TICK_ROW is not a setting" in refusal(URL | {"JOURNEYS_TICK_ROW": "1"})


@pytest.mark.parametrize("env", [{}, {"JOURNEYS_DATABASE_URL": ""}])
def test_the_database_must_be_named(env):
    assert "JOURNEYS_DATABASE_URL" in refusal(env)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TICK_ROWS", "many"),
        ("TICK_ROWS", ""),
        ("TICK_ROWS", "1.5"),
        ("DELIVERY_SECONDS", "soon"),
    ],
)
def test_what_is_no_number_is_refused_with_its_name(name, text):
    told = refusal(URL | {PREFIX + name: text})
    assert f"JOURNEYS_{name}" in told and "number" in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TICK_ROWS", "0"),
        ("TICK_ROWS", "-5"),
        ("TICK_MILLISECONDS", "-1"),
        ("INTAKE_ROWS", "0"),
        ("DELIVERY_THREADS", "0"),
        ("DELIVERY_SECONDS", "0"),
        ("DELIVERY_SECONDS", "nan"),
        ("DELIVERY_SECONDS", "inf"),
        ("SWEEP_BUSY_SECONDS", "0"),
        ("SWEEP_IDLE_SECONDS", "-2"),
    ],
)
def test_a_number_that_would_stop_the_work_is_refused(name, text):
    assert f"JOURNEYS_{name} must be a number above 0" in refusal(URL | {PREFIX + name: text})


@pytest.mark.parametrize("text", ["people", "Person", ""])
def test_the_scope_of_reentry_is_one_of_two_words(text):
    told = refusal(URL | {"JOURNEYS_REENTRY_SCOPE": text})
    assert "JOURNEYS_REENTRY_SCOPE" in told and "person" in told and "subscriber" in told


def test_a_file_may_hold_the_settings(tmp_path, monkeypatch):
    path = tmp_path / "journeys.yaml"
    path.write_text(
        "database_url: sqlite:///file.sqlite\n"
        "tick_rows: 5\n"
        "hook_secrets: [whsec_a, whsec_b]\n"
        "redis_url:\n"
        "delivery_seconds: 3\n"
    )
    forget_environment(monkeypatch)
    monkeypatch.setenv("JOURNEYS_CONFIG", str(path))
    settings = Settings.from_environment()
    assert settings.database_url == "sqlite:///file.sqlite"
    assert settings.tick_rows == 5
    assert settings.hook_secrets == ("whsec_a", "whsec_b")
    assert settings.redis_url == ""
    assert settings.delivery_seconds == 3.0


def test_the_process_decides_before_the_file(tmp_path, monkeypatch):
    path = tmp_path / "journeys.yaml"
    path.write_text("database_url: sqlite:///file.sqlite\ntick_rows: 5\n")
    forget_environment(monkeypatch)
    monkeypatch.setenv("JOURNEYS_CONFIG", str(path))
    monkeypatch.setenv("JOURNEYS_TICK_ROWS", "7")
    assert Settings.from_environment().tick_rows == 7


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("a: [", "cannot be read"),
        ("- a\n", "mapping"),
        ("text", "mapping"),
        ("database_url: x\ncolour: blue\n", "JOURNEYS_COLOUR is not a setting"),
        ("database_url: x\n7: blue\n", "JOURNEYS_7 is not a setting"),
        ("", "JOURNEYS_DATABASE_URL"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, monkeypatch, content, says):
    path = tmp_path / "journeys.yaml"
    if content is not None:
        path.write_text(content)
    forget_environment(monkeypatch)
    monkeypatch.setenv("JOURNEYS_CONFIG", str(path))
    with pytest.raises(BadSettings, match=says):
        Settings.from_environment()


def test_every_setting_can_be_given_by_name():
    """Each default, written as an admin would write it, is read as itself."""
    usual = Settings(**URL_ALONE)
    env = {}
    for field in fields(Settings):
        value = getattr(usual, field.name)
        env[f"{PREFIX}{field.name.upper()}"] = (
            ",".join(value) if isinstance(value, tuple) else str(value)
        )
    assert Settings.from_mapping(env) == usual


def forget_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def test_calls_of_the_host_need_its_address():
    api = URL | {"JOURNEYS_HOST_WRITES": "api"}
    assert "set JOURNEYS_HOST_API_URL" in refusal(api)
    settings = Settings.from_mapping(api | {"JOURNEYS_HOST_API_URL": "http://10.0.0.5/api.php"})
    assert (settings.host_writes, settings.host_api_url) == ("api", "http://10.0.0.5/api.php")
    assert Settings.from_mapping(URL).host_writes == "tables"


@pytest.mark.parametrize("url", ["10.0.0.5/api.php", "ftp://x/api.php", "http://a:b@c/", "http://"])
def test_the_hosts_address_is_a_web_address(url):
    assert "JOURNEYS_HOST_API_URL must be" in refusal(URL | {"JOURNEYS_HOST_API_URL": url})
