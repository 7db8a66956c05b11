"""Acting: a change to the site by somebody who may make it, at the moment when it is made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecasts.domain.events import SITE
from forecasts.domain.people import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.domain.people import Person, Role
    from forecasts.site import Site


@contextmanager
def acting(
    site: Site, person: Person | None, role: Role, doing: str, *, operator: bool = False
) -> Iterator[str]:
    """A transaction of somebody with `role` or a higher one, or of the operator; gives their id.

    They are read again inside it: a page may hold somebody whose role was changed, or who was
    erased, since it began. Raises `NotAllowedError`.
    """
    actor = SITE if operator else require(person, role, doing).id
    with site.store.transaction():
        if not operator:
            now = site.store.people.get(actor)
            require(None if now is None or now.erased else now, role, doing)
        yield actor
