"""One-time codes: what each is good for, and for how long."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from forecasts.site import Site
    from forecasts.storage.accounts import Code

CODE_BYTES = 32
CODE_TIME = {
    "setup": timedelta(days=3650),
    "reset": timedelta(days=2),
    "invitation": timedelta(days=14),
}
"""The purposes there are, and how long a code for each is good."""


class BadCodeError(ForecastsError):
    """A one-time code that is used up, too old, or was never given."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("This link has been used, is too old, or is not whole; ask for a new one.")


def new_code(site: Site, purpose: str, person_id: str | None = None) -> str:
    """A new code for one of the purposes of `CODE_TIME`; only inside a transaction."""
    code = secrets.token_urlsafe(CODE_BYTES)
    site.store.accounts.add_code(code, purpose, person_id, site.now() + CODE_TIME[purpose])
    return code


def check_code(site: Site, code: str, purpose: str) -> Code:
    """What is kept of a code that is good for `purpose` now; raises `BadCodeError` for others."""
    kept = site.store.accounts.code(code, site.now())
    if kept is None or kept.purpose != purpose:
        raise BadCodeError
    return kept
