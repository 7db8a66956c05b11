"""Resolving: entering what happened, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.domain.events import QuestionAnnulled, QuestionResolved, ResolutionUndone
from forecasts.domain.people import Role, require
from forecasts.domain.questions import check_annulment, check_resolution, check_undoing
from forecasts.domain.text import has_unseen
from forecasts.errors import InvalidValueError
from forecasts.services.acting import acting
from forecasts.services.reporting import counted
from forecasts.storage.resolution_rows import scores

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.domain.forecasts import Score
    from forecasts.domain.people import Person
    from forecasts.site import Site

TEXT_LENGTH = 2000


def preview(
    site: Site,
    person: Person | None,
    question_id: str,
    *,
    outcome: int,
    known_since: datetime,
) -> list[tuple[str, Score]]:
    """What a resolution would give, and to whom: names and scores, best peer score first.

    Raises what `resolve` raises, and changes nothing.
    """
    require(person, Role.MODERATOR, "resolve a question")
    question = site.store.questions.get(question_id)
    check_resolution(question, outcome=outcome, known_since=known_since, now=site.now())
    crowd = site.store.forecasts.crowd(question_id, len(question.outcomes))
    names = site.store.people.names_on(question_id)
    given = counted(scores(question, crowd, outcome=outcome, known_since=known_since))
    return [(names[score.person], score) for score in given]


def resolve(
    site: Site,
    person: Person | None,
    question_id: str,
    *,
    outcome: int,
    known_since: datetime,
    source: str,
    note: str = "",
) -> None:
    """Enter which outcome happened, and since when that was known; everybody is scored.

    Raises `NotAllowedError`, `NoSuchQuestionError`, `ResolutionError`, and `InvalidValueError`
    for a missing source or texts that are too long.
    """
    with acting(site, person, Role.MODERATOR, "resolve a question") as actor:
        now = site.now()
        question = site.store.questions.get(question_id)
        check_resolution(question, outcome=outcome, known_since=known_since, now=now)
        event = QuestionResolved(
            subject=question_id,
            outcome=outcome,
            known_since=known_since,
            source=_text("The source", source, needed=True),
            note=_text("The note", note),
        )
        site.store.append(event, actor=actor, now=now)


def annul(site: Site, person: Person | None, question_id: str, *, reason: str) -> None:
    """Declare a question void; raises as `resolve` does."""
    with acting(site, person, Role.MODERATOR, "annul a question") as actor:
        now = site.now()
        event = QuestionAnnulled(question_id, _text("The reason", reason, needed=True))
        check_annulment(site.store.questions.get(question_id), now)
        site.store.append(event, actor=actor, now=now)


def undo(site: Site, person: Person | None, question_id: str) -> None:
    """Take a resolution or an annulment back, with the scores it gave; raises as `resolve` does."""
    with acting(site, person, Role.MODERATOR, "undo a resolution") as actor:
        now = site.now()
        check_undoing(site.store.questions.get(question_id))
        site.store.append(ResolutionUndone(question_id), actor=actor, now=now)


def _text(name: str, text: str, *, needed: bool = False) -> str:
    kept = text.strip()
    if has_unseen(kept):
        raise InvalidValueError(name, "have only characters that can be seen", ascii(kept))
    if len(kept) > TEXT_LENGTH:
        raise InvalidValueError(name, f"have at most {TEXT_LENGTH} characters", len(kept))
    if needed and not kept:
        raise InvalidValueError(name, "be given", "nothing")
    return kept
