"""The questions a new site starts with: read with all their mistakes, planted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forecasts.domain.events import SITE
from forecasts.domain.questions import YES_NO, Kind, State, state_at
from forecasts.services import forecasting, resolving
from forecasts.services.seeding import plant, read_seeds

SEEDS = Path(__file__).parents[2] / "seeds"
GOOD = """
[[question]]
id = "rain"
kind = "binary"
title = "Will it rain in April?"
criteria = "As measured."
closes = 2026-04-30
"""


@pytest.fixture
def read(tmp_path):
    """Reads seeds from a text."""

    def read(text):
        path = tmp_path / "some.toml"
        path.write_text(text, encoding="utf-8")
        return read_seeds(path)

    return read


def mistakes_of(read, text):
    """The mistakes of the first question in a file, without where it stands."""
    seeds, errors = read(text)
    assert seeds == []
    where = "some.toml: question 1 (rain): "
    assert all(error.startswith(where) for error in errors)
    return [error.removeprefix(where) for error in errors]


def test_a_date_means_its_beginning_to_open_and_its_end_to_close(read):
    seeds, errors = read(GOOD + "opens = 2026-04-01\n")
    assert errors == []
    assert seeds[0].draft.opens == datetime(2026, 4, 1, tzinfo=UTC)
    assert seeds[0].draft.closes == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_time_means_itself_in_utc_unless_it_says_otherwise(read):
    text = GOOD.replace("2026-04-30", "2026-04-30T12:00:00+02:00")
    seeds, errors = read(text + "opens = 2026-04-01T08:00:00\n")
    assert errors == []
    assert seeds[0].draft.opens == datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert seeds[0].draft.closes == datetime(2026, 4, 30, 10, tzinfo=UTC)


def test_a_file_without_questions_is_no_mistake(read):
    assert read("") == ([], [])


def test_five_mistakes_are_five_sentences_with_their_keys(read):
    text = """
    colour = "red"

    [[question]]
    id = "rain"
    kind = "maybe"
    titel = "Will it rain in April?"
    title = "Rain?"
    criteria = "As measured."
    opens = "2026-04-01"
    closes = 2026-04-30
    """
    assert read(text) == (
        [],
        [
            "some.toml: colour: is not known here.",
            "some.toml: question 1 (rain): titel: is not known here.",
            "some.toml: question 1 (rain): kind: must be binary or choice; got maybe.",
            (
                "some.toml: question 1 (rain): opens: must be a date such as 2028-11-07, "
                "without quotes; got 2026-04-01."
            ),
            "some.toml: question 1 (rain): title: A title must have 10 to 200 characters; got 5.",
        ],
    )


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            'id = "rain"',
            'id = "rain"\ntags = "weather"',
            "tags: must be a list of texts; got weather.",
        ),
        ('id = "rain"', 'id = "rain"\ntags = [1]', "tags: must be a list of texts; got [1]."),
        (
            'id = "rain"',
            'id = "rain"\ntags = [""]',
            "tags: A tag must have 1 to 30 characters; got 0.",
        ),
        (
            'id = "rain"',
            'id = "rain"\noutcomes = "Yes"',
            "outcomes: must be a list of texts; got Yes.",
        ),
        (
            'id = "rain"',
            'id = "rain"\noutcomes = ["No", "Yes"]',
            "outcomes: A binary question has the outcomes Yes and No.",
        ),
        ('"binary"', '"choice"', "outcomes: A choice must have 2 to 50 outcomes; got 0."),
        ('"binary"', "[2]", "kind: must be binary or choice; got [2]."),
        ('id = "rain"', 'id = "rain"\nbackground = 1', "background: must be a text; got 1."),
        ('title = "Will it rain in April?"', "", "title: must be given."),
        ('criteria = "As measured."', "criteria = 3", "criteria: must be a text; got 3."),
        ("closes = 2026-04-30", "", "closes: must be given."),
        (
            "2026-04-30",
            "9999-12-31",
            "closes: must be a date such as 2028-11-07, without quotes; got 9999-12-31.",
        ),
        (
            "2026-04-30",
            "0001-01-01",
            "closes: must be a date such as 2028-11-07, without quotes; got 0001-01-01.",
        ),
        (
            'id = "rain"',
            'id = "rain"\nopens = 2026-05-01',
            (
                "closes: A question must close after it opens; "
                "got 1 May 2026 00:00 UTC to 1 May 2026 00:00 UTC."
            ),
        ),
        (
            'id = "rain"',
            'id = "rain"\nreference = "Elsewhere"',
            "reference: must be written as [[question.reference]]; got Elsewhere.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(read, old, new, mistake):
    assert mistakes_of(read, GOOD.replace(old, new)) == [mistake]


REFERENCE = """
[[question.reference]]
source = "Elsewhere"
url = "https://x.test"
values = [[2026-04-01, 0.25], [2026-04-02T12:00:00Z, 1.0]]
"""
A_VALUE = "reference: a value must be a date and a probability, such as [2028-11-07, 0.5]; got "


def test_references_are_read(read):
    seeds, errors = read(GOOD + REFERENCE)
    assert errors == []
    first, second = seeds[0].references
    assert (first.subject, first.source, first.url) == ("rain", "Elsewhere", "https://x.test")
    assert (first.at, first.probabilities) == (datetime(2026, 4, 1, tzinfo=UTC), (0.25, 0.75))
    assert (second.at, second.probabilities) == (datetime(2026, 4, 2, 12, tzinfo=UTC), (1.0, 0.0))


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            'source = "Elsewhere"',
            "",
            "reference: must have source, url and values; got url, values.",
        ),
        (
            REFERENCE,
            "[[question.reference]]",
            "reference: must have source, url and values; got nothing.",
        ),
        ('"Elsewhere"', "1", "reference: source must be a text."),
        ('"https://x.test"', "[]", "reference: url must be a text."),
        ("values = [[", "values = 1 # [[", "reference: values must be a list."),
        ("0.25", "25.0", f"{A_VALUE}[datetime.date(2026, 4, 1), 25.0]."),
        ("0.25", "nan", f"{A_VALUE}[datetime.date(2026, 4, 1), nan]."),
        ("2026-04-01, ", "", f"{A_VALUE}[0.25]."),
        ("[2026-04-01, 0.25]", "0.25", f"{A_VALUE}0.25."),
    ],
)
def test_a_mistake_in_a_reference_is_named(read, old, new, mistake):
    assert mistakes_of(read, GOOD + REFERENCE.replace(old, new)) == [mistake]


def test_only_a_binary_question_has_references(read):
    text = GOOD.replace('"binary"', '"choice"\noutcomes = ["Red", "Blue"]') + REFERENCE
    assert mistakes_of(read, text) == ["reference: only a binary question can have one."]


def test_an_id_stands_once(read):
    seeds, errors = read(GOOD + GOOD)
    assert [seed.id for seed in seeds] == ["rain"]
    assert errors == ["some.toml: question 2 (rain): id: “rain” stands twice."]


def test_a_question_without_an_id_is_named_by_its_number(read):
    _, errors = read(GOOD + GOOD.replace('id = "rain"', ""))
    assert errors == ["some.toml: question 2 (without id): id: must be given."]


@pytest.mark.parametrize("text", ['question = "rain"', "question = [1]", "[question]"])
def test_questions_are_tables(read, text):
    assert read(text) == ([], ["some.toml: question: must be written as [[question]]."])


def test_a_file_that_is_no_toml(read):
    seeds, (error,) = read("id = rain")
    assert seeds == []
    assert error.startswith("some.toml: ")
    assert "line 1" in error


def test_a_file_that_cannot_be_read(tmp_path):
    seeds, (error,) = read_seeds(tmp_path / "none.toml")
    assert seeds == []
    assert error.startswith("none.toml: ")
    (tmp_path / "some.toml").write_bytes(b"\xff")
    seeds, (error,) = read_seeds(tmp_path / "some.toml")
    assert seeds == []
    assert error.startswith("some.toml: ")


def test_planting_is_done_once_and_by_the_site(site, read, all_rows):
    seeds, _ = read(GOOD + REFERENCE)
    assert plant(site, seeds) == 1
    assert {entry.actor for entry in site.store.newest_entries(9)} == {SITE}
    before = all_rows(site.store.engine)
    assert plant(site, seeds) == 0
    assert all_rows(site.store.engine) == before


def test_planting_never_changes_what_people_did(site, people, read, clock, all_rows):
    plant(site, read(GOOD)[0])
    forecasting.submit(site, people.forecaster, "rain", [0.5, 0.5])
    resolving.resolve(site, people.admin, "rain", outcome=0, known_since=clock(), source="News")
    before = all_rows(site.store.engine)
    changed = GOOD.replace("April", "May").replace("2026-04-30", "2026-05-31")
    assert plant(site, read(changed)[0]) == 0
    assert all_rows(site.store.engine) == before


def test_a_question_without_an_opening_opens_when_planted(site, read, clock):
    plant(site, read(GOOD)[0])
    assert site.store.questions.get("rain").opens == clock()


def test_what_would_close_before_it_opens_is_left(site, read, clock):
    clock.advance(days=365)
    assert plant(site, read(GOOD)[0]) == 0
    assert plant(site, read(GOOD + "opens = 2026-04-01\n")[0]) == 1
    assert state_at(site.store.questions.get("rain"), clock()) is State.CLOSED


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.toml")), ids=lambda path: path.name)
def test_every_file_of_seeds_is_without_mistakes(path):
    seeds, errors = read_seeds(path)
    assert errors == []
    assert seeds


HARRIS = {
    "harris-governor-2026": (
        "2026-03-06",
        "Will Kamala Harris run for governor of California in 2026?",
    ),
    "harris-governor-2030": (
        "2030-03-08",
        "Will Kamala Harris run for governor of California in 2030?",
    ),
    "harris-president-2028": ("2028-08-01", "Will Kamala Harris run for president in 2028?"),
    "harris-nominee-2028": (
        "2028-08-31",
        "Will Kamala Harris be the Democratic nominee for president in 2028?",
    ),
    "harris-wins-2028": ("2028-11-07", "Will Kamala Harris win the 2028 presidential election?"),
    "harris-next-campaign": (
        "2030-12-31",
        "Which office will Kamala Harris next officially run for?",
    ),
    "clinton-endorses-harris-2028": (
        "2028-01-31",
        (
            "Will Hillary Clinton endorse Kamala Harris for the 2028 nomination before the first "
            "primary or caucus?"
        ),
    ),
}
OFFICES = (
    "President in 2028",
    "Governor of California in 2030",
    "U.S. Senate",
    "Another office",
    "None by the end of 2030",
)


@pytest.fixture
def harris(site, clock):
    """The seeds about Kamala Harris, planted late in 2026."""
    clock.moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    plant(site, read_seeds(SEEDS / "harris.toml")[0])
    return {question.id: question for question, *_ in site.store.questions.listed()}


def test_the_questions_about_harris_are_those_of_the_table(harris):
    assert set(harris) == set(HARRIS)


@pytest.mark.parametrize("question_id", HARRIS)
def test_a_question_about_harris(harris, question_id, clock):
    question = harris[question_id]
    day, title = HARRIS[question_id]
    choice = question_id == "harris-next-campaign"
    assert question.title == title
    assert question.kind is (Kind.CHOICE if choice else Kind.BINARY)
    assert question.outcomes == (OFFICES if choice else YES_NO)
    assert question.closes == datetime.fromisoformat(f"{day}T00:00Z") + timedelta(days=1)
    waiting = question_id == "harris-governor-2026"
    assert question.opens == (datetime(2025, 1, 21, tzinfo=UTC) if waiting else clock())
    assert state_at(question, clock()) is (State.CLOSED if waiting else State.OPEN)
    assert question.criteria
    assert question.background


def test_ten_prices_stand_beside_one_of_them(site, harris):
    references = {one: site.store.questions.references(one) for one in harris}
    assert {one: len(found) for one, found in references.items() if found} == {
        "harris-wins-2028": 10
    }
    assert {one.source for one in references["harris-wins-2028"]} == {"Polymarket"}
    assert "CC BY-SA 4.0" in harris["harris-wins-2028"].background


DATA = Path(__file__).parents[3] / "shared" / "data" / "forecastbench"


@pytest.mark.real_data
def test_the_prices_are_those_of_the_record(site, harris):
    path = DATA / "kamala_harris_2028_polymarket.csv"
    if not path.is_file():
        pytest.skip(f"the records are not beside the project: no {path}")
    rows = [line.split(",")[2:] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    record = {day: round(float(value), 6) for day, value in rows}
    for reference in site.store.questions.references("harris-wins-2028"):
        assert record[f"{reference.at:%Y-%m-%d}"] == reference.probabilities[0]
    assert harris
