"""The whole site: who is it, what is in the menu, which page."""

from __future__ import annotations

import gc
import inspect
import re
from dataclasses import replace
from functools import wraps
from html import escape, unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit as st

from forecasts.domain.people import NotAllowedError
from forecasts.services import forecasting, reporting, resolving, scoreboard
from forecasts.settings import Settings
from forecasts.ui import cache
from forecasts.ui.navigation import PAGES

NO_ADMIN = (
    "This site has no admin yet. The link for the first account is in the terminal where the site "
    "was started."
)
CACHES = [
    name
    for name, function in inspect.getmembers(cache, inspect.isfunction)
    if function.__module__ == cache.__name__ and not name.startswith("_")
]
WHO = (None, "forecaster", "moderator", "admin")


def links(at):
    """Where one can sign in or up, with where that leads back to."""
    found = re.findall(r'<a href="([^"]*)"', " ".join(html.value for html in at.html))
    addresses = [urlsplit(unescape(one)) for one in found]
    return {one.path: parse_qs(one.query)["next"] for one in addresses if "sign-" in one.path}


@pytest.fixture
def ask(site, filling):
    """Asks the cache of this name, or the service whose answers it keeps."""

    def ask(of, name, person):
        listed = {one.question.id: one for one in cache.questions(site, person)}
        asked = {
            "row": [listed[filling.binary]],
            "question": [filling.binary],
            "crowd_calibration": ["median"],
            "person_calibration": ["id-of-fay"],
        }
        module = of or (reporting if hasattr(reporting, name) else scoreboard)
        return repr(getattr(module, name)(site, person, *asked.get(name, [])))

    return ask


def addresses(at):
    return {page["url_pathname"] for page in at._registered_pages.values()}


@pytest.fixture
def menu(monkeypatch):
    """Reads what the menu showed when a page was last drawn."""
    shown = set()
    navigation = st.navigation

    def drawn(pages, **options):
        listed = [page for section in pages.values() for page in section]
        shown.clear()
        shown.update(page.url_path for page in listed if page.visibility == "visible")
        return navigation(pages, **options)

    monkeypatch.setattr(st, "navigation", drawn)

    def menu(at):
        assert shown <= addresses(at)
        return set(shown)

    return menu


def test_a_site_without_an_admin_says_where_the_link_is(open_site):
    at = open_site()
    assert at.info[0].value == NO_ADMIN
    assert at.title[0].value == "Questions"


def test_a_visitor_can_sign_in_or_up(open_site, people):
    at = open_site(token="of nobody")
    assert links(at) == {"/sign-in": ["/"], "/sign-up": ["/"]}
    assert NO_ADMIN not in [info.value for info in at.info]
    assert people.forecaster.name not in " ".join(html.value for html in at.html)


def test_who_is_signed_in_sees_their_name_and_can_sign_out(open_site, people):
    at = open_site(person=people.forecaster)
    assert links(at) == {}
    told = " ".join(html.value for html in at.html)
    assert "<span>Fay</span>" in told
    assert '<form method="post" action="/sign-out"' in told


def test_a_session_ends_while_the_page_stands_open(open_site, people, clock):
    at = open_site(person=people.forecaster)
    clock.advance(days=29)
    assert links(at.run()) == {}
    clock.advance(days=1)
    assert list(links(at.run())) == ["/sign-in", "/sign-up"]


def test_a_session_that_is_signed_out_elsewhere_ends_here(site, open_site, people):
    at = open_site(person=people.forecaster)
    with site.store.transaction():
        site.store.accounts.close_sessions(people.forecaster.id)
    assert list(links(at.run())) == ["/sign-in", "/sign-up"]


@pytest.mark.parametrize("who", WHO)
def test_the_menu_has_what_a_role_may_use(open_site, people, menu, who):
    person = who and getattr(people, who)
    role = person.role if person else 0
    allowed = {entry.path for entry in PAGES if entry.in_menu and (entry.role or 0) <= role}
    at = open_site(person=person)
    assert menu(at) == allowed
    assert addresses(at) == {entry.path for entry in PAGES}


@pytest.mark.parametrize(
    "entry", [entry for entry in PAGES if entry.role], ids=lambda one: one.path
)
@pytest.mark.parametrize("who", [None, "forecaster"])
def test_a_page_of_running_the_site_says_to_others_who_may(open_site, people, menu, entry, who):
    at = open_site(entry.path, who and getattr(people, who))
    assert not at.exception
    assert at.title[0].value == entry.view.TITLE
    (refusal,) = [error.value.replace("\\", "") for error in at.error]
    assert re.search(rf"you must be signed in as an? {entry.role.word}\.$", refusal)
    assert not [*at.dataframe, *at.text_input, *at.button]
    assert entry.path not in menu(at)


def test_who_becomes_admin_finds_the_pages_on_the_next_run(site, open_site, people, menu):
    at = open_site(person=people.forecaster)
    assert "journal" not in menu(at)
    with site.store.transaction():
        site.store.engine.rows("UPDATE people SET role = 'admin' WHERE id = 'id-of-fay'")
    assert "journal" in menu(at.run())


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path or "questions")
def test_a_site_for_members_asks_visitors_to_sign_in(site, open_site, filling, texts, entry):
    members_only = replace(site, settings=Settings(visitors="none"))
    at = open_site(entry.path, on=members_only, id=filling.binary)
    assert not at.exception
    assert list(links(at)) == ["/sign-in", "/sign-up"]
    assert not any("rain in April" in text or "Fay" in text for text in texts(at))
    assert not at.get("vega_lite_chart")
    assert not at.dataframe


def test_a_name_is_shown_as_text(site, open_site, people):
    name = "<b>Bo</b>"
    with site.store.transaction():
        site.store.engine.rows("UPDATE people SET name = :name WHERE id = 'id-of-fay'", name=name)
    at = open_site(person=people.forecaster)
    assert f"<span>{escape(name)}</span>" in [html.value for html in at.html]


def test_signing_in_leads_back_to_the_page_one_was_on(open_site, filling):
    back = f"/question?id={filling.binary}"
    assert links(open_site("question", id=filling.binary))["/sign-in"] == [back]
    assert links(open_site("standings"))["/sign-in"] == ["/standings"]


def test_signing_in_leads_back_to_all_that_was_asked_for(open_site, filling):
    at = open_site(tag=["early", "a&b"], state="open")
    for (back,) in links(at).values():
        address = urlsplit(back)
        assert address.path == "/"
        assert parse_qs(address.query) == {"tag": ["early", "a&b"], "state": ["open"]}
    assert links(open_site("question", id=filling.binary))["/sign-up"] == [
        f"/question?id={filling.binary}"
    ]


# Caches


def test_a_cache_gives_the_same_until_something_happens(site, people, questions, clock):
    first = cache.questions(site, people.forecaster)
    assert cache.questions(site, people.other) is first
    clock.advance(minutes=1)
    assert cache.questions(site, people.other) is not first
    assert cache.questions(site, people.other) == first
    row = cache.row(site, None, first[0])
    assert cache.question(site, None, questions.binary).row == row


def test_a_row_is_kept_until_something_happens_to_its_question(site, people, filling, clock):
    def rows():
        listed = cache.questions(site, people.forecaster)
        return {one.question.id: cache.row(site, people.forecaster, one) for one in listed}

    before = rows()
    forecasting.submit(site, people.forecaster, filling.binary, (0.9, 0.1))
    after = rows()
    assert [one for one in after if after[one] is not before[one]] == [filling.binary]
    assert after[filling.binary].crowd != before[filling.binary].crowd
    clock.advance(minutes=1)
    assert not any(row is after[one] for one, row in rows().items())


@pytest.mark.parametrize("name", ["ranking", "scored_people", "crowd_calibration"])
def test_what_resolutions_gave_is_kept_while_people_forecast(site, people, filling, clock, name):
    def read():
        return getattr(cache, name)(site, None, *(["median"] if "calibration" in name else []))

    resolution = {"outcome": 1, "known_since": clock(), "source": "the news"}
    resolving.resolve(site, people.moderator, filling.binary, **resolution)
    first = read()
    forecasting.submit(site, people.forecaster, filling.choice, (0.5, 0.3, 0.2))
    clock.advance(days=1)
    assert read() is first
    resolving.undo(site, people.moderator, filling.binary)
    assert read() is not first


def test_a_cache_keeps_from_visitors_what_members_have_read(site, people, questions):
    members_only = replace(site, settings=Settings(visitors="none"))
    for read, args in ((cache.questions, ()), (cache.question, (questions.binary,))):
        assert read(members_only, people.forecaster, *args)
        with pytest.raises(NotAllowedError):
            read(members_only, None, *args)


@pytest.mark.parametrize("name", CACHES)
@pytest.mark.usefixtures("resolved")
def test_a_cache_gives_what_the_service_gives(ask, people, name):
    assert ask(cache, name, people.forecaster) == ask(None, name, people.forecaster)


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_never_gives_what_was(*, site, people, filling, clock, ask, name):
    seen = []
    for number in range(1, 8):
        yes = number / 10
        forecasting.submit(site, people.forecaster, filling.binary, (yes, round(1 - yes, 1)))
        resolution = {"outcome": number % 2, "known_since": clock(), "source": "the news"}
        resolving.resolve(site, people.moderator, filling.binary, **resolution)
        for person in (people.other, None):
            seen.append(ask(cache, name, person))
            assert seen[-1] == ask(None, name, person)
        resolving.undo(site, people.moderator, filling.binary)
        seen.append(ask(cache, name, None))
        assert seen[-1] == ask(None, name, None)
        clock.advance(minutes=number % 3)
    assert len(set(seen)) > 1


def test_a_cache_keeps_one_answer_for_each_place(site, people, filling, clock):
    def kept():
        gc.collect()
        return sum(
            isinstance(one, reporting.QuestionReport) and one.row.question.id in places
            for one in gc.get_objects()
        )

    places = (filling.binary, filling.closed)
    before = kept()
    for number in range(1, 30):
        yes = number / 100
        forecasting.submit(site, people.forecaster, filling.binary, (yes, round(1 - yes, 2)))
        for person in (people.other, None):
            for place in places:
                cache.question(site, person, place)
        clock.advance(minutes=number % 2)
    assert kept() - before == 2 * len(places)


def test_who_reads_slowly_leaves_nothing_old_to_the_next(site, people, filling, monkeypatch):
    read = reporting.question
    fresh = []

    @wraps(read)
    def slow(*args):
        answer = read(*args)
        if not fresh:
            fresh.append(None)
            forecasting.submit(site, people.forecaster, filling.binary, (0.9, 0.1))
            fresh.append(cache.question(site, None, filling.binary))
        return answer

    monkeypatch.setattr(reporting, "question", slow)
    old = cache.question(site, None, filling.binary)
    now = cache.question(site, None, filling.binary)
    assert repr(now) == repr(fresh[1]) == repr(read(site, None, filling.binary))
    assert repr(now) != repr(old)


def test_what_another_thread_keeps_meanwhile_is_not_given(site, people, filling, monkeypatch):
    class Contested:
        """A place where another thread always keeps something else the moment after."""

        kept = property(
            lambda place: getattr(place, "_kept", None),
            lambda place, _: setattr(place, "_kept", ("another state", "another answer")),
        )

    place = Contested()
    monkeypatch.setattr(cache, "_place", lambda *_: place)
    for _ in range(2):
        given = cache.question(site, people.other, filling.binary)
        assert repr(given) == repr(reporting.question(site, people.other, filling.binary))
