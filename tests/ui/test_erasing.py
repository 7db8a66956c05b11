"""Erasing a person on the page of people, and what the other pages say then."""

from __future__ import annotations

import pytest

from forecasts.domain.people import Role
from forecasts.services import accounts
from forecasts.ui import cache, widgets

FORMER_FAY = "Former member 3"


@pytest.fixture
def choose(open_site):
    """Opens the page of people as `who` and chooses a person there."""

    def choose(who, person):
        at = open_site("people", who)
        return at.selectbox[0].select(person.name).run()

    return choose


def confirm(at, press, person, typed):
    at.text_input(key=f"erase-{person.id}").set_value(typed)
    return press(at, "Erase for good")


@pytest.mark.parametrize("typed", ["Fay", " Fay "])
def test_somebody_is_erased_once_the_name_is_typed(site, people, choose, press, typed):
    fay = people.forecaster
    at = choose(people.admin, fay)
    assert accounts.ERASING in [one.value for one in at.expander[0].markdown]
    confirm(at, press, fay, typed)
    assert [one.value for one in at.success] == [f"Fay is {FORMER_FAY} now."]
    assert at.selectbox[0].options == ["Ada", "Finn", "Mo"]
    assert at.table[0].value.squeeze().to_dict() == {
        "Ada": "admin",
        "Finn": "forecaster",
        "Mo": "moderator",
        FORMER_FAY: "erased",
    }
    assert site.store.people.get(fay.id).erased


@pytest.mark.parametrize("typed", ["", "Fa", "Finn"])
def test_nobody_is_erased_whose_name_is_not_typed(site, people, choose, press, typed):
    revision = site.store.revision()
    at = confirm(choose(people.admin, people.forecaster), press, people.forecaster, typed)
    sentence = widgets.plain(f"The name typed must be “Fay”; got {typed}.")
    assert [one.value for one in at.error] == [sentence]
    assert site.store.revision() == revision


def test_the_last_admin_is_told_that_they_must_stay(people, choose, press):
    at = confirm(choose(people.admin, people.admin), press, people.admin, "Ada")
    sentence = "A site must keep at least one admin; make somebody else admin first."
    assert [one.value for one in at.error] == [widgets.plain(sentence)]


def test_an_admin_who_erases_themself_is_a_visitor_then(site, people, choose, press):
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    at = confirm(choose(people.admin, people.admin), press, people.admin, "Ada")
    assert not at.exception
    sentence = "To see everybody’s role you must be signed in as an admin."
    assert [one.value for one in at.error] == [widgets.plain(sentence)]


def test_who_is_erased_while_their_page_stands_open_is_a_visitor_then(site, people, open_site):
    at = open_site(person=people.forecaster)
    assert "Fay" in " ".join(html.value for html in at.html)
    accounts.erase(site, people.admin, people.forecaster.id)
    at.run()
    assert not at.exception
    assert "Fay" not in " ".join(html.value for html in at.html)


def test_a_name_is_gone_from_what_is_kept_at_once(site, people, resolved):
    def kept():
        return [
            cache.question(site, people.other, resolved.binary),
            cache.question(site, people.other, resolved.choice),
            cache.ranking(site, people.other),
            cache.scored_people(site, people.other),
        ]

    assert all("'Fay'" in repr(one) for one in kept())
    accounts.erase(site, people.admin, people.forecaster.id)
    assert all("'Fay'" not in repr(one) and FORMER_FAY in repr(one) for one in kept())


@pytest.mark.parametrize("path", ["question", "standings", "calibration", "journal", "people"])
def test_every_page_shows_the_number(site, people, resolved, open_site, path):
    accounts.erase(site, people.admin, people.forecaster.id)
    at = open_site(path, people.admin, **({"id": resolved.binary} if path == "question" else {}))
    assert not at.exception
    shown = [
        *(one.value.to_string() for one in (*at.dataframe, *at.table)),
        *(" ".join(one.options) for one in at.selectbox),
        *(one.value for one in at.markdown),
    ]
    assert FORMER_FAY in " ".join(shown)
    assert "Fay" not in " ".join(shown)
