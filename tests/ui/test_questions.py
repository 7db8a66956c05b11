"""The list of questions: what waits first, filters, order, and pages of it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting

NBSP = "\N{NO-BREAK SPACE}"


def shown(at):
    """The ids of the questions, from the top."""
    found = [parse_qs(link.query_string) for link in at.page_link]
    return [query["id"][0] for query in found if "id" in query]


def badges(at):
    return [one.value for one in at.markdown if "-badge[" in one.value]


def numbers(at, question_id):
    """What the row of a question says beside its title."""
    rows = [html.value for html in at.html if "Crowd forecast:" in html.value]
    return rows[shown(at).index(question_id)]


def test_an_empty_list_says_what_to_do(open_view):
    at = open_view("")
    assert at.info[0].value.startswith("No questions yet.")
    assert shown(at) == []


def test_what_waits_for_me_is_first_and_says_so(site, open_view, people, filling):
    at = open_view("", people.other)
    assert shown(at)[:2] == [filling.choice, filling.silent]
    assert at.caption[0].value == "2 open without your forecast, shown first."
    assert sum("your turn" in badge for badge in badges(at)) == 2
    for question_id in (filling.choice, filling.silent):
        size = site.store.questions.get(question_id).outcomes
        forecasting.submit(site, people.other, question_id, [1 / len(size)] * len(size))
    at.run()
    assert shown(at)[:3] == [filling.binary, filling.choice, filling.silent]
    assert not at.caption


def test_nothing_waits_for_a_visitor(open_view, filling):
    at = open_view("")
    assert set(shown(at)) == set(filling)
    assert not at.caption
    assert not any("your turn" in badge for badge in badges(at))


def test_a_row_says_crowd_mine_move_forecasters_and_close(open_view, people, filling):
    row = numbers(open_view("", people.other), filling.binary)
    for fact in (f"60{NBSP}%", f"you 97{NBSP}%", "3 forecasters", "closes end of 10 Apr 2026"):
        assert fact in row
    assert f'aria-label="Crowd forecast: 60{NBSP}% Yes"' in row


def test_a_row_of_a_choice_says_which_outcome_leads(open_view, people, filling):
    row = numbers(open_view("", people.admin), filling.choice)
    assert "<span>Green</span>" in row
    assert f"you 80{NBSP}%" in row


def test_a_row_without_forecasts_says_so(open_view, filling):
    row = numbers(open_view(""), filling.silent)
    assert "no forecast yet" in row
    assert "0 forecasters" in row


def test_a_row_says_how_far_the_crowd_moved_in_seven_days(
    site, open_view, people, questions, clock
):
    forecasting.submit(site, people.forecaster, questions.binary, (0.5, 0.5))
    clock.advance(days=8)
    at = open_view("", people.admin)
    assert "unmoved in 7 days" in numbers(at, questions.binary)
    forecasting.submit(site, people.forecaster, questions.binary, (0.625, 0.375))
    assert "▲ 12.5 in 7 days" in numbers(at.run(), questions.binary)
    forecasting.submit(site, people.forecaster, questions.binary, (0.3, 0.7))
    assert "▼ 20 in 7 days" in numbers(at.run(), questions.binary)


def test_a_resolved_row_says_the_answer(open_view, resolved):
    assert "answer: Yes" in numbers(open_view(""), resolved.binary)
    assert "answer: Green" in numbers(open_view(""), resolved.choice)


def test_searching_finds_and_an_empty_find_says_what_to_do(open_view, filling):
    at = open_view("")
    at.text_input(key="search").set_value("weather april").run()
    assert shown(at) == [filling.binary]
    at.text_input(key="search").set_value("no such thing").run()
    assert shown(at) == []
    assert at.info[0].value == "No question fits. Take a filter away, or search for another word."


def test_states_and_tags_filter(open_view, filling):
    at = open_view("")
    at.multiselect(key="state").set_value(["scheduled", "closed, waiting for an answer"]).run()
    assert set(shown(at)) == {filling.scheduled, filling.closed}
    at.multiselect(key="tag").set_value(["early"]).run()
    assert shown(at) == [filling.closed]


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("Closing soon", "binary"),
        ("Newest", "scheduled"),
        ("Most forecasts", "binary"),
        ("Most disagreement", "choice"),
    ],
)
def test_the_order_can_be_chosen(open_view, filling, order, first):
    at = open_view("")
    at.selectbox(key="sort").select(order).run()
    assert shown(at)[0] == getattr(filling, first)
    assert set(shown(at)) == set(filling)


def test_what_was_chosen_stands_in_the_address(open_view, filling):
    at = open_view("", search="colour", sort="Newest")
    assert at.text_input(key="search").value == "colour"
    assert at.selectbox(key="sort").value == "Newest"
    assert shown(at) == [filling.choice]


def test_a_list_asks_again_only_of_questions_to_which_something_happened(
    site, open_view, people, filling, monkeypatch
):
    engine, asked = site.store.engine, []
    rows = engine.rows
    at = open_view("", people.other)
    monkeypatch.setattr(engine, "rows", lambda sql, /, **of: asked.append(of) or rows(sql, **of))
    at.run()
    assert shown(at)
    assert asked
    assert not [of for of in asked if "question" in of]
    forecasting.submit(site, people.forecaster, filling.binary, (0.9, 0.1))
    asked.clear()
    at.run()
    assert {of["question"] for of in asked if "question" in of} == {filling.binary}


def test_a_long_list_has_pages(site, open_view, people, clock):
    closes = clock() + timedelta(days=10)
    for number in range(23):
        draft = asking.Draft(Kind.BINARY, f"Is this question {number}?", "It is.", closes)
        asking.ask(site, people.moderator, draft)
    at = open_view("")
    assert len(shown(at)) == 20
    at.pagination[0].set_value(2).run()
    assert len(shown(at)) == 3
