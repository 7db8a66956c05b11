"""What the environment may set; what it may not stops the start with one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forecasts.settings import Settings, SettingsError


def test_nothing_set_is_enough():
    assert Settings.from_environ({"PATH": "/bin", "HOME": "/"}) == Settings()


def test_everything_can_be_set():
    settings = Settings.from_environ(
        {
            "FORECASTS_DATABASE": "sqlite:////var/lib/site.db",
            "FORECASTS_URL": "https://forecasts.example",
            "FORECASTS_SIGNUP": "invited",
            "FORECASTS_VISITORS": "none",
            "FORECASTS_PROXY": "127.0.0.1, 10.0.0.0/8,::1",
            "FORECASTS_NOW": "2028-11-07",
        }
    )
    assert settings == Settings(
        database="sqlite:////var/lib/site.db",
        url="https://forecasts.example",
        signup="invited",
        visitors="none",
        proxy="127.0.0.1, 10.0.0.0/8,::1",
        now=datetime(2028, 11, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "url", ["", "http://localhost:8501", "https://forecasts.example/club/", "http://[::1]:80"]
)
def test_where_people_reach_the_site(url):
    assert Settings.from_environ({"FORECASTS_URL": url}).url == url


def test_an_empty_now_leaves_the_clock_running():
    assert Settings.from_environ({"FORECASTS_NOW": ""}).now is None


NAMES = (
    "FORECASTS_DATABASE, FORECASTS_URL, FORECASTS_SIGNUP, FORECASTS_VISITORS, FORECASTS_PROXY, "
    "FORECASTS_NOW"
)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("FORECASTS_DATABSE", "x", f"FORECASTS_DATABSE is no setting; there are {NAMES}."),
        ("FORECASTS_signup", "open", f"FORECASTS_signup is no setting; there are {NAMES}."),
        ("FORECASTS_", "", f"FORECASTS_ is no setting; there are {NAMES}."),
        (
            "FORECASTS_SIGNUP",
            "maybe",
            "FORECASTS_SIGNUP must be one of open, invited, closed; got maybe.",
        ),
        (
            "FORECASTS_VISITORS",
            "write",
            "FORECASTS_VISITORS must be one of read, none; got write.",
        ),
        *(
            (
                "FORECASTS_URL",
                value,
                f"FORECASTS_URL must look like https://forecasts.example; got {value}.",
            )
            for value in (
                "forecasts.example",
                "ftp://forecasts.example",
                "https://",
                "https:///question",
                "https://:8501",
                "https://me@",
                "https://[::1",
                "https://forecasts.example:https",
                "https://forecasts.example ",
            )
        ),
        *(
            (
                "FORECASTS_PROXY",
                value,
                f"FORECASTS_PROXY must list addresses or networks such as 10.0.0.0/8; got {wrong}.",
            )
            for value, wrong in (("10.0.0.1/8", "10.0.0.1/8"), ("::1,nginx", "nginx"))
        ),
        *(
            (
                "FORECASTS_NOW",
                value,
                f"FORECASTS_NOW must look like 2028-11-07T12:30:00Z; got {value}.",
            )
            for value in ("soon", "0001-01-01T00:00+05:00")
        ),
    ],
)
def test_anything_else_stops_the_start(name, value, sentence):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({name: value})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "value",
    [
        "",
        "forecasts.db",
        "sqlite:///",
        "mysql://x",
        "sqlite:///:memory:",
        "sqlite:///./:memory:/",
        "postgres://ada:s3cret@db.example/site",
        "postgresql:/ada:s3@cret@db.example/site",
        "postgres://db.example/site?user=ada&password=s3cret",
        "host=db.example password=s3cret",
    ],
)
def test_a_bad_address_of_a_database_is_refused_and_not_shown(value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"FORECASTS_DATABASE": value})
    assert str(caught.value) == (
        "FORECASTS_DATABASE must look like sqlite:///data/forecasts.db or "
        "postgresql://user:password@host/name; what it is now is not shown for its password."
    )


def test_no_text_shows_the_password_of_the_database():
    settings = Settings(database="postgresql://ada:s3cret@db.example/site")
    assert "s3cret" not in f"{settings!r} {settings}"
