"""Forecasting: putting probabilities on a question, and taking them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.domain.events import ForecastMade, ForecastWithdrawn
from forecasts.domain.people import Role
from forecasts.domain.probability import check_forecast
from forecasts.domain.questions import check_open
from forecasts.errors import ForecastsError, InvalidValueError
from forecasts.services.acting import acting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasts.domain.people import Person
    from forecasts.domain.questions import Question
    from forecasts.site import Site


class NothingToWithdrawError(ForecastsError):
    """A withdrawal by somebody who has no standing forecast."""

    def __init__(self, question: Question) -> None:
        """Name the question."""
        super().__init__(f"You have no forecast on “{question.title}” to withdraw.")


def submit(
    site: Site, person: Person | None, question_id: str, probabilities: Sequence[object]
) -> None:
    """Let `person` say how likely each outcome is, from now on.

    Raises `NotAllowedError`, `NoSuchQuestionError`, `NotOpenError` and `InvalidValueError`.
    """
    with acting(site, person, Role.FORECASTER, "forecast") as actor:
        checked = check_forecast(probabilities)
        now = site.now()
        question = site.store.questions.get(question_id)
        check_open(question, now)
        if len(checked) != len(question.outcomes):
            rule = f"have {len(question.outcomes)} probabilities, one for each outcome"
            raise InvalidValueError("A forecast", rule, len(checked))
        site.store.append(ForecastMade(question_id, checked), actor=actor, now=now)


def withdraw(site: Site, person: Person | None, question_id: str) -> None:
    """Let `person` have no forecast on the question from now on.

    Raises `NotAllowedError`, `NoSuchQuestionError`, `NotOpenError`, `NothingToWithdrawError`.
    """
    with acting(site, person, Role.FORECASTER, "withdraw a forecast") as actor:
        now = site.now()
        question = site.store.questions.get(question_id)
        check_open(question, now)
        if site.store.forecasts.current(question_id, actor) is None:
            raise NothingToWithdrawError(question)
        site.store.append(ForecastWithdrawn(question_id), actor=actor, now=now)
