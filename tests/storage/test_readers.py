"""What the readers give of what was written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.forecasts import Forecast, Reference
from forecasts.domain.people import Role
from forecasts.domain.questions import Kind, NoSuchQuestionError, Resolution
from forecasts.domain.record import microsecond
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
    titles = [question.title for question, *_ in site.store.questions.listed()]
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
    listed = site.store.questions.listed()
    resolutions = {question.id: question.resolution for question, *_ in listed}
    assert resolutions == {
        questions.binary: Resolution(1, known, "News", "", clock()),
        questions.choice: Resolution(None, None, "", "A slip.", clock()),
    }


def test_questions_are_listed_with_what_was_counted_of_them(site, people, questions):
    for person, yes in ((people.forecaster, 0.2), (people.other, 0.6), (people.forecaster, 0.4)):
        forecasting.submit(site, person, questions.binary, [yes, 1 - yes])
    binary, choice = site.store.questions.listed()
    assert binary == (
        site.store.questions.get(questions.binary),
        site.store.questions.last_entry(questions.binary),
        3,
        pytest.approx(0.1**2),
    )
    assert choice == (
        site.store.questions.get(questions.choice),
        site.store.questions.last_entry(questions.choice),
        0,
        0,
    )


@pytest.mark.usefixtures("said")
def test_names_and_outcomes_are_those_of_which_the_journal_speaks(site, people, questions):
    store = site.store
    by_id = {one.id: one.name for one in store.people.all()}
    outcomes = {question.id: question.outcomes for question, *_ in store.questions.listed()}
    for first in range(store.revision() + 2):
        spoken = [one for one in store.newest_entries(100) if one.id >= first]
        actors = {one.actor for one in spoken} | {one.event.subject for one in spoken}
        assert store.people.names_since(first) == {
            one: name for one, name in by_id.items() if one in actors
        }
        assert store.questions.outcomes_since(first) == {
            one: given for one, given in outcomes.items() if one in actors
        }
    accounts.set_role(site, people.admin, people.other.id, Role.MODERATOR)
    assert store.people.names_since(store.revision()) == {
        one.id: one.name for one in (people.admin, people.other)
    }
    assert set(store.people.names_on(questions.binary).values()) == {"Fay", "Finn"}
    assert store.people.names_on(questions.choice) == {people.forecaster.id: "Fay"}
    assert store.people.names_on("snow") == {}


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


def test_what_stood_at_a_moment_is_the_part_of_the_crowd_that_did(said, questions, clock):
    for question_id, outcomes in ((questions.binary, 2), (questions.choice, 3), ("snow", 3)):
        record = said.crowd(question_id, outcomes).record
        start, end = record.spans()
        for hours in range(-1, 50):
            for microseconds in (-1, 0, 1):
                moment = clock() + timedelta(hours=hours - 48, microseconds=microseconds)
                stood = (start < microsecond("moment", moment)) & (
                    end >= microsecond("moment", moment)
                )
                standing = said.standing(question_id, moment)
                assert standing.tolist() == record.forecasts[stood].tolist()


def test_what_stood_is_read_oldest_first(site, people, questions, clock):
    for yes, person in ((0.5, people.other), (0.1, people.forecaster), (0.3, people.admin)):
        forecasting.submit(site, person, questions.binary, [yes, 1 - yes])
    forecasting.submit(site, people.other, questions.binary, [0.2, 0.8])
    clock.advance(hours=1)
    forecasting.withdraw(site, people.admin, questions.binary)
    standing = site.store.forecasts.standing
    assert standing(questions.binary, clock())[:, 0].tolist() == [0.1, 0.3, 0.2]
    clock.advance(hours=1)
    assert standing(questions.binary, clock())[:, 0].tolist() == [0.1, 0.2]


def test_what_somebody_says_now_on_each_question(said, questions, people):
    assert said.standing_of_person(people.forecaster.id) == {
        questions.binary: (0.4, 0.6),
        questions.choice: (0.2, 0.3, 0.5),
    }
    assert said.standing_of_person(people.other.id) == {}


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
    scores, scored = site.store.scores, site.store.people.scored
    assert scored() == []
    known = clock()
    clock.advance(days=1)
    forecasting.submit(site, people.admin, questions.binary, [0.9, 0.1])
    clock.advance(days=1)
    resolved = {"outcome": 1, "known_since": known, "source": "News"}
    for question_id in (questions.binary, questions.choice):
        resolving.resolve(site, people.moderator, question_id, **resolved)
    assert len(scores.of_person(people.forecaster.id)) == 2
    assert [score.coverage for score in scores.of_person(people.admin.id)] == [0]
    assert scored() == [people.forecaster, people.other]
    assert scores.questions() == 2
    resolving.undo(site, people.moderator, questions.binary)
    assert scored() == [people.forecaster]
    assert scores.questions() == 1


@pytest.mark.usefixtures("said")
def test_totals_are_the_sums_of_what_counted(site, people, questions, clock):
    scores = site.store.scores
    assert scores.totals() == []
    known = clock()
    clock.advance(days=1)
    forecasting.submit(site, people.admin, questions.binary, [0.9, 0.1])
    resolved = {"known_since": known, "source": "News"}
    for question_id in (questions.binary, questions.choice):
        resolving.resolve(site, people.moderator, question_id, outcome=1, **resolved)
        resolving.undo(site, people.moderator, question_id)
        resolving.resolve(site, people.moderator, question_id, outcome=0, **resolved)
    fay, finn = scores.totals()
    assert (fay.name, fay.questions, finn.name, finn.questions) == ("Fay", 2, "Finn", 1)
    for total, person in ((fay, people.forecaster), (finn, people.other)):
        given = scores.of_person(person.id)
        for column in ("coverage", "peer", "baseline", "brier"):
            sums = sum(getattr(score, column) for score in given)
            assert getattr(total, column) == pytest.approx(sums), column


def test_standings_change_with_resolutions_and_names_and_not_with_forecasts(
    site, people, questions, clock
):
    def changes(act, *args, **kwargs):
        before = site.store.scores.last_entry()
        act(site, *args, **kwargs)
        after = site.store.scores.last_entry()
        assert after in (before, site.store.revision())
        return after != before

    resolved = {"outcome": 1, "known_since": clock(), "source": "News"}
    assert not changes(forecasting.submit, people.admin, questions.binary, [0.9, 0.1])
    assert not changes(forecasting.withdraw, people.admin, questions.binary)
    assert changes(resolving.resolve, people.admin, questions.binary, **resolved)
    assert changes(resolving.undo, people.admin, questions.binary)
    assert changes(resolving.annul, people.admin, questions.binary, reason="A slip.")
    assert changes(accounts.set_role, people.admin, people.other.id, Role.MODERATOR)


def test_a_new_site_has_no_standings_to_change(site):
    assert site.store.scores.last_entry() == 0
