"""A forecast kept until its author has an account: shown first, submitted after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.domain.percents import as_said
from forecasts.domain.questions import Kind, check_open
from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import forecasting
from forecasts.web.pages import NOTHING, Html, fill

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.domain.questions import Question
    from forecasts.site import Site
    from forecasts.web.forms import Sent

UNSEEN = '<p class="note">Your forecast is submitted $when.</p>\n'
PROBLEM = '<p class="note">Your forecast cannot be submitted. $sentence</p>\n'
BINARY = '<p class="note">Your forecast on “$title”: $said – it is submitted $when.</p>\n'
CHOICE = """\
<div class="note"><p>Your forecast on “$title” – it is submitted $when:</p>
<ul>
$said</ul></div>
"""


def kept_note(site: Site, sent: Sent, *, when: str) -> Html:
    """What will be submitted and `when`, or why it will not; nothing where nothing is kept.

    Where visitors may not read, they are not told of the question either; and what cannot be read
    just now may be by then.
    """
    if not sent.question:
        return NOTHING
    if site.settings.visitors == "none":
        return fill(UNSEEN, when=when)
    try:
        question = site.store.questions.get(sent.question)
        check_open(question, site.now())
        return _note(question, sent.probabilities, when)
    except DatabaseError:
        return fill(UNSEEN, when=when)
    except ForecastsError as error:
        return fill(PROBLEM, sentence=str(error))


def submit_kept(site: Site, sent: Sent, person: Person) -> None:
    """Submit the forecast kept for `person`, if there is one; raises what `submit` raises."""
    if sent.question:
        forecasting.submit(site, person, sent.question, sent.probabilities)


def _note(question: Question, probabilities: tuple[float, ...], when: str) -> Html:
    said = [
        f"{as_said(probability)} {outcome}"
        for probability, outcome in zip(probabilities, question.outcomes, strict=False)
    ]
    if question.kind is Kind.BINARY:
        return fill(BINARY, title=question.title, said=said[0], when=when)
    lines = "".join(fill("<li>$said</li>\n", said=one) for one in said)
    return fill(CHOICE, title=question.title, said=Html(lines), when=when)
