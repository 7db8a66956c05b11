"""What the readers give of what was written."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.forecasts import Forecast, Reference
from forecasts.domain.people import Role
from forecasts.domain.questions import Kind, NoSuchQuestionError, Resolution
from forecasts.services import accounts, asking, forecasting, resolving


@pytest.fixture
def said(site, people, questions, clock):
    """Fay says 20 % and a day later 40 %, Finn 90 % in between; then Finn withdraws."""
    forecasting.submit(site, people.forecaster, questions.binary, [0.2, 0.8])
    clock.advance(hours=12)
    forecasting.submit(site, people.other, questions.binary, [0.9, 0.1])
    clock.advance(hours=12)
    forecasting.submit(site, people.forecaster, questions.binary, [0.4, 0.6])
    forecasting.submit(site, people.forecaster, questions.choice, [0.2, 0.3, 0.5])
    clock.advance(hours=12)
    forecasting.withdraw(site, people.other, questions.binary)
    return site.store.forecasts


def test_people_are_found_by_id_and_by_name(site, people):
    assert site.store.people.get(people.admin.id) == people.admin
    assert site.store.people.get("nobody") is None
    assert site.store.people.named(" aDA ") == people.admin
    assert site.store.people.named("nobody") is None


def test_people_come_by_name_and_admins_are_counted(site, people):
    everybody = [people.admin, people.forecaster, people.other, people.moderator]
    assert site.store.people.all() == everybody
    assert site.store.people.admins() == 1
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    assert site.store.people.admins() == 2


def test_a_question_comes_back_as_it_was_asked(site, questions, clock):
    question = site.store.questions.get(questions.choice)
    assert question.id == "which-colour-will-win"
    assert question.kind is Kind.CHOICE
    assert question.title == "Which colour will win?"
    assert question.criteria == "As the jury says."
    assert question.background == ""
    assert question.outcomes == ("Red", "Green", "Blue")
    assert question.opens == clock()
    assert question.closes == clock() + timedelta(days=100)
    assert question.tags == ("colours",)
    assert question.resolution is None


def test_a_question_that_is_not_there(site):
    with pytest.raises(NoSuchQuestionError, match="“snow”"):
        site.store.questions.get("snow")
    assert not site.store.questions.exists("snow")
    assert site.store.questions.last_entry("snow") == 0
    assert site.store.questions.references("snow") == []


def test_questions_come_in_the_order_of_asking(site, people, clock):
    closes = clock() + timedelta(days=1)
    for title in ("Zebras here?", "Apples here?", "Melons here?"):
        asking.ask(site, people.admin, asking.Draft(Kind.BINARY, title, "As seen.", closes))
    titles = [question.title for question in site.store.questions.all()]
    assert titles == ["Zebras here?", "Apples here?", "Melons here?"]


def test_the_last_entry_of_a_question_is_that_of_its_last_event(site, people, questions):
    store = site.store
    assert store.questions.last_entry(questions.binary) == store.revision() - 1
    assert store.questions.last_entry(questions.choice) == store.revision()
    forecasting.submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    assert store.questions.last_entry(questions.binary) == store.revision()
    assert store.questions.last_entry(questions.choice) == store.revision() - 1


def test_a_resolution_is_part_of_its_question(site, people, questions, clock):
    known = clock()
    clock.advance(days=1)
    resolving.resolve(
        site, people.moderator, questions.binary, outcome=1, known_since=known, source=" News "
    )
    resolving.annul(site, people.moderator, questions.choice, reason="A slip.")
    resolutions = {question.id: question.resolution for question in site.store.questions.all()}
    assert resolutions == {
        questions.binary: Resolution(1, known, "News", "", clock()),
        questions.choice: Resolution(None, None, "", "A slip.", clock()),
    }


def test_references_come_oldest_first(site, questions, clock):
    newer = ReferenceRecorded(questions.binary, "Elsewhere", "https://x.test", clock(), (0.3, 0.7))
    older = ReferenceRecorded(
        questions.binary, "Elsewhere", "https://x.test", clock() - timedelta(days=1), (0.1, 0.9)
    )
    with site.store.transaction():
        for event in (newer, older):
            site.store.append(event, actor=SITE, now=clock())
    assert site.store.questions.references(questions.binary) == [
        Reference(event.source, event.url, event.at, event.probabilities)
        for event in (older, newer)
    ]


def test_a_crowd_is_all_that_was_said_in_order(said, questions, people):
    crowd = said.crowd(questions.binary, 2)
    assert crowd.people == (people.forecaster.id, people.other.id)
    assert crowd.record.person.tolist() == [0, 1, 0]
    assert crowd.record.start.astype(str).tolist() == [
        "2026-01-01T00:00:00.000000",
        "2026-01-01T12:00:00.000000",
        "2026-01-02T00:00:00.000000",
    ]
    assert crowd.record.end.astype(str).tolist() == [
        "2026-01-02T00:00:00.000000",
        "2026-01-02T12:00:00.000000",
        "NaT",
    ]
    assert crowd.record.forecasts.tolist() == [[0.2, 0.8], [0.9, 0.1], [0.4, 0.6]]


def test_a_crowd_of_nobody(said):
    crowd = said.crowd("snow", 3)
    assert crowd.people == ()
    assert crowd.record.forecasts.shape == (0, 3)


def test_crowds_are_the_crowd_of_each_question(said, questions):
    crowds = said.crowds()
    assert set(crowds) == {questions.binary, questions.choice}
    for question_id, outcomes in ((questions.binary, 2), (questions.choice, 3)):
        one, other = crowds[question_id], said.crowd(question_id, outcomes)
        assert one.people == other.people
        for field in ("person", "start", "end", "forecasts"):
            np.testing.assert_array_equal(getattr(one.record, field), getattr(other.record, field))


def test_what_somebody_said_and_says(said, questions, people, clock):
    first, second = said.history(questions.binary, people.forecaster.id)
    assert (first.probabilities, second.probabilities) == ((0.2, 0.8), (0.4, 0.6))
    assert first.ends == second.starts == clock() - timedelta(hours=12)
    assert said.current(questions.binary, people.forecaster.id) == second
    assert said.current(questions.binary, people.other.id) is None
    assert said.current(questions.choice, people.other.id) is None


def test_a_forecast_stands_until_it_is_replaced_or_withdrawn(said, questions, people):
    replaced, last = said.history(questions.binary, people.forecaster.id)
    (withdrawn,) = said.history(questions.binary, people.other.id)
    assert (replaced.stands, last.stands, withdrawn.stands) == (False, True, False)


def test_a_forecast_has_the_number_of_its_journal_entry(said, questions, people, site):
    forecast = said.current(questions.choice, people.forecaster.id)
    entries = {entry.id: entry for entry in site.store.newest_entries(100)}
    assert forecast == Forecast(
        id=forecast.id,
        question=entries[forecast.id].event.subject,
        person=entries[forecast.id].actor,
        starts=entries[forecast.id].at,
        ends=None,
        probabilities=entries[forecast.id].event.probabilities,
    )


def test_the_last_word_of_somebody_on_each_question(said, questions, people):
    last = said.last_of_person(people.forecaster.id)
    assert [(one.question, one.probabilities) for one in last] == [
        (questions.choice, (0.2, 0.3, 0.5)),
        (questions.binary, (0.4, 0.6)),
    ]
    (withdrawn,) = said.last_of_person(people.other.id)
    assert withdrawn.ends is not None
    assert said.last_of_person("nobody") == []


def test_two_forecasts_at_one_moment_the_later_stands(site, people, questions):
    for yes in (0.1, 0.2):
        forecasting.submit(site, people.forecaster, questions.binary, [yes, 1 - yes])
    crowd = site.store.forecasts.crowd(questions.binary, 2)
    assert crowd.record.start[0] == crowd.record.end[0] == crowd.record.start[1]
    current = site.store.forecasts.current(questions.binary, people.forecaster.id)
    assert current.probabilities == (0.2, 0.8)


def test_the_newest_entries_come_first(site, people, questions):
    assert [entry.id for entry in site.store.newest_entries(2)] == [6, 5]
    assert site.store.newest_entries(1)[0].event.subject == questions.choice
    assert site.store.newest_entries(1)[0].actor == people.moderator.id


@pytest.mark.usefixtures("said")
def test_who_is_scored_is_who_had_a_forecast_that_counted(site, people, questions, clock):
    scores = site.store.scores
    assert scores.people() == []
    known = clock()
    clock.advance(days=1)
    forecasting.submit(site, people.admin, questions.binary, [0.9, 0.1])
    clock.advance(days=1)
    resolved = {"outcome": 1, "known_since": known, "source": "News"}
    for question_id in (questions.binary, questions.choice):
        resolving.resolve(site, people.moderator, question_id, **resolved)
    assert {score.person for score in scores.all()} == {
        person.id for person in (people.admin, people.forecaster, people.other)
    }
    assert len(scores.of_person(people.forecaster.id)) == 2
    assert scores.people() == [people.forecaster.id, people.other.id]
    resolving.undo(site, people.moderator, questions.binary)
    assert scores.people() == [people.forecaster.id]
