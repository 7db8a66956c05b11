"""What a resolution writes for calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.clock import from_text
from forecasts.storage.forecasts import Forecasts
from forecasts.storage.questions import Questions
from forecasts.storage.resolution_rows import calibration_rows

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.domain.questions import Question
    from forecasts.storage.engine import Engine
    from forecasts.storage.forecasts import Crowd


def count_calibration(
    engine: Engine, question: Question, crowd: Crowd, *, outcome: int, known_since: datetime
) -> None:
    """Keep how long which probability stood on a question that is resolved."""
    engine.many(
        """
        INSERT INTO calibration (question, series, times)
        VALUES (:question, :series, :times)
        """,
        calibration_rows(question, crowd, outcome=outcome, known_since=known_since),
    )


def recount_calibration(engine: Engine) -> None:
    """Count every resolved question anew, for tables of another form or other methods."""
    engine.rows("DELETE FROM calibration")
    questions, forecasts = Questions(engine), Forecasts(engine)
    for question_id, outcome, known_since in engine.rows(
        """
        SELECT question, outcome, known_since
        FROM resolutions
        WHERE outcome IS NOT NULL
        """
    ):
        question = questions.get(question_id)
        crowd = forecasts.crowd(question_id, len(question.outcomes))
        known = from_text(known_since)
        count_calibration(engine, question, crowd, outcome=outcome, known_since=known)
