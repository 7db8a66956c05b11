"""What could have happened: a journal that somebody sealed by hand may tell anything.

The services hold everything that is done on a site to the rules; here entries that come from
elsewhere are held to them, each in the light of those before it. Nearly all are forecasts, so
these are looked at as little as can be.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forecasts.clock import to_text
from forecasts.domain.events import (
    SITE,
    ForecastMade,
    ForecastWithdrawn,
    PersonErased,
    PersonJoined,
    QuestionAnnulled,
    QuestionAsked,
    QuestionResolved,
    Redacted,
    ReferenceRecorded,
    ResolutionUndone,
    RoleChanged,
)
from forecasts.domain.people import check_name, name_key
from forecasts.domain.probability import check_vectors
from forecasts.domain.questions import (
    Question,
    Resolution,
    check_annulment,
    check_question,
    check_resolution,
    check_undoing,
)
from forecasts.errors import ForecastsError, InvalidValueError
from forecasts.services.asking import question_of
from forecasts.storage.journal import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.journal import Entry, Sealed

EARLY = timedelta(days=1)
"""How far the clock of the site where something happened may be ahead of ours."""

JOINED = "person-joined"
PERSON_ID = re.compile(r"[a-z0-9-]{1,60}")


def plausible(entries: Iterable[Sealed], now: datetime) -> Iterator[Sealed]:
    """The same entries, from the first on; raises `JournalError` at one that cannot have been.

    Whether somebody was allowed to is not asked: that may have changed while they did it.
    """
    past = _Past(now)
    for sealed in entries:
        row, entry = sealed
        try:
            past.take(row[1], entry)
        except ForecastsError as error:
            reason = f"cannot have happened: {str(error).removesuffix('.')}"
            raise JournalError(entry.id, reason) from error
        yield sealed


class _Past:
    """What the entries so far tell of, as far as the next must fit it."""

    def __init__(self, now: datetime) -> None:
        self._last, self._latest = "", to_text(now + EARLY)
        self._joined: dict[str, int] = {}
        self._names: set[str] = set()
        self._erased: set[str] = set()
        self._questions: dict[str, Question] = {}
        self._takers: dict[type[Event | Redacted], Callable[[Entry, Any], None]] = {
            PersonJoined: self._person_joined,
            Redacted: self._redacted,
            RoleChanged: self._role_changed,
            PersonErased: self._person_erased,
            QuestionAsked: self._question_asked,
            ForecastWithdrawn: self._forecast_withdrawn,
            QuestionResolved: self._question_resolved,
            QuestionAnnulled: self._question_annulled,
            ResolutionUndone: self._resolution_undone,
            ReferenceRecorded: self._reference_recorded,
        }

    def take(self, at: str, entry: Entry) -> None:
        """Take the next entry; raises `ForecastsError` where it does not fit."""
        if not self._last <= at <= self._latest:
            self._refuse_time(at)
        self._last = at
        event = entry.event
        if type(event) is ForecastMade:
            self._forecast_made(entry, event)
            return
        self._takers[type(event)](entry, event)
        if entry.actor != SITE:
            self._check_known(entry.actor)

    def _refuse_time(self, at: str) -> None:
        if at < self._last:
            rule = f"not be before that of the entry before, {self._last}"
            raise InvalidValueError("Its time", rule, at)
        raise InvalidValueError("Its time", "not be in the future", at)

    def _check_known(self, person_id: str) -> None:
        if person_id not in self._joined:
            raise InvalidValueError("Who acts", "have joined before", _shown(person_id))

    def _check_member(self, person_id: str) -> None:
        if person_id not in self._joined or person_id in self._erased:
            rule = "have joined before and not be erased"
            raise InvalidValueError("The person", rule, _shown(person_id))

    def _question(self, question_id: str) -> Question:
        if question_id not in self._questions:
            raise InvalidValueError("Its question", "have been asked before", _shown(question_id))
        return self._questions[question_id]

    def _forecast_made(self, entry: Entry, event: ForecastMade) -> None:
        question = self._questions.get(event.subject)
        if question is None or question.resolution or entry.actor not in self._joined:
            self._check_forecast(entry)
        else:
            check_vector(event.probabilities, len(question.outcomes), reference=False)

    def _check_forecast(self, entry: Entry) -> None:
        self._check_known(entry.actor)
        check_annulment(self._question(entry.event.subject), entry.at)

    def _forecast_withdrawn(self, entry: Entry, _event: ForecastWithdrawn) -> None:
        self._check_forecast(entry)

    def _reference_recorded(self, _entry: Entry, event: ReferenceRecorded) -> None:
        outcomes = len(self._question(event.subject).outcomes)
        check_vector(event.probabilities, outcomes, reference=True)

    def _person_joined(self, entry: Entry, event: PersonJoined) -> None:
        self._join(entry)
        key = name_key(event.name)
        if check_name(event.name) != event.name or key in self._names:
            rule = "be trimmed, composed and nobody else’s"
            raise InvalidValueError("A name", rule, _shown(event.name))
        self._names.add(key)

    def _redacted(self, entry: Entry, event: Redacted) -> None:
        if event.kind != JOINED:
            raise InvalidValueError("An entry without a body", f"be {JOINED}", event.kind)
        self._join(entry)

    def _join(self, entry: Entry) -> None:
        person_id = entry.event.subject
        if not PERSON_ID.fullmatch(person_id) or person_id == SITE or person_id in self._joined:
            rule = "be at most 60 lower-case letters, digits and hyphens, and nobody else’s"
            raise InvalidValueError("A person’s id", rule, _shown(person_id))
        self._joined[person_id] = entry.id

    def _role_changed(self, _entry: Entry, event: RoleChanged) -> None:
        self._check_member(event.subject)

    def _person_erased(self, _entry: Entry, event: PersonErased) -> None:
        self._check_member(event.subject)
        if event.entries != (self._joined[event.subject],):
            rule = f"name entry {self._joined[event.subject]}, by which the person joined"
            raise InvalidValueError("An erasure", rule, _shown(event.entries))
        self._erased.add(event.subject)

    def _question_asked(self, _entry: Entry, event: QuestionAsked) -> None:
        question = question_of(event)
        for problem in check_question(question):
            raise ForecastsError(problem)
        if question.id in self._questions:
            raise InvalidValueError("A question’s id", "be its own", question.id)
        self._questions[question.id] = question

    def _question_resolved(self, entry: Entry, event: QuestionResolved) -> None:
        question, outcome, known = self._question(event.subject), event.outcome, event.known_since
        check_resolution(question, outcome=outcome, known_since=known, now=entry.at)
        self._resolve(question, Resolution(outcome, known, event.source, event.note, entry.at))

    def _question_annulled(self, entry: Entry, event: QuestionAnnulled) -> None:
        question = self._question(event.subject)
        check_annulment(question, entry.at)
        self._resolve(question, Resolution(None, None, "", event.reason, entry.at))

    def _resolution_undone(self, _entry: Entry, event: ResolutionUndone) -> None:
        question = self._question(event.subject)
        check_undoing(question)
        self._resolve(question, None)

    def _resolve(self, question: Question, resolution: Resolution | None) -> None:
        self._questions[question.id] = replace(question, resolution=resolution)


@lru_cache(maxsize=4096)
def check_vector(probabilities: tuple[float, ...], outcomes: int, *, reference: bool) -> None:
    """Raise `InvalidValueError` for what nobody can have said of so many outcomes.

    Others may have been certain, people here cannot: what happened against 0 has no score.
    """
    if len(probabilities) != outcomes:
        rule = f"have {outcomes} probabilities, one for each outcome"
        raise InvalidValueError("A forecast", rule, len(probabilities))
    check_vectors("A forecast", probabilities)
    if not (reference or all(probabilities)):
        raise InvalidValueError("A probability", "be above 0", 0)


def _shown(value: object) -> str:
    """A value that may be long, or hold what cannot be seen."""
    return f"{value!a:.60}"
