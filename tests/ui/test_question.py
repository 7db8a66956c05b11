"""The page of a question: saying how likely it is, and seeing what that changes."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting, reporting, resolving
from forecasts.ui import widgets

NBSP = "\N{NO-BREAK SPACE}"


def slider(at, question_id, index=0):
    return at.select_slider(key=f"chance-{question_id}-{index}-slider")


def number(at, question_id, index=0):
    return at.number_input(key=f"chance-{question_id}-{index}-number")


def choose(at, question_id, *percents):
    for index, percent in enumerate(percents):
        number(at, question_id, index).set_value(percent).run()
    return at


def links(at):
    """The addresses of plain links by their label."""
    found = (re.fullmatch(r'<a href="([^"]*)".*>(.*)</a>', html.value) for html in at.html)
    return {unescape(one[2]): unescape(one[1]) for one in found if one}


def test_slider_and_number_begin_in_the_middle(open_site, people, questions):
    at = open_site("question", people.forecaster, id=questions.binary)
    assert (slider(at, questions.binary).value, number(at, questions.binary).value) == (50, 50)


def test_the_number_moves_with_the_slider(open_site, people, questions):
    at = open_site("question", people.forecaster, id=questions.binary)
    slider(at, questions.binary).set_value(30.0).run()
    assert number(at, questions.binary).value == 30
    slider(at, questions.binary).set_value(0.3).run()
    assert number(at, questions.binary).value == 0.3
    assert slider(at, questions.binary).value == 0.3


def test_the_slider_moves_with_the_number_to_its_nearest_stop(open_site, people, questions):
    at = open_site("question", people.forecaster, id=questions.binary)
    for said, stop in ((62.4, 62), (62.6, 63), (4.7, 4.7), (99.9, 99.9), (95.2, 95.2), (0, 0.1)):
        number(at, questions.binary).set_value(said).run()
        assert number(at, questions.binary).value == said
        assert slider(at, questions.binary).value == stop


@pytest.mark.parametrize(
    ("said", "step"), [(0.1, 0.1), (4.9, 0.1), (5.0, 1), (50.0, 1), (95.0, 1), (95.1, 0.1)]
)
def test_steps_are_tenths_at_both_ends(open_site, people, questions, said, step):
    at = open_site("question", people.forecaster, id=questions.binary)
    number(at, questions.binary).set_value(said).run()
    assert number(at, questions.binary).step == step
    assert number(at, questions.binary).value == said


def test_the_slider_stops_at_tenths_at_both_ends_and_at_whole_percents_between(
    open_site, people, questions
):
    at = open_site("question", people.forecaster, id=questions.binary)
    stops = [stop.replace(NBSP, " ") for stop in slider(at, questions.binary).options]
    assert stops[:2] == ["0.1 %", "0.2 %"]
    assert stops[48:51] == ["4.9 %", "5 %", "6 %"]
    assert stops[-51:-48] == ["94 %", "95 %", "95.1 %"]
    assert stops[-1] == "99.9 %"
    assert len(stops) == len(set(stops)) == 49 + 91 + 49


def test_submitting_is_one_entry_and_says_that_it_is_the_first(
    site, open_site, press, people, questions
):
    at = open_site("question", people.forecaster, id=questions.binary)
    before = site.store.revision()
    choose(at, questions.binary, 70.0)
    press(at, "Submit")
    assert at.success[0].value == "Your forecast stands; nobody else has one now."
    assert site.store.revision() == before + 1
    mine = reporting.standing_forecasts(site, people.forecaster)
    assert mine == {questions.binary: (0.7, 0.3)}
    at.run()
    assert not at.success
    assert site.store.revision() == before + 1


def test_submitting_shows_how_the_crowd_moved(site, open_site, press, people, questions):
    forecasting.submit(site, people.other, questions.binary, (0.2, 0.8))
    at = open_site("question", people.forecaster, id=questions.binary)
    press(choose(at, questions.binary, 60.0), "Submit")
    moved = f"the crowd forecast moved from 20{NBSP}% to 40{NBSP}% Yes."
    assert at.success[0].value == f"Your forecast stands; {moved}"
    assert at.metric[0].value == f"40{NBSP}%"
    press(at, "Submit")
    assert at.success[0].value == (
        f"Your forecast stands; the crowd forecast stays at 40{NBSP}% Yes."
    )


def test_the_form_begins_with_what_one_says_now(site, open_site, people, questions):
    forecasting.submit(site, people.forecaster, questions.binary, (0.035, 0.965))
    at = open_site("question", people.forecaster, id=questions.binary)
    assert number(at, questions.binary).value == slider(at, questions.binary).value == 3.5


def test_withdrawing_is_one_entry_and_the_form_begins_again(
    site, open_site, press, people, questions
):
    forecasting.submit(site, people.forecaster, questions.binary, (0.2, 0.8))
    at = open_site("question", people.forecaster, id=questions.binary)
    before = site.store.revision()
    press(at, "Withdraw")
    assert at.success[0].value == "Your forecast is withdrawn."
    assert site.store.revision() == before + 1
    assert reporting.standing_forecasts(site, people.forecaster) == {}
    assert number(at, questions.binary).value == 50
    assert "Withdraw" not in [button.label for button in at.button]


def test_a_choice_that_does_not_sum_to_100_is_refused_in_a_sentence(
    site, open_site, press, people, questions
):
    at = open_site("question", people.forecaster, id=questions.choice)
    before = site.store.revision()
    choose(at, questions.choice, 50.0, 30.0, 10.0)
    assert at.warning[0].value == "Sum: 90 %. It must be 100 % to be submitted."
    press(at, "Submit")
    assert at.error[0].value == r"Probabilities must sum to 100 \%\; got 90 \%\."
    assert site.store.revision() == before


def test_a_sum_that_is_nearly_100_is_not_called_100(open_site, people, questions):
    at = open_site("question", people.forecaster, id=questions.choice)
    choose(at, questions.choice, 33.33, 33.33, 33.33)
    assert [number(at, questions.choice, index).value for index in range(3)] == [33.3] * 3
    assert at.warning[0].value == "Sum: 99.9 %. It must be 100 % to be submitted."


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (150.0, "A probability must be between 0.1 % and 99.9 %; got 150 %."),
        (0.0, "A probability must be between 0.1 % and 99.9 %; got 0 %."),
        (-3.0, "A probability must be between 0.1 % and 99.9 %; got -3 %."),
        (None, "A probability must be a number; got nothing."),
    ],
)
def test_what_is_no_probability_gets_its_sentence_and_changes_nothing(
    site, open_site, press, people, questions, said, sentence
):
    at = open_site("question", people.forecaster, id=questions.binary)
    before = site.store.revision()
    number(at, questions.binary).set_value(said)
    press(at, "Submit")
    assert at.error[0].value == widgets.plain(sentence)
    assert site.store.revision() == before


def test_a_visitor_is_told_instead_of_sent_away_with_what_is_no_probability(open_site, questions):
    at = open_site("question", id=questions.binary)
    number(at, questions.binary).set_value(150.0).run()
    assert at.error[0].value == widgets.plain(
        "A probability must be between 0.1 % and 99.9 %; got 150 %."
    )
    assert [label for label in links(at) if label.startswith("Sign up to")] == []


def test_a_slider_that_has_not_heard_of_the_typed_number_does_not_take_it_back(
    site, open_site, press, people, questions
):
    at = open_site("question", people.forecaster, id=questions.binary)
    number(at, questions.binary).set_value(66.0).run()
    slider(at, questions.binary).set_value(50.0)
    press(at, "Submit")
    mine = reporting.standing_forecasts(site, people.forecaster)
    assert mine == {questions.binary: (0.66, 0.34)}


def test_withdrawing_again_in_a_second_tab_gets_its_sentence(
    site, open_site, press, people, questions
):
    forecasting.submit(site, people.forecaster, questions.binary, (0.7, 0.3))
    first, second = (open_site("question", people.forecaster, id=questions.binary) for _ in "ab")
    press(first, "Withdraw")
    before = site.store.revision()
    press(second, "Withdraw")
    assert second.error[0].value == widgets.plain(
        "You have no forecast on “Will it rain in April?” to withdraw."
    )
    assert site.store.revision() == before


def test_scaling_makes_a_choice_sum_to_100(site, open_site, press, people, questions):
    at = open_site("question", people.forecaster, id=questions.choice)
    choose(at, questions.choice, 50.0, 30.0, 10.0)
    press(at, "Scale to 100 %")
    scaled = [number(at, questions.choice, index).value for index in range(3)]
    assert scaled == [55.6, 33.3, 11.1]
    assert [slider(at, questions.choice, index).value for index in range(3)] == [56, 33, 11]
    assert "Sum: 100 %" in [caption.value for caption in at.caption]
    press(at, "Submit")
    mine = reporting.standing_forecasts(site, people.forecaster)
    assert mine == {questions.choice: (0.556, 0.333, 0.111)}


@pytest.fixture
def closing(site, people, clock):
    """A question that closes in half a minute, on which Fay says 20 %."""
    draft = asking.Draft(
        Kind.BINARY, "Will it close soon?", "It will.", clock() + timedelta(seconds=30)
    )
    question_id = asking.ask(site, people.moderator, draft)
    forecasting.submit(site, people.forecaster, question_id, (0.2, 0.8))
    return question_id


@pytest.mark.parametrize("label", ["Submit", "Withdraw"])
@pytest.mark.parametrize("seconds", [40, 90])
def test_a_question_that_closes_while_the_page_stands_open_takes_nothing(
    site, open_site, press, people, closing, clock, label, seconds
):
    at = choose(open_site("question", people.forecaster, id=closing), closing, 70.0)
    before = site.store.revision()
    clock.advance(seconds=seconds)
    press(at, label)
    assert site.store.revision() == before
    assert at.error[0].value == widgets.plain(
        "“Will it close soon?” takes no forecasts: it closed, 1 Jan 2026 00:00 UTC."
    )


def test_a_closed_question_has_no_form(site, open_view, people, questions, clock):
    forecasting.submit(site, people.forecaster, questions.binary, (0.2, 0.8))
    at = open_view("question", people.forecaster, id=questions.binary)
    clock.advance(days=99)
    assert number(at.run(), questions.binary).value == 20
    clock.advance(days=1)
    at.run()
    assert not at.number_input
    assert not at.button
    assert f"Yes: **20{NBSP}%**" in [one.value for one in at.markdown]


def test_a_visitor_signs_up_with_what_they_chose(open_site, questions):
    at = open_site("question", id=questions.binary)
    number(at, questions.binary).set_value(12.5).run()
    address = urlsplit(links(at)[f"Sign up to submit 12.5{NBSP}%"])
    assert address.path == "/sign-up"
    assert parse_qs(address.query) == {
        "question": [questions.binary],
        "p": ["0.125,0.875"],
        "next": [f"/question?id={questions.binary}"],
    }
    assert not at.button


def test_a_visitor_chooses_for_every_outcome(open_site, questions):
    at = open_site("question", id=questions.choice)
    choose(at, questions.choice, 20.0, 30.0, 50.0)
    query = parse_qs(urlsplit(links(at)["Sign up to submit"]).query)
    assert query["p"] == ["0.2,0.3,0.5"]


@pytest.mark.parametrize("question_id", ["nowhere", "*x*", ""])
def test_a_question_that_does_not_exist_is_a_sentence(open_site, question_id):
    at = open_site("question", id=question_id)
    assert not at.exception
    assert at.error[0].value == widgets.plain(f"There is no question “{question_id}”.")


def test_the_address_of_no_question_leads_to_the_list(open_site):
    at = open_site("question")
    assert at.info[-1].value == "Choose a question from the list."
    assert at.page_link[0].label == "All questions"


def test_two_tabs_see_each_other(open_site, press, people, questions):
    one = open_site("question", people.forecaster, id=questions.binary)
    other = open_site("question", people.other, id=questions.binary)
    press(choose(one, questions.binary, 20.0), "Submit")
    press(choose(other, questions.binary, 60.0), "Submit")
    moved = f"the crowd forecast moved from 20{NBSP}% to 40{NBSP}% Yes."
    assert other.success[0].value == f"Your forecast stands; {moved}"
    assert one.run().metric[0].value == f"40{NBSP}%"
    press(one, "Withdraw")
    assert other.run().metric[0].value == f"60{NBSP}%"


def test_a_resolved_question_says_what_happened_and_what_it_gave(site, open_site, people, resolved):
    at = open_site("question", people.forecaster, id=resolved.binary)
    assert at.success[0].value == "**Yes**, known since 21 Jan 2026 00:00 UTC. Source: the news"
    (scores,) = [one.value for one in at.dataframe if "Peer" in one.value]
    stored = dict(reporting.question(site, None, resolved.binary).scores)
    assert scores["Forecaster"].tolist() == list(stored)
    assert scores["Peer"].tolist() == [score.peer for score in stored.values()]
    assert scores["Coverage"].tolist() == [score.coverage for score in stored.values()]


def test_an_annulled_question_says_why(site, open_site, people, questions):
    resolving.annul(site, people.moderator, questions.binary, reason="It *never* was.")
    at = open_site("question", id=questions.binary)
    assert at.info[0].value == r"Annulled: It \*never\* was\."


def test_what_was_typed_goes_in_with_the_press_that_follows_at_once(
    site, open_site, press, people, questions
):
    at = open_site("question", people.forecaster, id=questions.binary)
    number(at, questions.binary).set_value(66.0)
    press(at, "Submit")
    mine = reporting.standing_forecasts(site, people.forecaster)
    assert mine == {questions.binary: (0.66, 0.34)}
    assert slider(at, questions.binary).value == 66
